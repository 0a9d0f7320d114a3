import Foundation
import Tensors

/// tokenizer_config.json, which transformers reads beside tokenizer.json.
///
/// tokenizer.json alone makes the tokenizer here, as in the tokenizers library. What transformers would change after this
/// file is refused, and so is a key that is not known.
struct TokenizerConfigurationFile {
    private let file: JSONMembers
    private let tokenizer: BytePairTokenizer
    /// The texts of tokens that are found in a text before it is cut into words.
    private let added: Set<[UInt8]>

    /// Refuses a file that says otherwise than the tokenizer does; there need be none.
    static func check(_ path: String, against tokenizer: BytePairTokenizer) throws(ModelFileError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        try TokenizerConfigurationFile(path, tokenizer).check()
    }

    private init(_ path: String, _ tokenizer: BytePairTokenizer) throws(ModelFileError) {
        file = try JSONMembers(file: path)
        self.tokenizer = tokenizer
        let tokens = tokenizer.added.all + tokenizer.addedToNormalized.all
        added = Set(tokens.map { tokenizer.pieces[Int($0.id)] })
    }

    private func check() throws(ModelFileError) {
        try file.refuse(except: Self.checked.union(Self.harmless)) { key, value in
            Self.falseIsNeutral.contains(key) ? value.flag == false : nil
        }
        try checkSurroundings()
        for key in Self.tokens {
            if let token = file[key] { try check(token, key) }
        }
        for key in Self.tokenLists {
            for token in try tokens(key) { try check(token, key) }
        }
        for (id, token) in try file.object("added_tokens_decoder")?.members ?? [] {
            try check(
                id, JSONMembers(token, path: file.path, prefix: "added_tokens_decoder.\(id)."))
        }
    }

    /// The tokens of a list, or of an object that has them by role.
    private func tokens(_ key: String) throws(ModelFileError) -> [JSONText] {
        if case .object(let members)? = file[key] { return members.map(\.value) }
        return try file.list(key) ?? []
    }

    /// What stands before and behind a text.
    private func checkSurroundings() throws(ModelFileError) {
        if try file.flag("add_eos_token") == true {
            throw file.unsupported("add_eos_token", .bool(true), "nothing is put behind a text")
        }
        if let begins = try file.flag("add_bos_token"), begins != (tokenizer.beginToken != nil) {
            throw .unsupported(
                file: file.path,
                what: "'add_bos_token' is \(begins), and tokenizer.json puts "
                    + (begins ? "no token" : "one") + " before a text")
        }
        if let adds = try file.flag("add_prefix_space"), adds != tokenizer.rules.putsBlankBeforeText {
            throw .unsupported(
                file: file.path,
                what: "'add_prefix_space' is \(adds), and tokenizer.json puts " + (adds ? "no blank" : "one")
                    + " before a text")
        }
    }

    /// A special token that transformers would look for in texts, and tokenizer.json does not.
    private func check(_ token: JSONText, _ key: String) throws(ModelFileError) {
        guard let text = token.text ?? token["content"]?.text, added.contains(Array(text.utf8)) else {
            throw .unsupported(
                file: file.path,
                what:
                    "'\(key)' has \(token["content"]?.summary ?? token.summary), which is no added token of "
                    + "tokenizer.json")
        }
    }

    /// transformers adds tokens that tokenizer.json does not have.
    private func check(_ id: String, _ token: JSONMembers) throws(ModelFileError) {
        try token.refuse(except: [
            "content", "lstrip", "rstrip", "single_word", "normalized", "special", "__type",
        ])
        let content = try token.required("content", token.text("content"))
        guard let number = Int(id), tokenizer.pieces.indices.contains(number),
            tokenizer.pieces[number].elementsEqual(content.utf8), added.contains(Array(content.utf8))
        else {
            throw .unsupported(
                file: token.path, what: "its added token '\(content)' of id \(id) is none of tokenizer.json's"
            )
        }
        for flag in ["lstrip", "rstrip", "single_word"] where try token.flag(flag) == true {
            throw .unsupported(
                file: token.path, what: "its added token '\(content)' has \(flag), which is not done here")
        }
    }
}

// MARK: Keys

extension TokenizerConfigurationFile {
    /// Special tokens by their roles.
    private static let tokens = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]
    private static let tokenLists = [
        "additional_special_tokens", "extra_special_tokens", "model_specific_special_tokens",
    ]

    /// What has to agree with tokenizer.json.
    private static let checked = Set(
        tokens + tokenLists + ["add_bos_token", "add_eos_token", "add_prefix_space", "added_tokens_decoder"])

    /// Names, versions, how token ids are turned into text, how several texts are batched, how a chat is written, and what
    /// is done where a tokenizer.json has yet to be made.
    private static let harmless: Set<String> = [
        "tokenizer_class", "processor_class", "auto_map", "name_or_path", "_name_or_path", "backend",
        "is_local", "local_files_only", "tokenizer_file", "vocab_file", "merges_file",
        "special_tokens_map_file", "transformers_version", "_commit_hash", "legacy", "sp_model_kwargs",
        "sp_model", "chat_template", "use_default_system_prompt", "response_template",
        "clean_up_tokenization_spaces", "spaces_between_special_tokens", "decode_with_prefix_space",
        "errors", "model_max_length", "max_length", "max_len", "truncation_side", "truncation_strategy",
        "stride",
        "padding_side", "pad_to_multiple_of", "pad_token_type_id", "model_input_names",
        "return_token_type_ids", "device_map", "trim_offsets",
        "unsloth_version",
    ]

    /// What would be done to a text.
    private static let falseIsNeutral: Set<String> = [
        "do_lower_case", "split_special_tokens", "from_slow", "strip_accents", "remove_space", "keep_accents",
        "do_basic_tokenize", "tokenize_chinese_chars", "use_regex", "force_download", "fix_mistral_regex",
    ]
}
