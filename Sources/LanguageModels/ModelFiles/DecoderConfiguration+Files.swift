import Foundation

extension DecoderConfiguration {
    /// The shape that a GGUF file of Llama's architecture describes.
    init(_ gguf: GGUFFile) throws(ModelFileError) {
        let path = gguf.file.path
        func text(_ key: String) -> String? {
            if case .text(let value)? = gguf.metadata[key] { value } else { nil }
        }
        func number(_ key: String) -> Double? {
            switch gguf.metadata[key] {
            case .integer(let value)?: Double(value)
            case .number(let value)?: value
            default: nil
            }
        }
        let architecture = text("general.architecture") ?? ""
        guard architecture == "llama" || architecture == "mistral" else {
            throw .unsupported(
                file: path, what: "its architecture is '\(architecture)'; llama and mistral are read here")
        }
        func size(_ key: String) throws(ModelFileError) -> Int {
            guard let value = number("\(architecture).\(key)"), let size = Int(exactly: value) else {
                throw .missing(file: path, name: "\(architecture).\(key)")
            }
            return size
        }
        guard let embedding = gguf.tensors["token_embd.weight"], embedding.shape.count == 2 else {
            throw .missing(file: path, name: "token_embd.weight")
        }
        if gguf.tensors["rope_freqs.weight"] != nil {
            throw .unsupported(
                file: path,
                what: "its rotation frequencies are a tensor: use the model's safetensors and config.json")
        }
        let heads = try size("attention.head_count")
        let width = try size("embedding_length")
        guard heads > 0 else { throw .malformed(file: path, reason: "it has \(heads) attention heads") }
        var scaling: RotaryScaling?
        if let kind = text("\(architecture).rope.scaling.type"), kind != "none" {
            guard kind == "linear", let factor = number("\(architecture).rope.scaling.factor") else {
                throw .unsupported(
                    file: path, what: "its rotary scaling is '\(kind)'; linear is read from GGUF files")
            }
            scaling = .linear(factor: factor)
        }
        let headDimension =
            number("\(architecture).attention.key_length").flatMap { Int(exactly: $0) } ?? width / heads
        if let rotated = number("\(architecture).rope.dimension_count"), rotated != Double(headDimension) {
            throw .unsupported(
                file: path, what: "it rotates \(rotated) of \(headDimension) dimensions"
            )
        }
        self.init(
            vocabulary: embedding.shape[0], width: width, layers: try size("block_count"), heads: heads,
            keyValueHeads: number("\(architecture).attention.head_count_kv").flatMap { Int(exactly: $0) }
                ?? heads,
            headDimension: headDimension, feedForward: try size("feed_forward_length"),
            rotaryBase: number("\(architecture).rope.freq_base") ?? 10_000,
            normEpsilon: Float(number("\(architecture).attention.layer_norm_rms_epsilon") ?? 1e-5),
            tiedHead: gguf.tensors["output.weight"] == nil, rotaryScaling: scaling,
            slidingWindow: number("\(architecture).attention.sliding_window").flatMap { Int(exactly: $0) })
        try validate(path)
    }

    /// The shape that a config.json of a Llama or Mistral model describes.
    init(configFile path: String) throws(ModelFileError) {
        let file = try decodedJSON(ConfigFile.self, path)
        guard ["llama", "mistral"].contains(file.model_type) else {
            throw .unsupported(
                file: path, what: "its model_type is '\(file.model_type)'; llama and mistral are read here")
        }
        guard file.hidden_act ?? "silu" == "silu", file.attention_bias != true, file.mlp_bias != true else {
            throw .unsupported(file: path, what: "it has biases or an activation other than silu")
        }
        guard file.num_attention_heads > 0 else {
            throw .malformed(file: path, reason: "it has \(file.num_attention_heads) attention heads")
        }
        let rotary = file.rope_parameters ?? file.rope_scaling
        self.init(
            vocabulary: file.vocab_size, width: file.hidden_size, layers: file.num_hidden_layers,
            heads: file.num_attention_heads,
            keyValueHeads: file.num_key_value_heads ?? file.num_attention_heads,
            headDimension: file.head_dim ?? file.hidden_size / file.num_attention_heads,
            feedForward: file.intermediate_size,
            rotaryBase: file.rope_theta ?? rotary?.rope_theta ?? 10_000,
            normEpsilon: Float(file.rms_norm_eps ?? 1e-6), tiedHead: file.tie_word_embeddings ?? false,
            rotaryScaling: try rotary?.scaling(path),
            slidingWindow: file.model_type == "mistral" ? file.sliding_window : nil)
        try validate(path)
    }

    /// Refuses sizes that no model has, before anything is allocated for them.
    func validate(_ path: String) throws(ModelFileError) {
        func require(_ ok: Bool, _ what: @autoclosure () -> String) throws(ModelFileError) {
            guard ok else { throw .malformed(file: path, reason: what()) }
        }
        try require((1...4_000_000).contains(vocabulary), "its vocabulary has \(vocabulary) tokens")
        try require((1...65_536).contains(width), "its width is \(width)")
        try require((1...1_000).contains(layers), "it has \(layers) layers")
        try require((1...1_000).contains(heads), "it has \(heads) attention heads")
        try require(
            (1...heads).contains(keyValueHeads) && heads % keyValueHeads == 0,
            "\(keyValueHeads) key and value heads cannot serve \(heads) heads")
        try require(
            (2...1_024).contains(headDimension) && headDimension % 2 == 0,
            "its head dimension is \(headDimension)")
        try require((1...1_000_000).contains(feedForward), "its feed-forward width is \(feedForward)")
        try require(rotaryBase > 1 && rotaryBase.isFinite, "its rotary base is \(rotaryBase)")
        try require(normEpsilon > 0 && normEpsilon < 1, "its norm's epsilon is \(normEpsilon)")
        switch rotaryScaling {
        case .linear(let factor)?, .llama3(let factor, _, _, _)?:
            try require(factor > 0 && factor.isFinite, "its rotary scaling factor is \(factor)")
        case nil: break
        }
        try require((slidingWindow ?? 1) >= 1, "its sliding window is \(slidingWindow ?? 0)")
    }
}

/// The keys of config.json that matter, as transformers names them.
private struct ConfigFile: Decodable {
    struct Rotary: Decodable {
        var rope_type: String?
        var type: String?
        var rope_theta: Double?
        var factor: Double?
        var low_freq_factor: Double?
        var high_freq_factor: Double?
        var original_max_position_embeddings: Double?

        func scaling(_ path: String) throws(ModelFileError) -> RotaryScaling? {
            let kind = rope_type ?? type ?? "default"
            switch (kind, factor) {
            case ("default", _): return nil
            case ("linear", let factor?) where factor > 0: return .linear(factor: factor)
            case ("llama3", let factor?) where factor > 0:
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

    var model_type: String
    var hidden_size: Int
    var num_hidden_layers: Int
    var num_attention_heads: Int
    var num_key_value_heads: Int?
    var head_dim: Int?
    var intermediate_size: Int
    var vocab_size: Int
    var rope_theta: Double?
    var rope_scaling: Rotary?
    var rope_parameters: Rotary?
    var rms_norm_eps: Double?
    var tie_word_embeddings: Bool?
    var sliding_window: Int?
    var hidden_act: String?
    var attention_bias: Bool?
    var mlp_bias: Bool?
}
