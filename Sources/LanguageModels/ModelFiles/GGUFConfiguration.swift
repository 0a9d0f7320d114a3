extension DecoderConfiguration {
    /// The shape that a GGUF model of Llama's architecture describes.
    ///
    /// - Throws: `ModelFileError.unsupported` with the name of a key that is computed differently here, or not known.
    init(_ model: GGUFModel) throws(ModelFileError) {
        self = try GGUFConfiguration(model).configuration()
        try validate(model.first.file.path)
    }
}

/// Reads a GGUF file's metadata key by key: each is honoured, or known to change nothing, or refused.
///
/// The meaning of a key and its default are llama.cpp's (src/llama-arch.cpp, src/llama-model.cpp).
private struct GGUFConfiguration {
    let model: GGUFModel
    let architecture: String
    private var gguf: GGUFFile { model.first }
    private var path: String { gguf.file.path }

    init(_ model: GGUFModel) throws(ModelFileError) {
        self.model = model
        let gguf = model.first
        guard case .text(let architecture)? = gguf.metadata["general.architecture"] else {
            throw .missing(file: gguf.file.path, name: "general.architecture")
        }
        guard architecture == "llama" || architecture == "mistral" else {
            throw .unsupported(
                file: gguf.file.path,
                what: "its architecture is '\(architecture)'; llama and mistral are read here")
        }
        self.architecture = architecture
    }

    func configuration() throws(ModelFileError) -> DecoderConfiguration {
        guard let embedding = try model.tensor("token_embd.weight")?.tensor, embedding.shape.count == 2 else {
            throw .missing(file: path, name: "token_embd.weight")
        }
        let heads = try required("attention.head_count")
        let width = try required("embedding_length")
        guard heads > 0 else { throw .malformed(file: path, reason: "it has \(heads) attention heads") }
        let headDimension = try size("attention.key_length") ?? width / heads
        try refuseUnknown(headDimension: headDimension, vocabulary: embedding.shape[0])
        return DecoderConfiguration(
            vocabulary: embedding.shape[0], width: width, layers: try required("block_count"), heads: heads,
            keyValueHeads: try size("attention.head_count_kv") ?? heads, headDimension: headDimension,
            feedForward: try required("feed_forward_length"),
            rotaryBase: try number("rope.freq_base") ?? 10_000,
            normEpsilon: Float(try required("attention.layer_norm_rms_epsilon", number)),
            tiedHead: try model.tensor("output.weight") == nil, rotaryScaling: try rotaryScaling(),
            slidingWindow: try size("attention.sliding_window"))
    }

    // MARK: Values

    private func value(_ key: String) -> GGUFFile.Value? { gguf.metadata["\(architecture).\(key)"] }

    private func wrong(_ key: String, _ kind: String) -> ModelFileError {
        .malformed(file: path, reason: "'\(architecture).\(key)' is not \(kind)")
    }

    private func number(_ key: String) throws(ModelFileError) -> Double? {
        switch value(key) {
        case nil: return nil
        case .integer(let value)?: return Double(value)
        case .number(let value)?: return value
        default: throw wrong(key, "a number")
        }
    }

    /// A whole number; of a list with a number for each layer the one that all are.
    private func size(_ key: String) throws(ModelFileError) -> Int? {
        switch value(key) {
        case nil: return nil
        case .integer(let value)?: return value
        case .integers(let values)?:
            guard let first = values.first, values.allSatisfy({ $0 == first }) else {
                throw .unsupported(
                    file: path,
                    what: "'\(architecture).\(key)' is not the same for all layers, which is not done here")
            }
            return first
        default: throw wrong(key, "a whole number")
        }
    }

    private func required(_ key: String) throws(ModelFileError) -> Int { try required(key, size) }

    private func required<Value>(
        _ key: String, _ value: (String) throws(ModelFileError) -> Value?
    ) throws(ModelFileError) -> Value {
        guard let value = try value(key) else { throw .missing(file: path, name: "\(architecture).\(key)") }
        return value
    }

