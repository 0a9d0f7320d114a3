import Foundation
import Tensors

/// A model as transformers keeps it: a folder with model.safetensors, config.json, tokenizer.json and tokenizer_config.json.
///
/// `PretrainedModel` reads such a folder, and so does transformers' `AutoModelForCausalLM`; both give the same logits.
public struct ModelFolder {
    /// The model.
    public let decoder: Decoder
    /// The text of tokenizer.json.
    public let tokenizer: String

    /// A folder to be written; nothing is written yet.
    public init(decoder: Decoder, tokenizer: String) {
        self.decoder = decoder
        self.tokenizer = tokenizer
    }

    /// Writes the folder's files, each whole or not at all.
    public func write(to folder: URL) throws {
        try writeWeights(to: folder.appendingPathComponent("model.safetensors"))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        let files = [
            ("config.json", try encoder.encode(ConfigurationFile(decoder.parameters.configuration))),
            ("tokenizer.json", Data(tokenizer.utf8)),
            // Before version 5, transformers would take the class from the model's type and put a `<s>` before texts.
            ("tokenizer_config.json", Data("{\"tokenizer_class\": \"PreTrainedTokenizerFast\"}\n".utf8)),
        ]
        for (name, data) in files {
            let file = folder.appendingPathComponent(name)
            try FileFailure.naming(file) { try data.write(to: file, options: .atomic) }
        }
    }

    /// Tensor by tensor, so that a model in bfloat16 need not fit into memory as floats.
    private func writeWeights(to file: URL) throws {
        let entries = Dictionary(
            uniqueKeysWithValues: decoder.parameters.layout.entries.map { ($0.name, $0) })
        // transformers wants the file to say that its tensors are laid out as PyTorch's.
        try TensorArchive.write(entries.mapValues(\.shape), metadata: ["format": "pt"], to: file) {
            name, body in
            guard let entry = entries[name] else { return }
            let values = FloatBuffer(count: entry.count)
            decoder.write(entry, to: values.base)
            try body(UnsafeRawBufferPointer(start: values.base, count: 4 * entry.count))
        }
    }
}
