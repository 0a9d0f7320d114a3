/// The shape of a BERT encoder (Devlin et al. 2019, arXiv 1810.04805).
public struct EncoderConfiguration: Sendable, Equatable {
    /// Blocks of attention and feed-forward.
    public var layers: Int
    /// Numbers of a token's vector; a multiple of 8.
    public var width: Int
    /// Attention heads; each is `width / heads` wide, a multiple of 8.
    public var heads: Int
    /// Width of the feed-forward layer; a multiple of 8.
    public var feedForward: Int
    /// Number of token ids.
    public var vocabulary: Int
    /// The most tokens that a text may have, at least the 2 that stand around it: positions are a learned table.
    public var positions: Int
    /// What is added to a variance before its root is taken.
    public var epsilon: Float

    /// Numbers of one head's queries, keys and values.
    public var headDimension: Int { width / heads }

    /// all-MiniLM-L6-v2 of sentence-transformers.
    public static let miniLM = EncoderConfiguration(
        layers: 6, width: 384, heads: 12, feedForward: 1536, vocabulary: 30522, positions: 512,
        epsilon: 1e-12)
}

extension EncoderConfiguration {
    /// What the shape is read from.
    private static let honoured: Set<String> = [
        "model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
        "vocab_size", "max_position_embeddings", "layer_norm_eps", "hidden_act", "position_embedding_type",
        "type_vocab_size",
    ]

    /// The shape that a model's config.json states, under the names of transformers.
    ///
    /// - Throws: `ModelFileError` if the file is no JSON of that form, or of a model that is not a BERT encoder with
    ///   absolute positions and the exact GELU, or has a key that might change what the model computes.
    public init(configurationFile path: String) throws(ModelFileError) {
        let file = try JSONMembers(file: path)
        func size(_ key: String) throws(ModelFileError) -> Int {
            try file.required(key, file.whole(key))
        }
        func only(_ value: String, _ key: String) throws(ModelFileError) {
            guard let found = try file.text(key), found != value else { return }
            throw file.unsupported(key, .string(found), "'\(value)' is")
        }
        _ = try file.required("model_type", file.text("model_type"))
        try only("bert", "model_type")
        try only("gelu", "hidden_act")
        try only("absolute", "position_embedding_type")
        try file.refuse(except: Self.honoured.union(ConfigurationReader.harmless)) { key, value in
            switch key {
            case "chunk_size_feed_forward": value.double == 0
            case "is_decoder", "add_cross_attention", "is_encoder_decoder": value.flag == false
            default: nil
            }
        }
        if let types = try file.whole("type_vocab_size"), types != 2 {
            throw file.unsupported("type_vocab_size", .integer(types), "2 is")
        }
        self.init(
            layers: try size("num_hidden_layers"), width: try size("hidden_size"),
            heads: try size("num_attention_heads"), feedForward: try size("intermediate_size"),
            vocabulary: try size("vocab_size"), positions: try size("max_position_embeddings"),
            epsilon: Float(try file.number("layer_norm_eps") ?? 1e-12))
        try check(path)
    }

    private func check(_ path: String) throws(ModelFileError) {
        let sizes = [layers, width, heads, feedForward, vocabulary, positions]
        guard sizes.allSatisfy({ (1...1_000_000).contains($0) }), width <= 65_536, feedForward <= 65_536,
            positions >= 2, layers <= 1_000, epsilon >= 0, epsilon < 1
        else { throw .malformed(file: path, reason: "no encoder has the sizes \(sizes)") }
        guard width % heads == 0, headDimension % 8 == 0, feedForward % 8 == 0 else {
            throw .unsupported(
                file: path,
                what:
                    "its shape is \(heads) heads of a width of \(width), and \(feedForward) inside; heads and feed-forward "
                    + "layers must be a multiple of 8 wide")
        }
    }
}
