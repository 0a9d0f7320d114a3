/// config.json of a Llama or Mistral model: the keys that matter, as transformers names them.
struct ConfigurationFile: Codable {
    struct Rotary: Codable {
        var rope_type: String?
        /// What rope_type was called before.
        var type: String?
        var rope_theta: Double?
        var factor: Double?
        var low_freq_factor: Double?
        var high_freq_factor: Double?
        var original_max_position_embeddings: Double?
    }

    var architectures: [String]?
    var model_type: String
    var hidden_size: Int
    var intermediate_size: Int
    var num_hidden_layers: Int
    var num_attention_heads: Int
    var num_key_value_heads: Int?
    var head_dim: Int?
    var vocab_size: Int
    var rms_norm_eps: Double?
    /// Before version 5 transformers reads rope_theta and rope_scaling, since then rope_parameters.
    var rope_theta: Double?
    var rope_scaling: Rotary?
    var rope_parameters: Rotary?
    var tie_word_embeddings: Bool?
    var sliding_window: SlidingWindow
    var hidden_act: String?
    var attention_bias: Bool?
    var mlp_bias: Bool?
    var max_position_embeddings: Int?
    var torch_dtype: String?
}

extension ConfigurationFile {
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
            tie_word_embeddings: c.tiedHead, sliding_window: c.slidingWindow.map { .tokens($0) } ?? .absent,
            hidden_act: "silu",
            attention_bias: false, mlp_bias: false, max_position_embeddings: 8192, torch_dtype: "float32")
    }

    /// The shape that the file describes; refuses what is computed differently here.
    func configuration(_ path: String) throws(ModelFileError) -> DecoderConfiguration {
        guard ["llama", "mistral"].contains(model_type) else {
            throw .unsupported(
                file: path, what: "its model_type is '\(model_type)'; llama and mistral are read here")
        }
        guard hidden_act ?? "silu" == "silu", attention_bias != true, mlp_bias != true else {
            throw .unsupported(file: path, what: "it has biases or an activation other than silu")
        }
        guard num_attention_heads > 0 else {
            throw .malformed(file: path, reason: "it has \(num_attention_heads) attention heads")
        }
        let rotary = rope_parameters ?? rope_scaling
        return DecoderConfiguration(
            vocabulary: vocab_size, width: hidden_size, layers: num_hidden_layers, heads: num_attention_heads,
            keyValueHeads: num_key_value_heads ?? num_attention_heads,
            headDimension: head_dim ?? hidden_size / num_attention_heads, feedForward: intermediate_size,
            rotaryBase: rope_theta ?? rotary?.rope_theta ?? 10_000,
            normEpsilon: Float(rms_norm_eps ?? 1e-6), tiedHead: tie_word_embeddings ?? false,
            rotaryScaling: try rotary?.scaling(path),
            slidingWindow: model_type == "mistral" ? sliding_window.tokensOfMistral : nil)
    }
}

/// A key that says one thing by being null and another by not being there.
enum SlidingWindow: Codable {
    case tokens(Int)
    case none
    case absent

    /// transformers' MistralConfig takes 4,096 where the file says nothing.
    var tokensOfMistral: Int? {
        switch self {
        case .tokens(let count): count
        case .none: nil
        case .absent: 4096
        }
    }
}

extension KeyedDecodingContainer {
    func decode(_ type: SlidingWindow.Type, forKey key: Key) throws -> SlidingWindow {
        guard contains(key) else { return .absent }
        return try decodeIfPresent(Int.self, forKey: key).map { .tokens($0) } ?? .none
    }
}

extension KeyedEncodingContainer {
    mutating func encode(_ value: SlidingWindow, forKey key: Key) throws {
        switch value {
        case .tokens(let count): try encode(count, forKey: key)
        case .none: try encodeNil(forKey: key)
        case .absent: break
        }
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

    func scaling(_ path: String) throws(ModelFileError) -> RotaryScaling? {
        let kind = rope_type ?? type ?? "default"
        switch (kind, factor) {
        case ("default", _): return nil
        case ("linear", let factor?): return .linear(factor: factor)
        case ("llama3", let factor?):
            guard let low = low_freq_factor, let high = high_freq_factor, high > low,
                let original = original_max_position_embeddings, original > 0
            else { throw .malformed(file: path, reason: "its llama3 rotary scaling is incomplete") }
            return .llama3(factor: factor, low: low, high: high, originalPositions: original)
        default:
            throw .unsupported(
                file: path, what: "its rotary scaling is '\(kind)'; linear and llama3 are read here")
        }
    }
}
