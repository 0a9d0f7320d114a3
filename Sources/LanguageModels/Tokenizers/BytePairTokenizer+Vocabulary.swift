import Foundation

extension BytePairTokenizer {
    /// A token that is found in a text before it is cut into words.
    struct AddedToken: Sendable {
        var text: String
        var id: Int32
        /// Whether it is sought in normalised text, spelled as normalisation spells it.
        var isNormalized = false
    }

    /// Tokens as the files spell them.
    struct Vocabulary {
        /// The spelling of each id; nil for an id that is no token, or an added one alone.
        var tokens: [[UInt8]?]
        var added: [AddedToken]
        var merges: [(left: [UInt8], right: [UInt8])]
    }

    /// What a file says beside its vocabulary.
    struct Options {
        var symbols: Symbols
        var rules: PreTokenizer
        /// Whether scalars without a token become the tokens of their bytes.
        var fallsBackOnBytes = false
        var ignoresMerges = false
        var unknownToken: Int32?
        /// Whether a run of symbols without a token is one unknown token.
        var fusesUnknown = false
        var beginToken: Int32?
    }

    /// - Throws: `ModelFileError.malformed` where a merge joins or makes what is no token, or two merges join the same two;
    ///   `.unsupported` where bytes of a byte-level vocabulary's spelling would have to be fallen back on.
    init(_ vocabulary: Vocabulary, _ options: Options, path: String) throws(ModelFileError) {
        var idOf: [[UInt8]: Int32] = [:]
        for (id, bytes) in vocabulary.tokens.enumerated() {
            if let bytes { idOf[bytes] = Int32(id) }
        }
        var pieces = vocabulary.tokens.map { Self.meaning(of: $0 ?? [], options) }
        for token in vocabulary.added {
            while pieces.count <= Int(token.id) { pieces.append([]) }
            pieces[Int(token.id)] = Array(token.text.utf8)
        }
        self.pieces = pieces
        embedded = pieces.count
        merges = try Self.merges(vocabulary.merges, idOf, path)
        symbolIds = Self.symbolIds(idOf, options)
        if options.symbols == .bytes, options.fallsBackOnBytes, symbolIds.bytes.contains(-1) {
            throw .unsupported(
                file: path,
                what:
                    "'model.byte_fallback' is true, and its byte-level vocabulary lacks a byte: that is not done here"
            )
        }
        symbols = options.symbols
        rules = options.rules
        unknownToken = options.unknownToken
        fusesUnknown = options.fusesUnknown
        beginToken = options.beginToken
        added = AddedTokens(vocabulary.added.filter { !$0.isNormalized }.map { ($0.text, $0.id) })
        addedToNormalized = AddedTokens(
            vocabulary.added.filter(\.isNormalized).map { (options.rules.normalized($0.text), $0.id) })
        wholeWords = options.ignoresMerges ? idOf : [:]
    }

    private static func merges(
        _ pairs: [(left: [UInt8], right: [UInt8])], _ idOf: [[UInt8]: Int32], _ path: String
    ) throws(ModelFileError) -> [UInt64: BytePairMerge] {
        var merges: [UInt64: BytePairMerge] = [:]
        merges.reserveCapacity(pairs.count)
        for (rank, pair) in pairs.enumerated() {
            guard let left = idOf[pair.left], let right = idOf[pair.right],
                let result = idOf[pair.left + pair.right]
            else {
                throw .malformed(
                    file: path, reason: "merge \(rank) joins or makes what is no token of its vocabulary")
            }
            let merge = BytePairMerge(rank: Int32(rank), result: result)
            if let earlier = merges.updateValue(merge, forKey: BytePairMerge.key(left, right)) {
                throw .malformed(
                    file: path, reason: "merges \(earlier.rank) and \(rank) join the same two tokens")
            }
        }
        return merges
    }

    /// The bytes that a token stands for, from its spelling.
    private static func meaning(of spelling: [UInt8], _ options: Options) -> [UInt8] {
        let text = String(decoding: spelling, as: UTF8.self)
        switch options.symbols {
        case .bytes:
            let bytes = text.unicodeScalars.map { ByteSpelling.byteOf[$0] }
            // A token with other characters is no spelling of bytes, and stands for itself.
            return bytes.contains(nil) ? spelling : bytes.compactMap { $0 }
        case .scalars:
            if options.fallsBackOnBytes, let byte = fallbackByte(spelling) { return [byte] }
            return Array(text.replacingOccurrences(of: "\u{2581}", with: " ", options: .literal).utf8)
        }
    }

    /// The byte of a spelling like `<0x0A>`; the tokenizers library looks for upper-case digits.
    private static func fallbackByte(_ spelling: [UInt8]) -> UInt8? {
        guard spelling.count == 6, spelling.starts(with: Array("<0x".utf8)), spelling[5] == UInt8(ascii: ">"),
            spelling[3..<5].allSatisfy({ "0123456789ABCDEF".utf8.contains($0) })
        else { return nil }
        return UInt8(String(decoding: spelling[3..<5], as: UTF8.self), radix: 16)
    }

    private static func symbolIds(_ idOf: [[UInt8]: Int32], _ options: Options) -> SymbolIds {
        var ids = SymbolIds()
        for (spelling, id) in idOf {
            let scalars = String(decoding: spelling, as: UTF8.self).unicodeScalars
            switch options.symbols {
            case .bytes:
                if scalars.count == 1, let byte = ByteSpelling.byteOf[scalars[scalars.startIndex]] {
                    ids.bytes[Int(byte)] = id
                }
            case .scalars:
                if options.fallsBackOnBytes, let byte = fallbackByte(spelling) { ids.bytes[Int(byte)] = id }
                if scalars.count == 1 { ids.scalars[scalars[scalars.startIndex]] = id }
            }
        }
        return ids
    }
}

/// GPT-2's spelling of bytes by printable characters: printable Latin-1 bytes as they are, the others from U+0100 on.
enum ByteSpelling {
    static let byteOf: [Unicode.Scalar: UInt8] = {
        var byteOf: [Unicode.Scalar: UInt8] = [:]
        var next: UInt32 = 0x100
        for byte in UInt8.min...UInt8.max {
            // 0xAD, between the last two ranges, is the soft hyphen, which is not printed.
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE {
                byteOf[Unicode.Scalar(byte)] = byte
            } else if let scalar = Unicode.Scalar(next) {
                byteOf[scalar] = byte
                next += 1
            }
        }
        return byteOf
    }()

    static let scalarOf: [Unicode.Scalar] = {
        var scalars = [Unicode.Scalar](repeating: " ", count: 256)
        for (scalar, byte) in byteOf { scalars[Int(byte)] = scalar }
        return scalars
    }()
}
