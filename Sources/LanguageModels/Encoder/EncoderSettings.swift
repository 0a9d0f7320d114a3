import Foundation
import Tensors

/// The files beside an encoder's weights that say how a text becomes tokens, and tokens one vector.
///
/// Here texts are lower-cased and without accents, as for BERT's uncased models, and a vector is the mean over all tokens. A
/// folder that says otherwise is refused: its vectors would be another model's.
enum EncoderSettings {
    /// - Returns: The most tokens of a text, where the folder says it.
    /// - Throws: `ModelFileError.unsupported` for other settings; `.malformed` for a file that is not of that form.
    static func checkedLength(_ folder: String) throws(ModelFileError) -> Int? {
        func file(_ name: String) throws(ModelFileError) -> JSONMembers? {
            let path = folder + "/" + name
            return FileManager.default.fileExists(atPath: path) ? try JSONMembers(file: path) : nil
        }
        let tokenizer = try file("tokenizer_config.json")
        if let tokenizer {
            for key in ["do_lower_case", "strip_accents", "tokenize_chinese_chars"] {
                if try tokenizer.flag(key) == false { throw tokenizer.unsupported(key, .bool(false)) }
            }
        }
        if let pooling = try file("1_Pooling/config.json") {
            for (key, value) in pooling.members where key.hasPrefix("pooling_mode_") {
                let isMean = key == "pooling_mode_mean_tokens"
                if try pooling.flag(key) == !isMean {
                    throw pooling.unsupported(key, value, "the mean over all tokens is")
                }
            }
            // Later versions of sentence-transformers name the modes in place of a flag for each.
            if let mode = pooling["pooling_mode"],
                mode.elements.map({ $0.map(\.text) }) ?? [mode.text] != ["mean"]
            {
                throw pooling.unsupported("pooling_mode", mode, "the mean over all tokens is")
            }
        }
        let dense = folder + "/2_Dense/config.json"
        if FileManager.default.fileExists(atPath: dense) {
            throw .unsupported(file: dense, what: "a layer behind the mean over tokens is not done here")
        }
        guard let file = try file("sentence_bert_config.json") else { return nil }
        if let length = try file.whole("max_seq_length") {
            guard length >= 2 else {
                throw file.unsupported("max_seq_length", .integer(length), "2 or more is")
            }
            return length
        }
        // Such a file leaves it to the tokenizer, which may have a number that no text reaches, or none.
        guard let tokenizer, let length = try tokenizer.number("model_max_length") else {
            return Int(Int32.max)
        }
        guard length >= 2 else {
            throw tokenizer.unsupported("model_max_length", .number(length), "2 or more is")
        }
        return Int(min(length, Double(Int32.max)))
    }
}
