import Foundation
import Tensors

/// A model as transformers keeps it: a folder with model.safetensors, config.json and tokenizer.json.
///
/// `PretrainedModel` reads such a folder, and so does transformers' `AutoModelForCausalLM`; both give the same logits.
public struct ModelFolder {
    public let parameters: DecoderParameters
    /// The text of tokenizer.json.
    public let tokenizer: String

    public init(parameters: DecoderParameters, tokenizer: String) {
        self.parameters = parameters
        self.tokenizer = tokenizer
    }

    /// Writes the folder's three files, each whole or not at all.
    public func write(to folder: URL) throws {
        var archive = parameters.archive()
        archive.metadata["format"] = "pt"
        try archive.write(to: folder.appendingPathComponent("model.safetensors"))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        let files = [
            ("config.json", try encoder.encode(ConfigurationFile(parameters.configuration))),
            ("tokenizer.json", Data(tokenizer.utf8)),
        ]
        for (name, data) in files {
            let file = folder.appendingPathComponent(name)
            try FileFailure.naming(file) { try data.write(to: file, options: .atomic) }
        }
    }
}
