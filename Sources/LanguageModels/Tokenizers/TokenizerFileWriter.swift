import Foundation

/// Writes a tokenizer.json of the tokenizers library, member by member: its vocabulary has tokens that differ in bytes and
/// are equal as Swift's text.
struct TokenizerFileWriter {
    /// Token spellings by id, byte-level.
    var tokens: [String]
    /// Ids of added tokens.
    var added: [Int]
    /// Spellings of the two tokens that each merge joins.
    var merges: [(left: String, right: String)]
    /// What stands before every text, if anything.
    var begin: Int?
    /// The pre-tokenizer's steps, each a JSON object, before bytes are spelled.
    var steps: [String]

    var text: String {
        let entries = added.map { id in
            "{\"id\":\(id),\"content\":\(quoted(tokens[id])),\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
                + "\"normalized\":false,\"special\":true}"
        }
        let vocabulary = tokens.enumerated().map { "\(quoted($1)):\($0)" }
        let pairs = merges.map { "[\(quoted($0.left)),\(quoted($0.right))]" }
        // ByteLevel spells bytes and does not cut: the steps before it have done that.
        let byteLevel =
            "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":false}"
        return """
            {"version":"1.0","truncation":null,"padding":null,
            "added_tokens":[\(entries.joined(separator: ",\n"))],
            "normalizer":null,
            "pre_tokenizer":{"type":"Sequence","pretokenizers":[\((steps + [byteLevel]).joined(separator: ",\n"))]},
            "post_processor":\(postProcessor),
            "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
            "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,
            "end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,"ignore_merges":false,
            "vocab":{\(vocabulary.joined(separator: ",\n"))},
            "merges":[\(pairs.joined(separator: ",\n"))]}}

            """
    }

    private var postProcessor: String {
        guard let begin else { return "null" }
        let name = quoted(tokens[begin])
        let first = "{\"SpecialToken\":{\"id\":\(name),\"type_id\":0}}"
        func text(_ id: String) -> String { "{\"Sequence\":{\"id\":\"\(id)\",\"type_id\":0}}" }
        return "{\"type\":\"TemplateProcessing\",\"single\":[\(first),\(text("A"))],"
            + "\"pair\":[\(first),\(text("A")),\(text("B"))],"
            + "\"special_tokens\":{\(name):{\"id\":\(name),\"ids\":[\(begin)],\"tokens\":[\(name)]}}}"
    }

    /// The step that makes each match of a pattern, and what lies between matches, a word.
    static func split(_ pattern: String) -> String {
        "{\"type\":\"Split\",\"pattern\":{\"Regex\":\(quoted(pattern))},\"behavior\":\"Isolated\",\"invert\":false}"
    }
}

/// A JSON string.
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": result += "\\\(scalar)"
        case _ where scalar.value < 0x20: result += String(format: "\\u%04x", scalar.value)
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

extension GGUFFile {
    /// tokenizer.json of the byte-level tokenizer that the file's metadata hold.
    func tokenizerFile() throws(ModelFileError) -> String {
        guard case .texts(let tokens)? = metadata["tokenizer.ggml.tokens"],
            case .texts(let merges)? = metadata["tokenizer.ggml.merges"]
        else { throw .missing(file: file.path, name: "tokenizer.ggml.tokens and merges") }
        let digits = metadata["tokenizer.ggml.pre"] == .text("smollm")
        let pairs = merges.compactMap { merge -> (left: String, right: String)? in
            guard let (left, right) = BytePairTokenizer.pair(of: merge) else { return nil }
            return (String(decoding: left, as: UTF8.self), String(decoding: right, as: UTF8.self))
        }
        return TokenizerFileWriter(
            tokens: tokens, added: try addedTokens(tokens.count), merges: pairs,
            begin: try beginToken(tokens.count),
            steps: (digits ? [TokenizerFileWriter.split(PreTokenizer.digitPattern)] : [])
                + [TokenizerFileWriter.split(PreTokenizer.gpt2Pattern)]
        ).text
    }
}

extension BytePairVocabulary {
    /// tokenizer.json of this vocabulary.
    ///
    /// - Parameter specialNames: How the special tokens are written, in the order of their ids.
    public func tokenizerFile(specialNames: [String]) -> String {
        precondition(specialNames.count == specialTokens, "one name a special token")
        let spelled = pieces.map { bytes in
            bytes.map { String(ByteSpelling.scalarOf[Int($0)]) }.joined()
        }
        let tokens = specialNames + spelled[specialTokens...]
        return TokenizerFileWriter(
            tokens: tokens, added: Array(0..<specialTokens),
            merges: merges.map { (tokens[Int($0.left)], tokens[Int($0.right)]) },
            steps: [TokenizerFileWriter.split(Self.wordPattern)]
        ).text
    }

    /// `words(_:)` as a regular expression: the last two dot-separated fields, if they hold no blank; before them, runs that
    /// begin with `_` or a blank or contain neither.
    static let wordPattern =
        #"\.[^. ]*\.[^. ]*$|[_ ](?:(?!\.[^. ]*\.[^. ]*$)[^_ ])*|(?:(?!\.[^. ]*\.[^. ]*$)[^_ ])+"#
}
