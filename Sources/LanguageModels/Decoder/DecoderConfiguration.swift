/// The shape of a decoder of Llama's kind: RMSNorm, rotary positions, grouped-query attention, SwiGLU.
public struct DecoderConfiguration: Codable, Hashable, Sendable {
    /// Number of token ids.
    public var vocabulary: Int
    /// Width of the residual stream.
    public var width: Int
    /// Blocks of attention and feed-forward.
    public var layers: Int
    /// Query heads.
    public var heads: Int
    /// Key and value heads, a divisor of `heads`.
    public var keyValueHeads: Int
    /// Width of a head, an even number: rotary positions turn pairs.
    public var headDimension: Int
    /// Inner width of the SwiGLU block.
    public var feedForward: Int
    /// theta of rotary positions.
    public var rotaryBase: Double
    /// How positions beyond those of the pretraining are reached; nil: not at all.
    public var rotaryScaling: RotaryScaling?
    /// How many tokens back a token sees, itself included, as they are laid out; nil: all.
    public var slidingWindow: Int?
    /// What norms add to the mean square.
    public var normEpsilon: Float
    /// Whether the output head is the embedding table.
    public var tiedHead: Bool

    /// A shape; nothing is checked here, as shapes come from checked options and files.
    public init(
        vocabulary: Int, width: Int, layers: Int, heads: Int, keyValueHeads: Int, headDimension: Int,
        feedForward: Int, rotaryBase: Double = 10_000, normEpsilon: Float = 1e-5, tiedHead: Bool = true,
        rotaryScaling: RotaryScaling? = nil, slidingWindow: Int? = nil
    ) {
        self.rotaryScaling = rotaryScaling
        self.slidingWindow = slidingWindow
        self.vocabulary = vocabulary
        self.width = width
        self.layers = layers
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headDimension = headDimension
        self.feedForward = feedForward
        self.rotaryBase = rotaryBase
        self.normEpsilon = normEpsilon
        self.tiedHead = tiedHead
    }

    /// The compact decoder that the tables train by default.
    public static let compact = DecoderConfiguration(
        vocabulary: 4096, width: 128, layers: 3, heads: 4, keyValueHeads: 2, headDimension: 32,
        feedForward: 320)
}
