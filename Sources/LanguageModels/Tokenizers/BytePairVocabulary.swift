/// Byte-pair encoding with a vocabulary learned from a list of names (Sennrich et al. 2016, arXiv 1508.07909).
///
/// Names are cut into words before `_` or a blank and before the sense suffix (`.n.01`), and merges never cross
/// words. Ids: special tokens first, then single bytes in ascending order, then merges as learned.
public struct BytePairVocabulary: Sendable, Equatable {
    /// Ids 0..<specialTokens are the caller's to use; no text encodes to them.
    public let specialTokens: Int
    /// The bytes of each piece; empty for special tokens.
    public let pieces: [[UInt8]]
    /// The pair of ids that each merged piece joins, in the order learned.
    public let merges: [Pair]
    private let mergeRank: [Pair: Int32]
    private let byteIds: [Int32]

    public struct Pair: Hashable, Sendable {
        public let left: Int32
        public let right: Int32

        public init(left: Int32, right: Int32) {
            self.left = left
            self.right = right
        }
    }

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
        var ranks: [Pair: Int32] = [:]
        for merge in merges {
            ranks[merge] = Int32(pieces.count)
            pieces.append(pieces[Int(merge.left)] + pieces[Int(merge.right)])
        }
        self.pieces = pieces
        self.byteIds = byteIds
        mergeRank = ranks
    }

    /// The text's token ids. Throws at a byte that no name held when the vocabulary was learned.
    public func encode(_ text: String) throws(TokenizerError) -> [Int32] {
        var ids: [Int32] = []
        for word in BytePairVocabulary.words(Array(text.utf8)) {
            var symbols: [Int32] = []
            for byte in word {
                guard byteIds[Int(byte)] >= 0 else { throw .unknownByte(byte, text: text) }
                symbols.append(byteIds[Int(byte)])
            }
            mergeAll(&symbols)
            ids += symbols
        }
        return ids
    }

    public func decode(_ ids: [Int32]) -> String {
        String(decoding: ids.flatMap { pieces[Int($0)] }, as: UTF8.self)
    }

    /// Applies the earliest learned merge until none applies. Words are short, so the scan is quadratic.
    private func mergeAll(_ symbols: inout [Int32]) {
        while symbols.count > 1 {
            var best = Int32.max
            var place = -1
            for index in 0..<(symbols.count - 1) {
                let pair = Pair(left: symbols[index], right: symbols[index + 1])
                if let rank = mergeRank[pair], rank < best { (best, place) = (rank, index) }
            }
            guard place >= 0 else { return }
            symbols[place] = best
            symbols.remove(at: place + 1)
        }
    }

    /// Whether a name ends in two dot-separated fields, the second of two digits or more: `.n.01`.
    public static func hasSenseSuffix(_ name: String) -> Bool {
        let fields = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard fields.count >= 3, let last = fields.last, last.count >= 2 else { return false }
        return fields[fields.count - 2].count == 1 && last.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Cuts before each `_` or blank and before the last two dot-separated fields.
    static func words(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        let dots = bytes.indices.filter { bytes[$0] == UInt8(ascii: ".") }
        let suffix = dots.count >= 2 ? dots[dots.count - 2] : -1
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

/// Text that a vocabulary cannot encode, or a vocabulary that text cannot be read into.
public enum TokenizerError: Error, Equatable, CustomStringConvertible {
    case unknownByte(UInt8, text: String)
    case malformed(String)

    public var description: String {
        switch self {
        case .unknownByte(let byte, let text):
            "the vocabulary has no piece for byte \(byte) of '\(text)': it was learned from other names"
        case .malformed(let line):
            "'\(line)' is no line of a byte-pair vocabulary"
        }
    }
}

extension BytePairVocabulary {
    /// The vocabulary as text, which `init(serialized:)` reads: specials, bytes, then a merge a line.
    public var serialized: String {
        let bytes = pieces[specialTokens..<(count - merges.count)].map { String($0[0]) }.joined(
            separator: " ")
        return (["\(specialTokens)", bytes] + merges.map { "\($0.left) \($0.right)" }).joined(separator: "\n")
    }

    public init(serialized text: String) throws(TokenizerError) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 2, let specials = Int(lines[0]), specials >= 0, specials < 1_000 else {
            throw .malformed(String(lines.first ?? ""))
        }
        let bytes = lines[1].split(separator: " ").map { UInt8($0) }
        guard !bytes.contains(nil) else { throw .malformed(String(lines[1])) }
        var merges: [Pair] = []
        for line in lines.dropFirst(2) {
            let ids = line.split(separator: " ").compactMap { Int32($0) }
            let limit = Int32(specials + bytes.count + merges.count)
            guard ids.count == 2, ids.allSatisfy({ $0 >= specials && $0 < limit }) else {
                throw .malformed(String(line))
            }
            merges.append(Pair(left: ids[0], right: ids[1]))
        }
        self.init(specialTokens: specials, bytes: bytes.compactMap { $0 }, merges: merges)
    }
}
