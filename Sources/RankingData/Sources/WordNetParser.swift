import Foundation

/// What can be wrong with a WordNet database.
public enum WordNetError: Error, Equatable, CustomStringConvertible {
    case missing(file: String)
    case malformed(file: String, line: Int, expected: String)
    case unknownOffset(file: String, line: Int, offset: String)
    case noSense(lemma: String, offset: String, index: String)
    case cycle(synset: String)
    case unexpected(statistic: String, expected: Int, found: Int)

    public var description: String {
        switch self {
        case .missing(let file):
            "\(file) is not there: install WordNet 3.0 (apt-get install wordnet-base) or name its folder with --wordnet DIR"
        case .malformed(let file, let line, let expected):
            "\(file):\(line): expected \(expected); the file is truncated or not a WordNet 3.0 database"
        case .unknownOffset(let file, let line, let offset):
            "\(file):\(line): a hypernym points to \(offset), where no synset begins"
        case .noSense(let lemma, let offset, let index):
            "\(index) lists no sense of '\(lemma)' at \(offset): the two files are of different versions"
        case .cycle(let synset):
            "the hypernyms of \(synset) lead back to it"
        case .unexpected(let statistic, let expected, let found):
            "this WordNet has \(found) \(statistic), WordNet 3.0 has \(expected): results would not compare with the paper's"
        }
    }
}

extension Taxonomy {
    /// Where Debian's wordnet-base puts WordNet's database.
    public static let wordNetFolder = "/usr/share/wordnet"

    /// Reads WordNet's noun synsets from `data.noun` and `index.noun`; their format is that of wndb(5WN).
    ///
    /// Synsets are numbered 0..<count in data.noun's order; above each stand its hypernyms (`@`, `@i`).
    public init(wordNet folder: String) throws(WordNetError) {
        let index = try SenseIndex(file: folder + "/index.noun")
        var synsets = SynsetFile()
        let file = folder + "/data.noun"
        try forEachLine(file) { line, number throws(WordNetError) in
            try synsets.add(line, file: file, number: number)
        }
        try self.init(synsets, index, file: file)
    }

    private init(_ synsets: SynsetFile, _ index: SenseIndex, file: String) throws(WordNetError) {
        guard synsets.offsets.count > 0 else {
            throw .malformed(file: file, line: 1, expected: "synsets")
        }
        var ids: [Int: Int32] = [:]
        for (id, offset) in synsets.offsets.enumerated() { ids[offset] = Int32(id) }
        var names: [String] = []
        names.reserveCapacity(synsets.offsets.count)
        var hypernyms: [[Int32]] = []
        hypernyms.reserveCapacity(synsets.offsets.count)
        for id in synsets.offsets.indices {
            let lemma = synsets.lemmas[id]
            let sense = try index.sense(of: lemma, at: synsets.offsets[id])
            names.append("\(lemma).n.\(sense < 10 ? "0" : "")\(sense)")
            var list: [Int32] = []
            for offset in synsets.hypernymOffsets[id] {
                guard let hypernym = ids[offset] else {
                    throw .unknownOffset(file: file, line: synsets.lines[id], offset: "\(offset)")
                }
                list.append(hypernym)
            }
            hypernyms.append(list)
        }
        self.init(names: names, parents: hypernyms, promptStyle: Self.wordNetStyle)
    }
}

/// data.noun as read: `offset lex_filenum ss_type w_cnt word lex_id ... p_cnt ptr ... | gloss`.
private struct SynsetFile {
    var offsets: [Int] = []
    var lemmas: [String] = []
    var hypernymOffsets: [[Int]] = []
    var lines: [Int] = []

    mutating func add(_ line: ArraySlice<UInt8>, file: String, number: Int) throws(WordNetError) {
        func fail(_ expected: String) -> WordNetError {
            .malformed(file: file, line: number, expected: expected)
        }
        guard let gloss = line.firstIndex(of: UInt8(ascii: "|")) else { throw fail("a gloss after '|'") }
        let fields = line[..<gloss].split(separator: UInt8(ascii: " "))
        guard fields.count > 5, let offset = integer(fields[0], radix: 10), fields[0].count == 8 else {
            throw fail("an eight-digit offset, then the synset's words")
        }
        guard let words = integer(fields[3], radix: 16), words >= 1, fields.count > 4 + 2 * words else {
            throw fail("as many words as the word count says")
        }
        let pointers = 5 + 2 * words
        guard let count = integer(fields[pointers - 1], radix: 10), fields.count == pointers + 4 * count
        else {
            throw fail("as many pointers as the pointer count says")
        }
        var hypernyms: [Int] = []
        for pointer in stride(from: pointers, to: pointers + 4 * count, by: 4) {
            let symbol = fields[pointer]
            guard symbol.elementsEqual([0x40]) || symbol.elementsEqual([0x40, 0x69]) else { continue }
            guard let target = integer(fields[pointer + 1], radix: 10), fields[pointer + 1].count == 8 else {
                throw fail("an eight-digit offset after a hypernym pointer")
            }
            hypernyms.append(target)
        }
        offsets.append(offset)
        lemmas.append(String(decoding: fields[4], as: UTF8.self).lowercased())
        hypernymOffsets.append(hypernyms)
        lines.append(number)
    }
}

/// index.noun: for each lemma the offsets of its synsets, most frequent sense first.
private struct SenseIndex {
    private var senses: [String: [Int]] = [:]
    private let file: String

    init(file: String) throws(WordNetError) {
        self.file = file
        var senses: [String: [Int]] = [:]
        try forEachLine(file) { line, number throws(WordNetError) in
            func fail(_ expected: String) -> WordNetError {
                .malformed(file: file, line: number, expected: expected)
            }
            let fields = line.split(separator: UInt8(ascii: " "))
            guard fields.count > 4, let count = integer(fields[2], radix: 10), count >= 1,
                let pointers = integer(fields[3], radix: 10), fields.count == 6 + pointers + count
            else { throw fail("a lemma with as many offsets as its synset count says") }
            let offsets = fields.suffix(count).map { integer($0, radix: 10) }
            guard !offsets.contains(nil) else { throw fail("synset offsets at the end of the line") }
            senses[String(decoding: fields[0], as: UTF8.self)] = offsets.compactMap { $0 }
        }
        self.senses = senses
    }

    /// 1 for the lemma's first sense.
    func sense(of lemma: String, at offset: Int) throws(WordNetError) -> Int {
        guard let place = senses[lemma]?.firstIndex(of: offset) else {
            throw .noSense(lemma: lemma, offset: "\(offset)", index: file)
        }
        return place + 1
    }
}

/// Calls `body` with each line after the licence (whose lines begin with a space), numbered from 1.
private func forEachLine(
    _ file: String, _ body: (ArraySlice<UInt8>, Int) throws(WordNetError) -> Void
) throws(WordNetError) {
    guard let data = FileManager.default.contents(atPath: file) else { throw .missing(file: file) }
    let bytes = [UInt8](data)
    var start = 0
    var number = 0
    while start < bytes.count {
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        number += 1
        guard end < bytes.count else {
            throw .malformed(file: file, line: number, expected: "a line break at the end")
        }
        if bytes[start] != UInt8(ascii: " ") { try body(bytes[start..<end], number) }
        start = end + 1
    }
}

private func integer(_ digits: ArraySlice<UInt8>, radix: Int) -> Int? {
    Int(String(decoding: digits, as: UTF8.self), radix: radix)
}
