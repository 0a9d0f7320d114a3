import Foundation

/// A line of one of WordNet's files; wndb(5WN) has their format.
public struct WordNetLine: Sendable {
    /// The file's path, for messages.
    public let file: String
    /// Counted from 1, the licence's lines too.
    public let number: Int
    /// Without the line break.
    public let bytes: ArraySlice<UInt8>

    /// Calls `body` with each line after the licence, whose lines begin with a blank.
    ///
    /// - Throws: `WordNetError.missing`; `.malformed` for a file that ends within a line or has none after the licence;
    ///   what `body` throws.
    public static func forEach(
        of file: String, _ body: (WordNetLine) throws(WordNetError) -> Void
    ) throws(WordNetError) {
        guard let data = FileManager.default.contents(atPath: file) else { throw .missing(file: file) }
        let bytes = [UInt8](data)
        var (start, number, isEmpty) = (0, 0, true)
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            number += 1
            let line = WordNetLine(file: file, number: number, bytes: bytes[start..<end])
            guard end < bytes.count else { throw line.malformed("a line break at the end") }
            if bytes[start] != UInt8(ascii: " ") {
                try body(line)
                isEmpty = false
            }
            start = end + 1
        }
        guard !isEmpty else { throw .malformed(file: file, line: number + 1, expected: "synsets or lemmas") }
    }

    /// The error that names this line.
    func malformed(_ expected: String) -> WordNetError {
        .malformed(file: file, line: number, expected: expected)
    }

    /// The parts between blanks; several blanks count as one.
    var fields: [ArraySlice<UInt8>] { bytes.split(separator: UInt8(ascii: " ")) }

    /// The number that a field is, of one to eight digits and no sign; nil for any other field. WordNet's counts have
    /// three digits at most and its offsets eight, so sums of a few numbers cannot overflow.
    static func number(_ field: ArraySlice<UInt8>, radix: Int = 10) -> Int? {
        guard field.count <= 8, let first = field.first, first != UInt8(ascii: "+"),
            first != UInt8(ascii: "-")
        else { return nil }
        return Int(String(decoding: field, as: UTF8.self), radix: radix)
    }
}

/// A synset as a line of data.noun, data.verb, data.adj or data.adv has it:
/// `offset lex_filenum ss_type w_cnt word lex_id ... p_cnt ptr ... [frames] | gloss`.
public struct SynsetLine: Sendable {
    /// Where the synset begins in its file, in bytes.
    public let offset: Int
    /// At least one, as the file spells them: with underscores for blanks, and in adjectives with their place, `(a)`.
    public let words: [ArraySlice<UInt8>]
    /// What stands behind the bar, blanks too.
    public let gloss: ArraySlice<UInt8>
    /// Relations to other synsets, four fields each: `ptr_symbol offset pos source/target`.
    private let pointers: ArraySlice<ArraySlice<UInt8>>
    private let line: WordNetLine
    /// Whether fields follow the pointers, as verbs' frames do.
    let hasFrames: Bool

    /// - Throws: `WordNetError.malformed` where a field is missing or is no number, or a count says more than there is.
    public init(_ line: WordNetLine) throws(WordNetError) {
        guard let bar = line.bytes.firstIndex(of: UInt8(ascii: "|")) else {
            throw line.malformed("a gloss after '|'")
        }
        gloss = line.bytes[(bar + 1)...]
        let fields = line.bytes[..<bar].split(separator: UInt8(ascii: " "))
        guard fields.count > 5, fields[0].count == 8, let offset = WordNetLine.number(fields[0]) else {
            throw line.malformed("an eight-digit offset, then the synset's words")
        }
        // The word count is hexadecimal, all other counts are decimal (wndb(5WN)).
        guard let words = WordNetLine.number(fields[3], radix: 16), words >= 1, fields.count > 4 + 2 * words
        else { throw line.malformed("as many words as the word count says") }
        self.offset = offset
        self.words = (0..<words).map { fields[4 + 2 * $0] }
        let first = 5 + 2 * words
        guard let count = WordNetLine.number(fields[first - 1]), fields.count >= first + 4 * count else {
            throw line.malformed("as many pointers as the pointer count says")
        }
        hasFrames = fields.count > first + 4 * count
        pointers = fields[first..<(first + 4 * count)]
        self.line = line
    }

    /// Where the synsets directly above begin, `@` and `@i`, in the order listed.
    ///
    /// - Throws: `WordNetError.malformed` where such a pointer leads to no eight-digit offset.
    func hypernyms() throws(WordNetError) -> [Int] {
        var found: [Int] = []
        for place in stride(from: pointers.startIndex, to: pointers.endIndex, by: 4) {
            let symbol = pointers[place]
            // `@` or `@i`: without instances some 7,700 proper names would have no hypernyms.
            guard symbol.elementsEqual([0x40]) || symbol.elementsEqual([0x40, 0x69]) else { continue }
            let target = pointers[place + 1]
            guard target.count == 8, let offset = WordNetLine.number(target) else {
                throw line.malformed("an eight-digit offset after a hypernym pointer")
            }
            found.append(offset)
        }
        return found
    }
}