    /// A factor divides every frequency: of the type `linear`, or of none, which is the same; `none` means no factor.
    private func rotaryScaling() throws(ModelFileError) -> RotaryScaling? {
        let (new, old) = (try number("rope.scaling.factor"), try number("rope.scale_linear"))
        if let new, let old, new != old {
            throw .unsupported(
                file: path, what: "its 'rope.scale_linear' is \(old) and its 'rope.scaling.factor' \(new)")
        }
        switch value("rope.scaling.type") {
        case .text("none")?: return nil
        case .text("linear")?, nil:
            // llama.cpp takes 0 for a factor that is not there.
            guard let factor = new ?? old, factor != 0 else { return nil }
            return factor == 1 ? nil : .linear(factor: factor)
        case .text(let kind)?:
            throw .unsupported(
                file: path, what: "its rotary scaling is '\(kind)'; none and linear are read from GGUF files")
        default: throw wrong("rope.scaling.type", "a text")
        }
    }
}

// MARK: Keys

extension GGUFConfiguration {
    /// What the shape is read from, and what changes no logit.
    private static let known: Set<String> = [
        "block_count", "embedding_length", "feed_forward_length", "attention.head_count",
        "attention.head_count_kv", "attention.key_length", "attention.layer_norm_rms_epsilon",
        "attention.sliding_window", "rope.freq_base", "rope.scaling.type", "rope.scaling.factor",
        "rope.scale_linear",
        "context_length", "rope.scaling.original_context_length", "rope.scaling.finetuned",
        "expert_used_count",
    ]

    /// Keys of other architectures, which change nothing at one value.
    private static let neutral: [String: GGUFFile.Value] = [
        "expert_count": .integer(0), "expert_shared_count": .integer(0),
        "leading_dense_block_count": .integer(0), "attention.causal": .flag(true),
        "use_parallel_residual": .flag(false), "attention.max_alibi_bias": .number(0),
        "attention.clamp_kqv": .number(0), "attn_logit_softcapping": .number(0),
        "final_logit_softcapping": .number(0), "logit_scale": .number(1), "residual_scale": .number(1),
        "embedding_scale": .number(1), "rope.scaling.attn_factor": .number(1),
    ]

    /// Whose keys change no logit; tokenizer's are for the tokenizer's reader.
    private static let harmlessPrefixes = ["general.", "split.", "quantize.", "tokenizer."]

    fileprivate func refuseUnknown(headDimension: Int, vocabulary: Int) throws(ModelFileError) {
        try refuse("general.type") { $0 == .text("model") }
        // The blocks of version 1 have another layout.
        try refuse("general.quantization_version") { $0 == .integer(2) }
        let own = architecture + "."
        // Sorted, so that a file is refused for the same key each time.
        for key in gguf.metadata.keys.sorted() {
            if Self.harmlessPrefixes.contains(where: { key.hasPrefix($0) }) { continue }
            let name = key.hasPrefix(own) ? String(key.dropFirst(own.count)) : nil
            if let name, Self.known.contains(name) { continue }
            switch name {
            case "vocab_size"?: try refuse(key) { $0 == .integer(vocabulary) }
            // Another number would rotate a part of a head alone, or give values another width than keys.
            case "rope.dimension_count"?, "attention.value_length"?:
                try refuse(key) { $0 == .integer(headDimension) }
            case "attention.scale"?: try refuse(key) { isPlainScale($0, headDimension) }
            case let name?:
                guard let neutral = Self.neutral[name] else { throw unknown(key) }
                try refuse(key) { $0 == neutral }
            case nil: throw unknown(key)
            }
        }
    }

    private func isPlainScale(_ value: GGUFFile.Value, _ headDimension: Int) -> Bool {
        guard case .number(let scale) = value else { return false }
        // llama.cpp takes 0 for the usual 1 / sqrt(d).
        return scale == 0 || abs(scale * Double(headDimension).squareRoot() - 1) < 1e-6
    }

    private func unknown(_ key: String) -> ModelFileError {
        .unsupported(
            file: path,
            what:
                "the key '\(key)' of its metadata is not known here, and might change what the model computes"
        )
    }

    private func refuse(
        _ key: String, unless isNeutral: (GGUFFile.Value) -> Bool
    ) throws(ModelFileError) {
        guard let value = gguf.metadata[key], !isNeutral(value) else { return }
        throw .unsupported(file: path, what: "'\(key)' is \(value.summary), which is not computed here")
    }
}
