import Foundation

/// How text is normalised and cut into words that merges never cross, as tokenizer.json describes it.
struct PreTokenizer: Sendable {
    enum Normalization: Sendable {
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
        case metaspace(String, prepends: Prepending, splits: Bool)
    }

    enum Prepending: String, Sendable { case always, first, never }

    var normalizations: [Normalization] = []
    var rules: [Rule] = []
    /// Whether decoding takes away a blank that encoding put before the text.
    var stripsLeadingSpace = false

    /// A regular expression in ICU's syntax, which is what tokenizer.json's patterns are written in but for details
    /// that none of the known ones use.
    struct Pattern: Sendable {
        let expression: NSRegularExpression

        init?(_ text: String) {
            guard let expression = try? NSRegularExpression(pattern: text) else { return nil }
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

    /// The words of a stretch of text between added tokens.
    ///
    /// - Parameter isFirst: Whether the whole text begins with it.
    func words(of text: String, isFirst: Bool) -> [Substring] {
        var text = text
        for normalization in normalizations {
            switch normalization {
            case .prepend(let prefix): text = prefix + text
            case .replace(let old, let new): text = replaced(text, old, by: new)
            }
        }
        var words = text.isEmpty ? [] : [text[...]]
        for rule in rules { words = words.flatMap { apply(rule, to: $0, isFirst: isFirst) } }
        return words
    }

    private func apply(_ rule: Rule, to word: Substring, isFirst: Bool) -> [Substring] {
        switch rule {
        case .prefixSpace:
            return word.utf8.first == UInt8(ascii: " ") ? [word] : [" " + word]
        case .split(let pattern, let keepsMatches):
            return split(String(word), pattern, keepsMatches)
        case .metaspace(let mark, let prepends, let splits):
            var text = replaced(String(word), " ", by: mark)
            if prepends == .always || (prepends == .first && isFirst), !text.utf8.starts(with: mark.utf8) {
                text = mark + text
            }
            guard splits, let pattern = Pattern("\(mark)[^\(mark)]*") else { return [text[...]] }
            return split(text, pattern, true)
        }
    }

    /// Byte by byte: an accent that follows a blank does not hide it.
    private func replaced(_ text: String, _ old: String, by new: String) -> String {
        text.replacingOccurrences(of: old, with: new, options: .literal)
    }

    private func split(_ text: String, _ pattern: Pattern, _ keepsMatches: Bool) -> [Substring] {
        var words: [Substring] = []
        var end = text.startIndex
        let whole = NSRange(text.startIndex..., in: text)
        for match in pattern.expression.matches(in: text, range: whole) {
            guard let range = Range(match.range, in: text), !range.isEmpty else { continue }
            if end < range.lowerBound { words.append(text[end..<range.lowerBound]) }
            if keepsMatches { words.append(text[range]) }
            end = range.upperBound
        }
        if end < text.endIndex { words.append(text[end...]) }
        return words
    }

    /// Decoded text as it was before it was encoded.
    func restored(_ text: String) -> String {
        stripsLeadingSpace && text.utf8.first == UInt8(ascii: " ")
            ? String(text.unicodeScalars.dropFirst()) : text
    }
}

/// Tokens that are found in a text before it is cut into words.
struct AddedTokens: Sendable {
    enum Part: Equatable {
        case token(Int32)
        case text(String, isFirst: Bool)
    }

    /// For each first byte the tokens that begin with it, the longest first.
    private var byFirstByte: [[(bytes: [UInt8], id: Int32)]] = Array(repeating: [], count: 256)

    init(_ tokens: [(text: String, id: Int32)]) {
        for (text, id) in tokens {
            let bytes = Array(text.utf8)
            if let first = bytes.first { byFirstByte[Int(first)].append((bytes, id)) }
        }
        for first in byFirstByte.indices { byFirstByte[first].sort { $0.bytes.count > $1.bytes.count } }
    }

    /// Cuts at the leftmost token, of several that begin there the longest, and goes on behind it.
    func split(_ text: String) -> [Part] {
        let bytes = Array(text.utf8)
        var parts: [Part] = []
        var start = 0
        func flush(to end: Int) {
            guard end > start else { return }
            parts.append(.text(String(decoding: bytes[start..<end], as: UTF8.self), isFirst: start == 0))
        }
        var place = 0
        while place < bytes.count {
            let found = byFirstByte[Int(bytes[place])].first { bytes[place...].starts(with: $0.bytes) }
            guard let found else {
                place += 1
                continue
            }
            flush(to: place)
            parts.append(.token(found.id))
            place += found.bytes.count
            start = place
        }
        flush(to: bytes.count)
        return parts
    }
}
