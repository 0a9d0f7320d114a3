import Foundation

/// How text is normalised and cut into words that merges never cross, as tokenizer.json describes it.
struct PreTokenizer: Sendable {
    enum Normalization: Sendable, Equatable {
        case prepend(String)
        case replace(String, with: String)
    }

    enum Rule: Sendable {
        /// Each match of the pattern is a word, and so is what lies between matches; or only the latter.
        case split(Pattern, keepsMatches: Bool)
        /// A blank before text that has none.
        case prefixSpace
        /// SentencePiece's blanks: `▁` for each, one put before the text (or before the first text alone), words
        /// beginning with it.
        case metaspace(Unicode.Scalar, prepends: Prepending, splits: Bool)
    }

    enum Prepending: String, Sendable { case always, first, never }

    var normalizations: [Normalization] = []
    var rules: [Rule] = []
    /// Whether decoding takes away a blank that encoding put before the text.
    var stripsLeadingSpace = false

    /// A regular expression of the tokenizers library.
    struct Pattern: Sendable {
        /// The pattern as tokenizer.json has it.
        let text: String
        let expression: NSRegularExpression

        /// Nil for what is no pattern, or has parts that mean something else in ICU, which matches here.
        init?(_ text: String) {
            guard let translated = OnigurumaPattern.translated(text),
                let expression = try? NSRegularExpression(pattern: translated)
            else { return nil }
            self.text = text
            self.expression = expression
        }

        /// A pattern that matches a text itself.
        init?(literal text: String) {
            let pattern = NSRegularExpression.escapedPattern(for: text)
            guard !text.isEmpty, let expression = try? NSRegularExpression(pattern: pattern) else {
                return nil
            }
            self.text = pattern
            self.expression = expression
        }
    }

    /// GPT-2's words: contractions, letters, numbers and others, each with a blank before it; and other blanks.
    static let gpt2Pattern =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    static let gpt2 = Pattern(gpt2Pattern)
    static let digitPattern = #"\p{N}"#
    static let digit = Pattern(digitPattern)
    static let number = Pattern(#"\p{N}+"#)

    /// The rules that make each match of patterns, and what lies between matches, a word.
    static func splits(_ patterns: [Pattern?]) -> [Rule] {
        patterns.compactMap { $0.map { .split($0, keepsMatches: true) } }
    }

    /// Whether a text that begins with no blank gets one.
    var putsBlankBeforeText: Bool {
        normalizations.contains { if case .prepend = $0 { true } else { false } }
            || rules.contains {
                switch $0 {
                case .prefixSpace: true
                case .metaspace(_, let prepends, _): prepends != .never
                case .split: false
                }
            }
    }

    /// A stretch of text between added tokens, normalised.
    func normalized(_ text: String) -> String {
        var text = text
        for normalization in normalizations where !text.isEmpty {
            switch normalization {
            case .prepend(let prefix): text = prefix + text
            case .replace(let old, let new): text = replaced(text, old, by: new)
            }
        }
        return text
    }

    /// The words of a normalised stretch of text.
    ///
    /// - Parameter isFirst: Whether the whole text begins with it.
    func words(of text: String, isFirst: Bool) throws(TokenizerError) -> [Substring] {
        var words = text.isEmpty ? [] : [text[...]]
        for rule in rules {
            var cut: [Substring] = []
            for (index, word) in words.enumerated() {
                cut += try apply(rule, to: word, isFirst: isFirst && index == 0)
            }
            words = cut
        }
        return words
    }

    private func apply(
        _ rule: Rule, to word: Substring, isFirst: Bool
    ) throws(TokenizerError) -> [Substring] {
        switch rule {
        case .prefixSpace:
            return word.utf8.first == UInt8(ascii: " ") ? [word] : [" " + word]
        case .split(let pattern, let keepsMatches):
            return try split(String(word), pattern, keepsMatches)
        case .metaspace(let mark, let prepends, let splits):
            let sign = String(Character(mark))
            var text = replaced(String(word), " ", by: sign)
            if prepends == .always || (prepends == .first && isFirst), text.unicodeScalars.first != mark {
                text = sign + text
            }
            return splits ? split(text, before: mark) : [text[...]]
        }
    }

    /// Byte by byte: an accent that follows a blank does not hide it.
    private func replaced(_ text: String, _ old: String, by new: String) -> String {
        text.replacingOccurrences(of: old, with: new, options: .literal)
    }

    /// Cuts before each mark.
    private func split(_ text: String, before mark: Unicode.Scalar) -> [Substring] {
        var words: [Substring] = []
        var start = text.startIndex
        for place in text.unicodeScalars.indices where place > start && text.unicodeScalars[place] == mark {
            words.append(Substring(text.unicodeScalars[start..<place]))
            start = place
        }
        if start < text.endIndex { words.append(Substring(text.unicodeScalars[start...])) }
        return words
    }

    /// Cuts at matches. An empty match cuts too, as in the tokenizers library, and is no word.
    ///
    /// - Throws: `TokenizerError.unmatchable` where matching runs out of memory or time: what it found until then would be
    ///   other words.
    private func split(
        _ text: String, _ pattern: Pattern, _ keepsMatches: Bool
    ) throws(TokenizerError) -> [Substring] {
        var words: [Substring] = []
        var end = text.startIndex
        var isWhole = true
        let whole = NSRange(text.startIndex..., in: text)
        pattern.expression.enumerateMatches(in: text, options: .reportCompletion, range: whole) {
            match, flags, _ in
            if flags.contains(.internalError) { isWhole = false }
            guard let match, let range = Range(match.range, in: text) else { return }
            if end < range.lowerBound { words.append(text[end..<range.lowerBound]) }
            if keepsMatches, !range.isEmpty { words.append(text[range]) }
            end = range.upperBound
        }
        guard isWhole else { throw .unmatchable(pattern: pattern.text) }
        if end < text.endIndex { words.append(text[end...]) }
        return words
    }

    /// Decoded text as it was before it was encoded.
    func restored(_ text: String) -> String {
        // By scalars: an accent behind the blank would be one Character with it, and go too.
        stripsLeadingSpace && text.utf8.first == UInt8(ascii: " ")
            ? String(text.unicodeScalars.dropFirst()) : text
    }
}
