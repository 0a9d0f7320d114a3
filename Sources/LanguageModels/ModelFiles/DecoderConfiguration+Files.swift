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
        self = try decodedJSON(ConfigurationFile.self, path).configuration(path)
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
