import LookupTables
import Options
import Rankers
import RankingData
import Tensors

/// What "weight decay" is under Adam; appendix A.3 does not say.
///
/// Under `coupled` a weight whose gradient is smaller than its decay moves towards 0 by about the learning rate in
/// every step, because Adam divides the decay by its own size. With alpha = 0, whose loss starts on a plateau,
/// the perceptron is 0 before it learns; so `decoupled` is the default (PAPER_NOTES.md has the measurements).
public enum AdamDecay: String, Hashable, Sendable, CaseIterable {
    /// decay * weight is added to the gradient, before the moments: PyTorch's `Adam(weight_decay:)`.
    case coupled
    /// Weights shrink by the factor 1 - learningRate * decay in every step: AdamW.
    case decoupled
    /// `weightDecay` is not used.
    case none
}

/// Every option of a cross encoder's training; the defaults are section 5.3's and appendix A.3's.
public struct CrossEncoderConfiguration: Hashable, Sendable {
    /// n, the length of an embedding; the perceptron's layers are 2n wide.
    public var dimension: Int
    /// lambda(r) of equation 14; alpha = 0 weighs all positives alike.
    public var weighting: RankWeighting
    /// Adam's learning rate.
    public var learningRate: Double
    /// The decay of Adam's first moment.
    public var beta1: Double
    /// The decay of Adam's second moment.
    public var beta2: Double
    /// What Adam's denominator has added.
    public var epsilon: Double
    /// The strength of weight decay.
    public var weightDecay: Double
    /// What weight decay is.
    public var decay: AdamDecay
    /// Whether the embeddings decay too, and so each row of the table in each step.
    public var decaysEmbeddings: Bool
    /// Positive pairs in a minibatch, B of equation 14; there are as many negatives.
    public var batch: Int
    /// Optimiser steps.
    public var steps: Int
    /// Embeddings start as N(0, deviation^2); the paper does not say how. About the deviation of the layers'
    /// own weights: from N(0, 1), a step of Adam's is too short to move them within the budget.
    public var embeddingDeviation: Double
    /// How minibatches are drawn.
    public var sampling: PairSampling

    /// The options given, the others at the paper's values.
    public init(
        dimension: Int = 32, weighting: RankWeighting = .fractional(alpha: 1), learningRate: Double = 0.001,
        beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.001,
        decay: AdamDecay = .decoupled, decaysEmbeddings: Bool = true, batch: Int = 2048, steps: Int = 20_000,
        embeddingDeviation: Double = 0.1, sampling: PairSampling = .epochs
    ) {
        self.dimension = dimension
        self.weighting = weighting
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
}

extension CrossEncoderConfiguration {
    /// Bytes of a training with minibatches of `batch` pairs: the table with its moments and the copies that a model is made
    /// through, the perceptron with its own, the minibatch's rows and what the loss needs.
    func memoryBytes(batch: Int, entities: Int, threads: Int) -> Int {
        let (stride, shape) = (EmbeddingTable.padded(dimension), PerceptronShape(dimension: dimension))
        // Seven tables: embeddings and two moments, the copies of all three that are brought to one step, and the
        // model's tensor. Five perceptrons: weights, two moments, the gradient, and a ranker's copy.
        let loss = WeightedSigmoidLoss.floats(batch: batch, shape: shape, threads: threads)
        return 4
            * (7 * entities * stride + 2 * entities + 5 * shape.count + 2 * 2 * batch * stride + 2 * steps
                + loss)
    }
}

extension CrossEncoderConfiguration: RankerKind {
    /// `cross-encoder`.
    public static let name = "cross-encoder"
    /// What lists of kinds say of this one.
    public static let summary = "The perceptron cross encoder of equation 14."
    /// True: the perceptron takes any pair of a query and a document.
    public static let ranksCorpus = true
    /// The paper's values (section 5.3, appendix A.3).
    public static let defaults = CrossEncoderConfiguration()

    /// All options, in the order in which they are listed.
    public static var options: [OptionDeclaration<Self>] {
        [
            .integer(
                "dimension", in: 1...2048, \.dimension,
                "The length n of an embedding; the perceptron's layers are 2n wide.")
        ] + RankWeighting.options("", \.weighting) + adamOptions + [
            .integer(
                "batch", in: 1...65_536, \.batch,
                "The number of (query, document) pairs in a minibatch; it holds as many permuted negatives beside them."
            ),
            .integer("steps", in: 1...10_000_000, \.steps, "The number of optimiser steps."),
            .number(
                "embeddingDeviation", .above(0), \.embeddingDeviation,
                "The standard deviation of the normal numbers that embeddings start as."),
            PairSampling.option(\.sampling),
        ]
    }

    private static var adamOptions: [OptionDeclaration<Self>] {
        [
            .number("learningRate", .above(0), \.learningRate, "Adam's learning rate."),
            .number("beta1", .in(0..<1), \.beta1, "The decay rate of Adam's first moment."),
            .number("beta2", .in(0..<1), \.beta2, "The decay rate of Adam's second moment."),
            .number("epsilon", .atLeast(1e-15), \.epsilon, "The number that Adam adds to its denominator."),
            .word(
                "decay", \.decay,
                "How weights decay: their decay is added to the gradient (coupled), they shrink apart from the gradient (decoupled), or "
                    + "they do not decay (none)."),
            .number("weightDecay", .atLeast(0), \.weightDecay, "The strength of weight decay.")
                .when("decay is not none") { $0.decay != .none },
            .flag(
                "decaysEmbeddings", \.decaysEmbeddings,
                "Whether embeddings decay as the perceptron's weights do."
            )
            .when("decay is not none") { $0.decay != .none },
        ]
    }

    /// The positive pairs of a minibatch.
    public var queriesPerStep: Int { batch }

    /// A trainer from the beginning.
    ///
    /// - Throws: As its initialiser.
    public func trainer(_ inputs: RankerInputs) throws -> any Trainer {
        try CrossEncoderTrainer(
            configuration: self, task: inputs.task, seed: inputs.seed, workers: inputs.workers)
    }

    /// The ranker of a finished training's file.
    ///
    /// - Throws: `TensorArchiveError` without a file, or for one of another shape.
    public func ranker(_ model: TensorArchive?, _ inputs: RankerInputs) throws -> any Ranker {
        guard let model else { throw TensorArchiveError.missing(name: "model") }
        return try CrossEncoderTrainer.ranker(from: model, configuration: self)
    }
}
