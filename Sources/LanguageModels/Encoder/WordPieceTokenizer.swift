import Foundation

/// Text to word pieces as BERT's tokenizer makes them: the basic tokenizer's words, each cut into the longest pieces
/// that the vocabulary has (Devlin et al. 2019, arXiv 1810.04805).
///
/// The ids are those of the tokenizers library (https://github.com/huggingface/tokenizers) for the same vocabulary.
public struct WordPieceTokenizer: Sendable {
    /// Pieces in the vocabulary.
    public let count: Int
    /// The most ids that a text gets, [CLS] and [SEP] included; what is longer is cut.
    public let maximumTokens: Int
    private let trie: PieceTrie
    private let unknown: Int32
    private let first: Int32
    private let last: Int32
    /// Special pieces, which a text may name as they stand.
    private let special: [(text: [UInt8], id: Int32)]

    /// Words of more characters than this are unknown.
    private static let longestWord = 100

    /// Reads vocab.txt: a piece a line, its id the line's number.
    public init(vocabularyFile path: String, maximumTokens: Int = 256) throws(ModelFileError) {
        let file = try MappedFile(path)
        let bytes = try file.withBytes(0, file.count, "the file") { Array($0) }
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            line.last == 0x0D ? Array(line.dropLast()) : Array(line)
        }
        // The last line's end begins no other line.
        if lines.last == [] { lines.removeLast() }
        try self.init(pieces: lines, file: path, maximumTokens: maximumTokens)
    }

    init(pieces: [[UInt8]], file: String, maximumTokens: Int) throws(ModelFileError) {
        precondition(maximumTokens >= 2, "a text has [CLS] and [SEP]")
        guard pieces.count < Int(Int32.max) else {
            throw .malformed(file: file, reason: "it has too many pieces")
        }
        var ids: [[UInt8]: Int32] = [:]
        for (id, piece) in pieces.enumerated() { ids[piece] = Int32(id) }
        func id(_ name: String) throws(ModelFileError) -> Int32 {
            guard let id = ids[Array(name.utf8)] else { throw .missing(file: file, name: name) }
            return id
        }
        unknown = try id("[UNK]")
        first = try id("[CLS]")
        last = try id("[SEP]")
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].compactMap { name in
            ids[Array(name.utf8)].map { (Array(name.utf8), $0) }
        }
        trie = PieceTrie(pieces)
        count = pieces.count
        self.maximumTokens = maximumTokens
    }

    /// The ids of a text between those of [CLS] and [SEP].
    public func encode(_ text: String) -> [Int32] {
        var ids = [first]
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            var place = 0
            // What is beyond the most tokens is cut anyway, so a long text is not read to its end.
            while place < bytes.count, ids.count < maximumTokens {
                // Sought before words are made, where letters become lower-case and brackets words of their own.
                if bytes[place] == UInt8(ascii: "["), let (name, id) = named(in: bytes, at: place) {
                    append(bytes[start..<place], to: &ids)
                    ids.append(id)
                    place += name.count
                    start = place
                } else {
                    place += 1
                }
            }
            append(bytes[start..<place], to: &ids)
        }
        if ids.count > maximumTokens - 1 { ids.removeLast(ids.count - maximumTokens + 1) }
        ids.append(last)
        return ids
    }

    /// The special piece whose name stands at `place`.
    private func named(
        in bytes: UnsafeBufferPointer<UInt8>, at place: Int
    ) -> (text: [UInt8], id: Int32)? {
        special.first { bytes[place...].starts(with: $0.text) }
    }

    private func append(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, to ids: inout [Int32]) {
        BasicTokenizer.words(of: bytes) { word in
            guard ids.count < maximumTokens else { return }
            appendPieces(of: word, to: &ids)
        }
    }

    private func appendPieces(of word: [UInt8], to ids: inout [Int32]) {
        let known = ids.count
        // UTF-8's continuation bytes begin no character.
        let characters = word.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        var place = characters > Self.longestWord ? -1 : 0
        while place >= 0, place < word.count {
            guard let (id, length) = trie.longest(of: word, from: place) else {
                // A word of which a part is no piece is unknown as a whole.
                place = -1
                break
            }
            ids.append(id)
            place += length
        }
        guard place < 0 else { return }
        ids.removeLast(ids.count - known)
        ids.append(unknown)
    }
}

/// The vocabulary's pieces by their bytes: those that begin a word below one root, those that go on (`##ing`) below
/// another.
private struct PieceTrie: Sendable {
    /// The node below a node along a byte.
    private var next: [UInt64: Int32] = [:]
    /// The piece that ends at a node, or -1.
    private var pieces: [Int32] = [-1, -1]

    init(_ vocabulary: [[UInt8]]) {
        for (id, piece) in vocabulary.enumerated() {
            let goesOn = piece.starts(with: "##".utf8) && piece.count > 2
            var node: Int32 = goesOn ? 1 : 0
            for byte in goesOn ? piece.dropFirst(2) : piece[...] {
                let key = Self.key(node, byte)
                if let known = next[key] {
                    node = known
                } else {
                    next[key] = Int32(pieces.count)
                    node = Int32(pieces.count)
                    pieces.append(-1)
                }
            }
            pieces[Int(node)] = Int32(id)
        }
    }

    private static func key(_ node: Int32, _ byte: UInt8) -> UInt64 { UInt64(node) << 8 | UInt64(byte) }

    /// The longest piece that `word` has from `start` on, and its length in bytes.
    func longest(of word: [UInt8], from start: Int) -> (id: Int32, length: Int)? {
        var node: Int32 = start == 0 ? 0 : 1
        var found: (id: Int32, length: Int)?
        for place in start..<word.count {
            guard let below = next[Self.key(node, word[place])] else { break }
            node = below
            let piece = pieces[Int(node)]
            if piece >= 0 { found = (piece, place + 1 - start) }
        }
        return found
    }
}
