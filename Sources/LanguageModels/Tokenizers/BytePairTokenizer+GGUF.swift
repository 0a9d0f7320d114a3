extension BytePairTokenizer {
    /// Reads the tokenizer that a GGUF file's metadata hold: byte-level BPE, `tokenizer.ggml.model` = gpt2.
    ///
    /// - Throws: `ModelFileError.unsupported` with the name of a key that is done differently here, or not known.
    init(_ gguf: GGUFFile) throws(ModelFileError) {
        let path = gguf.file.path
        guard case .texts(let tokens)? = gguf.metadata["tokenizer.ggml.tokens"] else {
            throw .missing(file: path, name: "tokenizer.ggml.tokens")
        }
        guard let model = gguf.metadata["tokenizer.ggml.model"] else {
            throw .missing(file: path, name: "tokenizer.ggml.model")
        }
        guard model == .text("gpt2") else {
            throw .unsupported(
                file: path,
                what:
                    "its tokenizer ('tokenizer.ggml.model') is \(model.summary), not byte-level BPE ('gpt2'): "
                    + "use the model's safetensors and tokenizer.json")
        }
        guard case .texts(let texts)? = gguf.metadata["tokenizer.ggml.merges"] else {
            throw .missing(file: path, name: "tokenizer.ggml.merges")
        }
        try gguf.refuseUnknownTokenizerKeys()
        let spellings = tokens.map { Array($0.utf8) }
        guard Set(spellings).count == spellings.count else {
            throw .malformed(file: path, reason: "two tokens of its vocabulary are spelled alike")
        }
        var merges: [(left: [UInt8], right: [UInt8])] = []
        for text in texts {
            guard let pair = Self.pair(of: text) else {
                throw .malformed(file: path, reason: "merge \(merges.count) is no pair")
            }
            merges.append(pair)
        }
        let added = try gguf.addedTokens(tokens.count).map { AddedToken(text: tokens[$0], id: Int32($0)) }
        let begin = try gguf.beginToken(tokens.count)
        try self.init(
            Vocabulary(tokens: spellings, added: added, merges: merges),
            Options(symbols: .bytes, rules: try gguf.wordRules(), beginToken: begin.map { Int32($0) }),
            path: path)
    }

    /// The two tokens of a merge, written with one blank between them; nil for any other text.
    static func pair(of text: String) -> (left: [UInt8], right: [UInt8])? {
        let parts = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        return (Array(parts[0]), Array(parts[1]))
    }
}

extension GGUFFile {
    /// How text is cut into words, as `tokenizer.ggml.pre` calls it.
    ///
    /// Where it is called nothing llama.cpp cuts in a way of its own, and transformers in GPT-2's: that is refused.
    fileprivate func wordRules() throws(ModelFileError) -> PreTokenizer {
        var rules = PreTokenizer()
        switch metadata["tokenizer.ggml.pre"] {
        case .text("smollm")?: rules.rules = PreTokenizer.splits([PreTokenizer.digit, PreTokenizer.gpt2])
        case .text("gpt-2")?: rules.rules = PreTokenizer.splits([PreTokenizer.gpt2])
        case nil: throw .missing(file: file.path, name: "tokenizer.ggml.pre")
        case let other?:
            throw .unsupported(
                file: file.path,
                what:
                    "its pre-tokenizer ('tokenizer.ggml.pre') is \(other.summary); smollm and gpt-2 are known"
            )
        }
        return rules
    }

    /// What the tokenizer is read from, and what no encoding depends on.
    private static let known: Set<String> = [
        "model", "pre", "tokens", "merges", "token_type", "add_bos_token", "bos_token_id", "scores",
        "token_type_count",
    ]

    /// What would be done to a text, or put behind it.
    private static let offIsNeutral: Set<String> = [
        "add_eos_token", "add_sep_token", "add_space_prefix", "remove_extra_whitespaces",
    ]

    fileprivate func refuseUnknownTokenizerKeys() throws(ModelFileError) {
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key.hasPrefix("tokenizer.") {
            if key.hasPrefix("tokenizer.chat_template") || key == "tokenizer.huggingface.json" { continue }
            let name = key.hasPrefix("tokenizer.ggml.") ? String(key.dropFirst(15)) : key
            // Which token ends a text, or fills a row up, is for those who generate.
            if Self.known.contains(name) || name.hasSuffix("_token_id") || name.hasSuffix("_token_ids") {
                continue
            }
            guard Self.offIsNeutral.contains(name), value == .flag(false) else {
                throw .unsupported(
                    file: file.path, what: "'\(key)' is \(value.summary), which is not done or not known here"
                )
            }
        }
    }

    /// Ids of control and user-defined tokens (llama.cpp's types 3 and 4), which stand for their whole text.
    func addedTokens(_ count: Int) throws(ModelFileError) -> [Int] {
        switch metadata["tokenizer.ggml.token_type"] {
        case nil: return []
        case .integers(let types)? where types.count == count && types.allSatisfy((1...5).contains):
            return types.indices.filter { types[$0] == 3 || types[$0] == 4 }
        default:
            throw .malformed(
                file: file.path,
                reason:
                    "'tokenizer.ggml.token_type' is no list of a type (1 to 5) for each of \(count) tokens")
        }
    }

    /// The token that stands before every text, if the file says that one does.
    func beginToken(_ count: Int) throws(ModelFileError) -> Int? {
        switch metadata["tokenizer.ggml.add_bos_token"] {
        case nil, .flag(false)?: return nil
        case .flag(true)?: break
        case let value?:
            throw .malformed(file: file.path, reason: "'tokenizer.ggml.add_bos_token' is \(value.summary)")
        }
        guard case .integer(let id)? = metadata["tokenizer.ggml.bos_token_id"], (0..<count).contains(id)
        else {
            throw .malformed(
                file: file.path,
                reason:
                    "'tokenizer.ggml.add_bos_token' is true, and 'tokenizer.ggml.bos_token_id' is no token")
        }
        return id
    }
}
