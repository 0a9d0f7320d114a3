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
        try WordNetLine.forEach(of: file) { line throws(WordNetError) in try synsets.add(line) }
        try self.init(synsets, index, file: file)
    }

    private init(_ synsets: SynsetFile, _ index: SenseIndex, file: String) throws(WordNetError) {
        var ids: [Int: Int32] = [:]
        for (id, offset) in synsets.offsets.enumerated() { ids[offset] = Int32(id) }
        var names: [String] = []
        names.reserveCapacity(synsets.offsets.count)
        var hypernyms: [[Int32]] = []
        hypernyms.reserveCapacity(synsets.offsets.count)
        for id in synsets.offsets.indices {
            let lemma = synsets.lemmas[id]
            let sense = try index.sense(of: lemma, at: synsets.offsets[id])
            // NLTK writes a sense with two digits at least.
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

/// data.noun as read.
private struct SynsetFile {
    var offsets: [Int] = []
    var lemmas: [String] = []
    var hypernymOffsets: [[Int]] = []
    var lines: [Int] = []

    mutating func add(_ line: WordNetLine) throws(WordNetError) {
        let synset = try SynsetLine(line)
        guard !synset.hasFrames else { throw line.malformed("as many pointers as the pointer count says") }
        let hypernyms = try synset.hypernyms()
        offsets.append(synset.offset)
        // index.noun has lemmas in lower case, data.noun as people write them. The first word names the synset, as in
        // NLTK.
        lemmas.append(String(decoding: synset.words[0], as: UTF8.self).lowercased())
        hypernymOffsets.append(hypernyms)
        lines.append(line.number)
    }
}

/// index.noun: for each lemma the offsets of its synsets, most frequent sense first.
private struct SenseIndex {
    private var senses: [String: [Int]] = [:]
    private let file: String

    init(file: String) throws(WordNetError) {
        self.file = file
        var senses: [String: [Int]] = [:]
        try WordNetLine.forEach(of: file) { line throws(WordNetError) in
            let fields = line.fields
            // A line is: lemma, pos, synset_cnt, p_cnt, the pointers' symbols, sense_cnt, tagsense_cnt, the synsets'
            // offsets.
            guard fields.count > 4, let count = WordNetLine.number(fields[2]), count >= 1,
                let pointers = WordNetLine.number(fields[3]), fields.count == 6 + pointers + count
            else { throw line.malformed("a lemma with as many offsets as its synset count says") }
            let offsets = fields.suffix(count).map { WordNetLine.number($0) }
            guard !offsets.contains(nil) else {
                throw line.malformed("synset offsets at the end of the line")
            }
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
