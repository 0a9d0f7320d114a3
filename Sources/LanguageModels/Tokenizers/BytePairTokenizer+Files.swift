import Foundation

extension BytePairTokenizer {
    /// Reads the tokenizer that a GGUF file's metadata hold: byte-level BPE, `tokenizer.ggml.model` = gpt2.
    init(_ gguf: GGUFFile) throws(ModelFileError) {
        let path = gguf.file.path
        guard case .texts(let tokens)? = gguf.metadata["tokenizer.ggml.tokens"] else {
            throw .missing(file: path, name: "tokenizer.ggml.tokens")
        }
        guard gguf.metadata["tokenizer.ggml.model"] == .text("gpt2"),
            case .texts(let merges)? = gguf.metadata["tokenizer.ggml.merges"]
        else {
            throw .unsupported(
                file: path,
                what: "its tokenizer is not byte-level BPE: use the model's safetensors and tokenizer.json")
        }
        var rules = PreTokenizer()
        switch gguf.metadata["tokenizer.ggml.pre"] {
        case .text("smollm")?: rules.rules = Self.splits([PreTokenizer.digit, PreTokenizer.gpt2])
        case .text("gpt-2")?, nil: rules.rules = Self.splits([PreTokenizer.gpt2])
        case let other:
            throw .unsupported(
                file: path,
                what: "its pre-tokenizer is \(other.map { "\($0)" } ?? "none"); smollm and gpt-2 are known")
        }
        let added = gguf.addedTokens(tokens.count).map { (tokens[$0], Int32($0)) }
        try self.init(
            Vocabulary(
                tokens: tokens.map { Array($0.utf8) }, added: added, merges: merges.map { Self.pair(of: $0) }),
            symbols: .bytes, rules: rules, unknownToken: nil,
            beginToken: gguf.beginToken(tokens.count).map { Int32($0) }, ignoresMerges: false,
            path: path)
    }

    /// Reads a tokenizer.json of the tokenizers library whose model is BPE.
    init(tokenizerFile path: String) throws(ModelFileError) {
        let file = try MappedFile(path)
        guard let json = try file.withBytes(0, file.count, "the file", { JSONText($0) }) else {
            throw .malformed(file: path, reason: "it is no JSON")
        }
        guard let model = json["model"], case .object(let vocabulary)? = model["vocab"] else {
            throw .missing(file: path, name: "model.vocab")
        }
        guard model["type"]?.text ?? "BPE" == "BPE" else {
            throw .unsupported(file: path, what: "its model is \(model["type"]?.text ?? "?"), not BPE")
        }
        let reader = TokenizerFileReader(path: path)
        let added = try reader.addedTokens(json["added_tokens"])
        var tokens: [[UInt8]?] = []
        func place(_ bytes: [UInt8], at id: Int32?) throws(ModelFileError) {
            guard let id, id >= 0, Int(id) < vocabulary.count + added.count + 100_000 else {
                throw .malformed(file: path, reason: "a token has the id \(id.map { "\($0)" } ?? "?")")
            }
            while tokens.count <= Int(id) { tokens.append(nil) }
            tokens[Int(id)] = bytes
        }
        for (text, id) in vocabulary { try place(Array(text.utf8), at: id.integer) }
        for token in added { try place(Array(token.text.utf8), at: token.id) }
        let rules = try reader.rules(normalizer: json["normalizer"], preTokenizer: json["pre_tokenizer"])
        let fuses = model["fuse_unk"]?.flag ?? false
        let merges = try reader.merges(model["merges"])
        let unknown = model["unk_token"]?.text.flatMap { text in
            tokens.firstIndex { $0?.elementsEqual(text.utf8) ?? false }.map { Int32($0) }
        }
        try self.init(
            Vocabulary(tokens: tokens.map { $0 ?? [] }, added: added, merges: merges),
            symbols: reader.isByteLevel(json["pre_tokenizer"]) ? .bytes : .scalars(fusesUnknown: fuses),
            rules: rules,
            unknownToken: unknown, beginToken: reader.beginToken(json["post_processor"], added),
            ignoresMerges: model["ignore_merges"]?.flag ?? false, path: path)
    }

