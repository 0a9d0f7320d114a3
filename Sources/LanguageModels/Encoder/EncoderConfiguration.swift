/// The shape of a BERT encoder (Devlin et al. 2019, arXiv 1810.04805).
public struct EncoderConfiguration: Sendable, Equatable {
    public var layers: Int
    /// Numbers of a token's vector; a multiple of 8.
    public var width: Int
    /// Attention heads; each is `width / heads` wide, a multiple of 8.
    public var heads: Int
    /// Width of the feed-forward layer; a multiple of 8.
    public var feedForward: Int
    public var vocabulary: Int
    /// The most tokens that a text may have: positions are a learned table.
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
    private struct File: Decodable {
        var model_type: String
        var hidden_size: Int
        var intermediate_size: Int
        var num_hidden_layers: Int
        var num_attention_heads: Int
        var vocab_size: Int
        var max_position_embeddings: Int
        var layer_norm_eps: Float?
        var hidden_act: String?
        var position_embedding_type: String?
    }

    /// The shape that a model's config.json states, under the names of transformers.
    ///
    /// - Throws: `ModelFileError` if the file is no JSON of that form, or of a model that is not a BERT encoder with
    ///   absolute positions and the exact GELU.
    public init(configurationFile path: String) throws(ModelFileError) {
        let file = try decodedJSON(File.self, path)
        guard file.model_type == "bert", file.hidden_act ?? "gelu" == "gelu",
            file.position_embedding_type ?? "absolute" == "absolute"
        else {
            throw .unsupported(
                file: path,
                what: "a \(file.model_type) with \(file.hidden_act ?? "gelu") and "
                    + "\(file.position_embedding_type ?? "absolute") positions; "
                    + "a bert with gelu and absolute positions is read")
        }
        self.init(
            layers: file.num_hidden_layers, width: file.hidden_size, heads: file.num_attention_heads,
            feedForward: file.intermediate_size, vocabulary: file.vocab_size,
            positions: file.max_position_embeddings, epsilon: file.layer_norm_eps ?? 1e-12)
        try check(path)
    }

    private func check(_ path: String) throws(ModelFileError) {
        let sizes = [layers, width, heads, feedForward, vocabulary, positions]
        guard sizes.allSatisfy({ (1...1_000_000).contains($0) }), width <= 65_536, feedForward <= 65_536,
            layers <= 1_000, epsilon >= 0, epsilon < 1
        else { throw .malformed(file: path, reason: "no encoder has the sizes \(sizes)") }
        guard width % heads == 0, headDimension % 8 == 0, feedForward % 8 == 0 else {
            throw .unsupported(
                file: path, what: "\(heads) heads of a width of \(width); heads must be a multiple of 8 wide")
        }
    }
}
