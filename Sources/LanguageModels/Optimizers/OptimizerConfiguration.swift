/// Which optimiser, and how its learning rate runs.
public struct OptimizerConfiguration: Codable, Hashable, Sendable {
    /// Which optimiser.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101).
        case adamw
        /// Adafactor with a first moment (Shazeer and Stern 2018, arXiv 1804.04235).
        case adafactor
    }

    /// The optimiser.
    public var kind: Kind
    /// Peak learning rate, reached after `warmupSteps` steps of linear growth.
    public var learningRate: Double
    /// Steps over which the learning rate grows to its peak.
    public var warmupSteps: Int
    /// The cosine ends at this share of the peak.
    public var finalShare: Double
    /// The decay of the first moment.
    public var beta1: Double
    /// AdamW alone.
    public var beta2: Double
    /// What AdamW's denominator has added.
    public var epsilon: Double
    /// The strength of weight decay, which is decoupled.
    public var weightDecay: Double
    /// The gradient is scaled down to this norm where it is longer.
    public var clipNorm: Double

    /// The options given, the others at their defaults.
    public init(
        kind: Kind = .adamw, learningRate: Double = 2e-3, warmupSteps: Int = 50, finalShare: Double = 0,
        beta1: Double = 0.9, beta2: Double = 0.98, epsilon: Double = 1e-8, weightDecay: Double = 0,
        clipNorm: Double = 1
    ) {
        self.kind = kind
        self.learningRate = learningRate
        self.warmupSteps = warmupSteps
        self.finalShare = finalShare
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.clipNorm = clipNorm
    }
}