    static func splits(_ patterns: [PreTokenizer.Pattern?]) -> [PreTokenizer.Rule] {
        patterns.compactMap { $0.map { .split($0, keepsMatches: true) } }
    }

    /// The two tokens of a merge, written with a blank between them.
    static func pair(of text: String) -> (left: [UInt8], right: [UInt8]) {
        let parts = Array(text.utf8).split(separator: 0x20, maxSplits: 1, omittingEmptySubsequences: false)
        return (Array(parts[0]), parts.count > 1 ? Array(parts[1]) : [])
    }

    /// Tokens as the files spell them.
    struct Vocabulary {
        var tokens: [[UInt8]]
        var added: [(text: String, id: Int32)]
        var merges: [(left: [UInt8], right: [UInt8])]
    }

    init(
        _ vocabulary: Vocabulary, symbols: Symbols, rules: PreTokenizer, unknownToken: Int32?,
        beginToken: Int32?,
        ignoresMerges: Bool, path: String
    ) throws(ModelFileError) {
        var idOf: [[UInt8]: Int32] = [:]
        for (id, bytes) in vocabulary.tokens.enumerated() where idOf[bytes] == nil { idOf[bytes] = Int32(id) }
        var merges: [UInt64: BytePairMerge] = [:]
        merges.reserveCapacity(vocabulary.merges.count)
        for (rank, pair) in vocabulary.merges.enumerated() {
            guard let left = idOf[pair.left], let right = idOf[pair.right],
                let result = idOf[pair.left + pair.right]
            else {
                throw .malformed(
                    file: path, reason: "merge \(rank) joins or makes what is no token of its vocabulary")
            }
            let key = BytePairMerge.key(left, right)
            if merges[key] == nil { merges[key] = BytePairMerge(rank: Int32(rank), result: result) }
        }
        let isAdded = Set(vocabulary.added.map(\.id))
        pieces = vocabulary.tokens.enumerated().map { id, bytes in
            isAdded.contains(Int32(id)) ? bytes : Self.meaning(of: bytes, symbols)
        }
        symbolIds = Self.symbolIds(idOf, symbols)
        self.symbols = symbols
        self.rules = rules
        self.merges = merges
        self.unknownToken = unknownToken
        self.beginToken = beginToken
        added = AddedTokens(vocabulary.added)
        wholeWords =
            ignoresMerges
            ? Dictionary(pieces.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
            : [:]
    }

    /// The bytes that a token stands for, from its spelling.
    private static func meaning(of spelling: [UInt8], _ symbols: Symbols) -> [UInt8] {
        let text = String(decoding: spelling, as: UTF8.self)
        switch symbols {
        case .bytes:
            return text.unicodeScalars.compactMap { ByteSpelling.byteOf[$0] }
        case .scalars:
            if let byte = fallbackByte(spelling) { return [byte] }
            return Array(text.replacingOccurrences(of: "\u{2581}", with: " ", options: .literal).utf8)
        }
    }

    /// The byte of a spelling like `<0x0A>`.
    private static func fallbackByte(_ spelling: [UInt8]) -> UInt8? {
        guard spelling.count == 6, spelling.starts(with: Array("<0x".utf8)), spelling[5] == UInt8(ascii: ">")
        else {
            return nil
        }
        return UInt8(String(decoding: spelling[3..<5], as: UTF8.self), radix: 16)
    }

    private static func symbolIds(_ idOf: [[UInt8]: Int32], _ symbols: Symbols) -> SymbolIds {
        var ids = SymbolIds()
        for (spelling, id) in idOf {
            let scalars = String(decoding: spelling, as: UTF8.self).unicodeScalars
            switch symbols {
            case .bytes:
                if scalars.count == 1, let byte = ByteSpelling.byteOf[scalars[scalars.startIndex]] {
                    ids.bytes[Int(byte)] = id
                }
            case .scalars:
                if let byte = fallbackByte(spelling) { ids.bytes[Int(byte)] = id }
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
