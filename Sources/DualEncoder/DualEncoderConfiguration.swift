import LookupTables
import Options
import Rankers
import RankingData

/// Where a dual encoder's embeddings start; the paper does not say.
public enum DualEncoderInitialization: String, Codable, Hashable, Sendable, CaseIterable {
    /// Uniform on the unit sphere (a normal vector, projected): where every later update puts them.
    case sphere
    /// N(0, 1) in each element, as a framework's embedding layer starts; the first step projects them.
    case normal
}

/// Every option of a dual encoder's training; the defaults are section 5.3's and appendix A.2's.
public struct DualEncoderConfiguration: Codable, Hashable, Sendable {
    /// n, the length of an embedding.
    public var dimension: Int
    /// lambda(r) = 1 / r^alpha; 0 is the plain batch softmax.
    public var alpha: Double
    /// tau of equation 13.
    public var temperature: Double
    public var learningRate: Double
    public var momentum: Double
    /// (query, document, rank) pairs in a minibatch, B of equation 13.
    public var batch: Int
    public var steps: Int
    public var initialization: DualEncoderInitialization
    public var sampling: PairSampling

    public init(
        dimension: Int = 32, alpha: Double = 1, temperature: Double = 0.05, learningRate: Double = 1,
        momentum: Double = 0.9, batch: Int = 2048, steps: Int = 50_000,
        initialization: DualEncoderInitialization = .sphere, sampling: PairSampling = .epochs
    ) {
        self.dimension = dimension
        self.alpha = alpha
        self.temperature = temperature
        self.learningRate = learningRate
        self.momentum = momentum
        self.batch = batch
        self.steps = steps
        self.initialization = initialization
        self.sampling = sampling
    }

    /// lambda(r) = 1 / r^alpha.
    public var weighting: RankWeighting { .fractional(alpha: alpha) }

    /// Throws the first option that is outside its legal range.
    public func validate() throws(ConfigurationError) {
        try ConfigurationError.require(
            (1...4096).contains(dimension), "dimension", dimension, "between 1 and 4096")
        try ConfigurationError.require(alpha >= 0 && alpha.isFinite, "alpha", alpha, "a number of at least 0")
        try ConfigurationError.require(
            temperature >= 1e-4 && temperature.isFinite, "temperature", temperature, "at least 0.0001")
        try ConfigurationError.require(
            learningRate > 0 && learningRate.isFinite, "learningRate", learningRate, "more than 0")
        try ConfigurationError.require(
            momentum >= 0 && momentum <= 0.9999, "momentum", momentum, "between 0 and 0.9999")
        try ConfigurationError.require((1...65_536).contains(batch), "batch", batch, "between 1 and 65536")
        try ConfigurationError.require(
            (1...10_000_000).contains(steps), "steps", steps, "between 1 and 10000000")
    }
}
