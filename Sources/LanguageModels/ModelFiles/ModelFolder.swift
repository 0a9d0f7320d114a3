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

/// What config.json says, under transformers' names.
private struct ConfigurationFile: Encodable {
    struct Rotary: Encodable {
        var rope_theta: Double
        var rope_type = "default"
        var factor: Double?
        var low_freq_factor: Double?
        var high_freq_factor: Double?
        var original_max_position_embeddings: Double?

        init(_ c: DecoderConfiguration) {
            rope_theta = c.rotaryBase
            switch c.rotaryScaling {
            case nil: break
            case .linear(let factor): (rope_type, self.factor) = ("linear", factor)
            case .llama3(let factor, let low, let high, let originalPositions):
                (rope_type, self.factor) = ("llama3", factor)
                (low_freq_factor, high_freq_factor) = (low, high)
                original_max_position_embeddings = originalPositions
            }
        }
    }

    var architectures: [String]
    var model_type: String
    var hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, num_key_value_heads: Int
    var head_dim, vocab_size: Int
    var rms_norm_eps: Double
    /// Before version 5 transformers reads rope_theta and rope_scaling, since then rope_parameters.
    var rope_theta: Double
    var rope_scaling: Rotary?
    var rope_parameters: Rotary
    var tie_word_embeddings: Bool
    var sliding_window: Int?
    var hidden_act = "silu"
    var attention_bias = false
    var mlp_bias = false
    var max_position_embeddings = 8192
    var torch_dtype = "float32"

    init(_ c: DecoderConfiguration) {
        // Llama's configuration knows no window, Mistral's no biases and no other difference.
        let isMistral = c.slidingWindow != nil
        architectures = [isMistral ? "MistralForCausalLM" : "LlamaForCausalLM"]
        model_type = isMistral ? "mistral" : "llama"
        (hidden_size, intermediate_size, num_hidden_layers) = (c.width, c.feedForward, c.layers)
        (num_attention_heads, num_key_value_heads) = (c.heads, c.keyValueHeads)
        (head_dim, vocab_size) = (c.headDimension, c.vocabulary)
        // The shortest decimal that is this float: 1e-05, not 9.999999747378752e-06.
        rms_norm_eps = Double("\(c.normEpsilon)") ?? Double(c.normEpsilon)
        rope_theta = c.rotaryBase
        rope_parameters = Rotary(c)
        rope_scaling = c.rotaryScaling == nil ? nil : rope_parameters
        tie_word_embeddings = c.tiedHead
        sliding_window = c.slidingWindow
    }
}
