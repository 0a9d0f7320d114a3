import LookupTables
import Options
import Rankers
import RankingData

/// What "weight decay" is under Adam; appendix A.3 does not say.
///
/// Under `coupled` a weight whose gradient is smaller than its decay moves towards 0 by about the learning rate in
/// every step, because Adam divides the decay by its own size. With alpha = 0, whose loss starts on a plateau,
/// the perceptron is 0 before it learns; so `decoupled` is the default (PAPER_NOTES.md has the measurements).
public enum AdamDecay: String, Codable, Hashable, Sendable, CaseIterable {
    /// decay * weight is added to the gradient, before the moments: PyTorch's `Adam(weight_decay:)`.
    case coupled
    /// Weights shrink by the factor 1 - learningRate * decay in every step: AdamW.
    case decoupled
    /// `weightDecay` is not used.
    case none
}

/// Every option of a cross encoder's training; the defaults are section 5.3's and appendix A.3's.
public struct CrossEncoderConfiguration: Codable, Hashable, Sendable {
    /// n, the length of an embedding; the perceptron's layers are 2n wide.
    public var dimension: Int
    /// lambda(r) = 1 / r^alpha; 0 weighs all positives alike.
    public var alpha: Double
    public var learningRate: Double
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double
    public var weightDecay: Double
    public var decay: AdamDecay
    /// Whether the embeddings decay too, and so each row of the table in each step.
    public var decaysEmbeddings: Bool
    /// Positive pairs in a minibatch, B of equation 14; there are as many negatives.
    public var batch: Int
    public var steps: Int
    /// Embeddings start as N(0, deviation^2); the paper does not say how. About the deviation of the layers'
    /// own weights: from N(0, 1), a step of Adam's is too short to move them within the budget.
    public var embeddingDeviation: Double
    public var sampling: PairSampling

    public init(
        dimension: Int = 32, alpha: Double = 1, learningRate: Double = 0.001, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.001,
        decay: AdamDecay = .decoupled, decaysEmbeddings: Bool = true, batch: Int = 2048, steps: Int = 20_000,
        embeddingDeviation: Double = 0.1, sampling: PairSampling = .epochs
    ) {
        self.dimension = dimension
        self.alpha = alpha
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.decay = decay
        self.decaysEmbeddings = decaysEmbeddings
        self.batch = batch
        self.steps = steps
        self.embeddingDeviation = embeddingDeviation
        self.sampling = sampling
    }

    /// lambda(r) = 1 / r^alpha.
    public var weighting: RankWeighting { .fractional(alpha: alpha) }

    /// Throws the first option that is outside its legal range.
    public func validate() throws(ConfigurationError) {
        try ConfigurationError.require(
            (1...2048).contains(dimension), "dimension", dimension, "between 1 and 2048")
        try ConfigurationError.require(alpha >= 0 && alpha.isFinite, "alpha", alpha, "a number of at least 0")
        try ConfigurationError.require(
            learningRate > 0 && learningRate.isFinite, "learningRate", learningRate, "more than 0")
        try ConfigurationError.require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "at least 0 and less than 1")
        try ConfigurationError.require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "at least 0 and less than 1")
        try ConfigurationError.require(
            epsilon >= 1e-15 && epsilon.isFinite, "epsilon", epsilon, "at least 1e-15")
        try ConfigurationError.require(
            weightDecay >= 0 && weightDecay.isFinite, "weightDecay", weightDecay, "a number of at least 0")
        try ConfigurationError.require((1...65_536).contains(batch), "batch", batch, "between 1 and 65536")
        try ConfigurationError.require(
            (1...10_000_000).contains(steps), "steps", steps, "between 1 and 10000000")
        try ConfigurationError.require(
            embeddingDeviation > 0 && embeddingDeviation.isFinite, "embeddingDeviation", embeddingDeviation,
            "more than 0")
    }
}
