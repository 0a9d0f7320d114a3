/// Byte-pair encoding with a vocabulary learned from a list of names (Sennrich et al. 2016, arXiv 1508.07909).
///
/// A name is cut into words before each `_` or blank and before its last two dot-separated fields, which stay whole where they
/// hold no blank, and merges never cross words. Ids: special tokens first, then single bytes in ascending order, then merges as learned.
public struct BytePairVocabulary: Tokenizer, Equatable {
    /// Ids 0..<specialTokens are the caller's to use; no text encodes to them.
    public let specialTokens: Int
    /// The bytes of each piece; empty for special tokens.
    public let pieces: [[UInt8]]
    /// The pair of ids that each merged piece joins, in the order learned.
    public let merges: [Pair]
    /// The same by their two ids; a merge's rank is the id of its piece.
    private let mergeOf: [UInt64: BytePairMerge]
    /// The id of each byte; -1 for one that no name held when the vocabulary was learned.
    private let byteIds: [Int32]

    /// Two adjacent ids that a merge joins.
    public struct Pair: Hashable, Sendable {
        /// The id of the piece on the left.
        public let left: Int32
        /// The id of the piece on the right.
        public let right: Int32

        /// The pair of two ids.
        public init(left: Int32, right: Int32) {
            self.left = left
            self.right = right
        }
    }

    /// The number of token ids, special tokens included.
    public var count: Int { pieces.count }

    init(specialTokens: Int, bytes: [UInt8], merges: [Pair]) {
        self.specialTokens = specialTokens
        self.merges = merges
        var pieces = [[UInt8]](repeating: [], count: specialTokens)
        var byteIds = [Int32](repeating: -1, count: 256)
        for byte in bytes {
            byteIds[Int(byte)] = Int32(pieces.count)
            pieces.append([byte])
        }
        var mergeOf: [UInt64: BytePairMerge] = [:]
        for merge in merges {
            let id = Int32(pieces.count)
            mergeOf[BytePairMerge.key(merge.left, merge.right)] = BytePairMerge(rank: id, result: id)
            pieces.append(pieces[Int(merge.left)] + pieces[Int(merge.right)])
        }
        self.pieces = pieces
        self.byteIds = byteIds
        self.mergeOf = mergeOf
    }

    /// The text's token ids, in n log n steps for a text of n bytes.
    ///
    /// - Throws: `TokenizerError.unknownByte` at a byte that no name held when the vocabulary was learned.
    public func encode(_ text: String) throws(TokenizerError) -> [Int32] {
        var ids: [Int32] = []
        for word in BytePairVocabulary.words(Array(text.utf8)) {
            var symbols: [Int32] = []
            symbols.reserveCapacity(word.count)
            for byte in word {
                guard byteIds[Int(byte)] >= 0 else { throw .unknownByte(byte, text: text) }
                symbols.append(byteIds[Int(byte)])
            }
            var chain = MergeChain(symbols)
            chain.merge(mergeOf)
            chain.append(to: &ids)
        }
        return ids
    }

    /// The text of token ids. Special tokens and ids that the vocabulary lacks give nothing; bytes that are no UTF-8
    /// become U+FFFD.
    public func decode(_ ids: [Int32]) -> String {
        String(
            decoding: ids.flatMap { pieces.indices.contains(Int($0)) ? pieces[Int($0)] : [] },
            as: UTF8.self)
    }

    /// Cuts before each `_` or blank and before the last two dot-separated fields, if no blank is in them.
    static func words(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        let dots = bytes.indices.filter { bytes[$0] == UInt8(ascii: ".") }
        // From there on nothing is cut, so that `.n.01` may become one piece. Fields with a blank are the end of a text, not of a name.
        let last = dots.count >= 2 ? dots[dots.count - 2] : -1
        let suffix = last >= 0 && !bytes[last...].contains(UInt8(ascii: " ")) ? last : -1
        var words: [ArraySlice<UInt8>] = []
        var start = 0
        for index in bytes.indices where index > start {
            let startsWord = bytes[index] == UInt8(ascii: "_") || bytes[index] == UInt8(ascii: " ")
            guard index == suffix || (startsWord && (suffix < 0 || index < suffix)) else { continue }
            words.append(bytes[start..<index])
            start = index
        }
        if start < bytes.count { words.append(bytes[start...]) }
        return words
    }
}

// MARK: As text

extension BytePairVocabulary {
    /// Bytes of all pieces together: more than any learned vocabulary has, and what a file of merges that double each
    /// other would claim after thirty lines.
    private static let mostPieceBytes = 1 << 28

    /// The vocabulary as text, which `init(serialized:)` reads: specials, bytes, then a merge a line.
    public var serialized: String {
        let bytes = pieces[specialTokens..<(count - merges.count)].map { String($0[0]) }.joined(
            separator: " ")
        return (["\(specialTokens)", bytes] + merges.map { "\($0.left) \($0.right)" }).joined(separator: "\n")
    }

    /// Reads what `serialized` wrote.
    ///
    /// - Throws: `TokenizerError.malformed` with the first line that is none of a vocabulary's.
    public init(serialized text: String) throws(TokenizerError) {
        // By bytes: "\r\n" is one Character, and no line end of this text.
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard lines.count >= 2, let specials = Int(lines[0]), specials >= 0, specials < 1_000 else {
            throw .malformed(String(lines.first ?? ""))
        }
        let bytes = lines[1].split(separator: " ").map { UInt8($0) }
        guard !bytes.contains(nil), bytes.count <= 256 else { throw .malformed(String(lines[1])) }
        var merges: [Pair] = []
        var lengths = [Int](repeating: 0, count: specials) + [Int](repeating: 1, count: bytes.count)
        var total = bytes.count
        for line in lines.dropFirst(2) {
            let ids = line.split(separator: " ").compactMap { Int32($0) }
            let limit = Int32(lengths.count)
            guard ids.count == 2, ids.allSatisfy({ $0 >= specials && $0 < limit }) else {
                throw .malformed(String(line))
            }
            let length = lengths[Int(ids[0])] + lengths[Int(ids[1])]
            total += length
            guard total <= Self.mostPieceBytes else { throw .malformed(String(line)) }
            lengths.append(length)
            merges.append(Pair(left: ids[0], right: ids[1]))
        }
        self.init(specialTokens: specials, bytes: bytes.compactMap { $0 }, merges: merges)
    }
}
