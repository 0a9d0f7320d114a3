/// Reads a tokenizer.json of the tokenizers library whose model is BPE, section by section: each member is honoured, or known
/// to change no token id, or refused by its name.
struct TokenizerFileReader {
    let path: String
    private let file: JSONMembers
    private let model: JSONMembers

    /// - Throws: `ModelFileError` where the file is no JSON, or its model is not BPE.
    init(_ path: String) throws(ModelFileError) {
        self.path = path
        file = try JSONMembers(file: path)
        model = try file.required("model", file.object("model"))
        let kind = try model.text("type") ?? "BPE"
        guard kind == "BPE" else {
            throw .unsupported(file: path, what: "its model is \(kind); BPE is read here")
        }
    }

    func tokenizer() throws(ModelFileError) -> BytePairTokenizer {
        try refuseUnknown()
        let vocabulary = try vocabulary()
        let options = BytePairTokenizer.Options(
            symbols: try isByteLevel() ? .bytes : .scalars, rules: try rules(),
            fallsBackOnBytes: try model.flag("byte_fallback") ?? false,
            ignoresMerges: try model.flag("ignore_merges") ?? false,
            unknownToken: try unknownToken(vocabulary.tokens),
            fusesUnknown: try model.flag("fuse_unk") ?? false,
            beginToken: try TokenizerTemplate(file).beginToken)
        return try BytePairTokenizer(vocabulary, options, path: path)
    }

    private func refuseUnknown() throws(ModelFileError) {
        if let version = try file.text("version"), version != "1.0" {
            throw file.unsupported("version", .string(version), "1.0 is")
        }
        try file.refuse(except: [
            "version", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model",
        ])
        try model.refuse(except: [
            "type", "vocab", "merges", "unk_token", "fuse_unk", "byte_fallback", "ignore_merges",
        ]) { key, value in
            switch key {
            case "dropout": value.double == 0
            case "continuing_subword_prefix", "end_of_word_suffix": value.text?.isEmpty ?? false
            default: nil
            }
        }
    }

    // MARK: The model

    private func vocabulary() throws(ModelFileError) -> BytePairTokenizer.Vocabulary {
        let entries = try model.required("vocab", model.object("vocab")).members
        let added = try addedTokens()
        var tokens: [[UInt8]?] = []
        for (text, id) in entries {
            // Ids have few gaps; a file of a hundred tokens does not pay for a table of a million.
            guard let id = id.whole, (0..<(entries.count + added.count + 100_000)).contains(id) else {
                throw .malformed(file: path, reason: "the token '\(text)' has the id \(id.summary)")
            }
            while tokens.count <= id { tokens.append(nil) }
            guard tokens[id] == nil else {
                throw .malformed(file: path, reason: "two tokens have the id \(id); '\(text)' is one")
            }
            tokens[id] = Array(text.utf8)
        }
        try check(added, tokens, count: entries.count)
        return BytePairTokenizer.Vocabulary(tokens: tokens, added: added, merges: try merges())
    }

    /// Merges are pairs, or one text with a blank between the two.
    private func merges() throws(ModelFileError) -> [(left: [UInt8], right: [UInt8])] {
        var merges: [(left: [UInt8], right: [UInt8])] = []
        for entry in try model.required("merges", model.list("merges")) {
            if let pair = entry.text.flatMap(BytePairTokenizer.pair(of:)) {
                merges.append(pair)
            } else if let parts = entry.elements, parts.count == 2, let left = parts[0].text,
                let right = parts[1].text
            {
                merges.append((Array(left.utf8), Array(right.utf8)))
            } else {
                throw .malformed(file: path, reason: "merge \(merges.count) is no pair")
            }
        }
        return merges
    }

    private func unknownToken(_ tokens: [[UInt8]?]) throws(ModelFileError) -> Int32? {
        guard let text = try model.text("unk_token") else { return nil }
        guard let id = tokens.firstIndex(where: { $0?.elementsEqual(text.utf8) ?? false }) else {
            throw .malformed(file: path, reason: "its unknown token '\(text)' is not in its vocabulary")
        }
        return Int32(id)
    }

    // MARK: Added tokens

