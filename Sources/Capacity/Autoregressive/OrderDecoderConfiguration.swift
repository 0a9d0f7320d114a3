import LanguageModels
import Options

/// A decoder of constant width and how it is trained on the complete ranking task.
public struct OrderDecoderConfiguration: Hashable, Sendable {
    /// m, tokens of docIDs.
    public var alphabet: Int
    /// k; the queries are all k! orders of the documents.
    public var documents: Int
    /// n, the length of hidden vectors and of token embeddings.
    public var width: Int
    /// Blocks of attention and perceptron, in 1...16.
    public var layers: Int
    /// Updates of the weights, in 1...1,000,000.
    public var steps: Int
    /// Orders in a step, drawn anew.
    public var ordersPerStep: Int
    /// AdamW's highest, after at most 50 steps of warm-up; more than 0.
    public var learningRate: Double
    /// lambda(r) = 1 / r^alpha.
    public var alpha: Double

    /// The options given, the others as the lab has them; `validate()` checks their ranges.
    public init(
        alphabet: Int = 2, documents: Int, width: Int = 16, layers: Int = 2, steps: Int = 1500,
        ordersPerStep: Int = 128, learningRate: Double = 1e-2, alpha: Double = 2
    ) {
        self.alphabet = alphabet
        self.documents = documents
        self.width = width
        self.layers = layers
        self.steps = steps
        self.ordersPerStep = ordersPerStep
        self.learningRate = learningRate
        self.alpha = alpha
    }

    /// Throws the first option that is outside its legal range.
    public func validate() throws(ConfigurationError) {
        try ConfigurationError.require((2...64).contains(alphabet), "alphabet", alphabet, "between 2 and 64")
        try ConfigurationError.require(
            (2...1000).contains(documents), "documents", documents, "between 2 and 1000")
        try ConfigurationError.require(
            (1...512).contains(width), "width", width, "between 1 and 512")
        try ConfigurationError.require((1...16).contains(layers), "layers", layers, "between 1 and 16")
        try ConfigurationError.require(
            (1...1_000_000).contains(steps), "steps", steps, "between 1 and 1000000")
        try ConfigurationError.require(
            (1...65_536).contains(ordersPerStep), "ordersPerStep", ordersPerStep, "between 1 and 65536")
        try ConfigurationError.require(
            learningRate > 0 && learningRate.isFinite, "learningRate", learningRate, "more than 0")
        try ConfigurationError.require(alpha >= 0 && alpha.isFinite, "alpha", alpha, "a number of at least 0")
    }

    /// The decoder's shape. Only `width` is what section 3.2 calls n; what attention and the perceptrons have inside is
    /// the same at every width.
    func decoder(vocabulary: Int) -> DecoderConfiguration {
        DecoderConfiguration(
            vocabulary: vocabulary, width: width, layers: layers, heads: 4, keyValueHeads: 4,
            headDimension: 8, feedForward: 64, tiedHead: false)
    }
}
