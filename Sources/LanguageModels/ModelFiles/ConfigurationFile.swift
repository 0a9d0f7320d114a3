/// config.json of a Llama or Mistral model as RankBridge writes it: the keys that matter, as transformers names them.
struct ConfigurationFile: Encodable {
    struct Rotary: Encodable {
        var rope_type: String
        var rope_theta: Double
        var factor: Double?
        var low_freq_factor: Double?
        var high_freq_factor: Double?
        var original_max_position_embeddings: Double?
    }

    var architectures: [String]
    var model_type: String
    var hidden_size: Int
    var intermediate_size: Int
    var num_hidden_layers: Int
    var num_attention_heads: Int
    var num_key_value_heads: Int
    var head_dim: Int
    var vocab_size: Int
    var rms_norm_eps: Double
    /// Before version 5 transformers reads rope_theta and rope_scaling, since then rope_parameters.
    var rope_theta: Double
    var rope_scaling: Rotary?
    var rope_parameters: Rotary
    var tie_word_embeddings: Bool
    var sliding_window: Int?
    var hidden_act: String
    var attention_bias: Bool
    var mlp_bias: Bool
    var max_position_embeddings: Int
    var torch_dtype: String
}

extension ConfigurationFile {
    /// The file of a decoder of this shape.
    init(_ c: DecoderConfiguration) {
        // Llama's configuration knows no window, Mistral's no biases and no other difference.
        let isMistral = c.slidingWindow != nil
        let rotary = Rotary(c)
        self.init(
            architectures: [isMistral ? "MistralForCausalLM" : "LlamaForCausalLM"],
            model_type: isMistral ? "mistral" : "llama", hidden_size: c.width,
            intermediate_size: c.feedForward, num_hidden_layers: c.layers, num_attention_heads: c.heads,
            num_key_value_heads: c.keyValueHeads, head_dim: c.headDimension, vocab_size: c.vocabulary,
            // The shortest decimal that is this float: 1e-05, not 9.999999747378752e-06.
            rms_norm_eps: Double("\(c.normEpsilon)") ?? Double(c.normEpsilon), rope_theta: c.rotaryBase,
            rope_scaling: c.rotaryScaling == nil ? nil : rotary, rope_parameters: rotary,
            tie_word_embeddings: c.tiedHead, sliding_window: c.slidingWindow,
            hidden_act: "silu",
            attention_bias: false, mlp_bias: false, max_position_embeddings: 8192, torch_dtype: "float32")
    }
}

extension ConfigurationFile.Rotary {
    init(_ c: DecoderConfiguration) {
        self.init(rope_type: "default", rope_theta: c.rotaryBase)
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
