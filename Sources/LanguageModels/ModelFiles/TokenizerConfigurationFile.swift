import Foundation

/// tokenizer_config.json, which transformers reads beside tokenizer.json.
///
/// tokenizer.json alone makes the tokenizer here, as in the tokenizers library. What transformers would change after this
/// file is refused.
enum TokenizerConfigurationFile {
    /// Refuses a file that says otherwise than the tokenizer does; there need be none.
    static func check(_ path: String, against tokenizer: BytePairTokenizer) throws(ModelFileError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        let file = try JSONMembers(file: path)
        if try file.flag("add_eos_token") == true {
            throw .unsupported(
                file: path, what: "'add_eos_token' is true; nothing is put behind a text here")
        }
        if let begins = try file.flag("add_bos_token"), begins != (tokenizer.beginToken != nil) {
            throw .unsupported(
                file: path,
                what: "'add_bos_token' is \(begins), and tokenizer.json puts "
                    + (begins ? "no token" : "one") + " before a text")
        }
        for (id, token) in try file.object("added_tokens_decoder")?.members ?? [] {
            try check(id, JSONMembers(token, path: path, prefix: "added_tokens_decoder.\(id)."), tokenizer)
        }
    }

    /// transformers adds tokens that tokenizer.json does not have.
    private static func check(
        _ id: String, _ token: JSONMembers, _ tokenizer: BytePairTokenizer
    ) throws(ModelFileError) {
        let content = try token.required("content", token.text("content"))
        guard let number = Int(id), tokenizer.pieces.indices.contains(number),
            tokenizer.pieces[number].elementsEqual(content.utf8)
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