    private func addedTokens() throws(ModelFileError) -> [BytePairTokenizer.AddedToken] {
        var tokens: [BytePairTokenizer.AddedToken] = []
        for (index, entry) in (try file.list("added_tokens") ?? []).enumerated() {
            let token = try JSONMembers(entry, path: path, prefix: "added_tokens.\(index).")
            // Special ones are left out where a text is decoded for people, which nobody does here.
            try token.refuse(except: [
                "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special",
            ])
            let text = try token.required("content", token.text("content"))
            guard let id = try token.required("id", token.whole("id")).id else {
                throw .malformed(
                    file: path, reason: "the added token '\(text)' has no id that a token can have")
            }
            for flag in ["lstrip", "rstrip", "single_word"] where try token.flag(flag) == true {
                throw .unsupported(
                    file: path, what: "its added token '\(text)' has \(flag), which is not done here")
            }
            let isSpecial = try token.flag("special") ?? false
            tokens.append(
                .init(text: text, id: id, isNormalized: try token.flag("normalized") ?? !isSpecial))
        }
        return tokens
    }

    /// The tokenizers library gives an added token the id that its text has in the vocabulary, and a new text the next id,
    /// whatever the file says: refuses a file that says otherwise.
    private func check(
        _ added: [BytePairTokenizer.AddedToken], _ tokens: [[UInt8]?], count: Int
    ) throws(ModelFileError) {
        var idOf: [[UInt8]: Int] = [:]
        for (id, bytes) in tokens.enumerated() {
            if let bytes { idOf[bytes] = id }
        }
        var last: Int?
        for token in added {
            let bytes = Array(token.text.utf8)
            let next = last.map { $0 >= count || count == 0 ? $0 + 1 : count } ?? count
            let expected = idOf[bytes] ?? next
            guard Int(token.id) == expected else {
                throw .unsupported(
                    file: path,
                    what:
                        "its added token '\(token.text)' has the id \(token.id), and the tokenizers library gives it "
                        + "\(expected)")
            }
            idOf[bytes] = expected
            last = max(last ?? 0, expected)
        }
    }

    // MARK: Words

    private func isByteLevel() throws(ModelFileError) -> Bool {
        try TokenizerSteps(file, "pre_tokenizer", members: "pretokenizers").steps
            .contains { $0["type"]?.text == "ByteLevel" }
    }

    private func rules() throws(ModelFileError) -> PreTokenizer {
        var reader = WordRuleReader()
        for step in try TokenizerSteps(file, "normalizer", members: "normalizers").steps {
            try reader.addNormalizer(step)
        }
        for step in try TokenizerSteps(file, "pre_tokenizer", members: "pretokenizers").steps {
            try reader.addPreTokenizer(step)
        }
        for step in try TokenizerSteps(file, "decoder", members: "decoders").steps {
            try reader.addDecoder(step)
        }
        return reader.rules
    }
}

extension Int {
    fileprivate var id: Int32? { self >= 0 ? Int32(exactly: self) : nil }
}

/// A section of tokenizer.json as the steps that it is made of: one, or those of a sequence.
struct TokenizerSteps {
    let steps: [JSONMembers]

    /// - Parameter members: The name under which a sequence has its steps.
    init(_ file: JSONMembers, _ section: String, members: String) throws(ModelFileError) {
        guard let whole = try file.object(section) else {
            steps = []
            return
        }
        steps = try Self.flattened(whole, members: members)
    }

    private static func flattened(
        _ step: JSONMembers, members: String
    ) throws(ModelFileError) -> [JSONMembers] {
        guard try step.text("type") == "Sequence" else { return [step] }
        try step.refuse(except: ["type", members])
        var steps: [JSONMembers] = []
        for (index, member) in try step.required(members, step.list(members)).enumerated() {
            let inner = try JSONMembers(member, path: step.path, prefix: "\(step.prefix)\(members).\(index).")
            steps += try flattened(inner, members: members)
        }
        return steps
    }
}

extension BytePairTokenizer {
    /// Reads a tokenizer.json of the tokenizers library whose model is BPE.
    ///
    /// - Throws: `ModelFileError.unsupported` with the name of what is done differently here, or not known.
    init(tokenizerFile path: String) throws(ModelFileError) {
        self = try TokenizerFileReader(path).tokenizer()
    }
}
