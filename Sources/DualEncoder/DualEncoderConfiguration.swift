import LookupTables
import Options
import Rankers
import RankingData
import Tensors

/// Where a dual encoder's embeddings start; the paper does not say.
public enum DualEncoderInitialization: String, Hashable, Sendable, CaseIterable {
    /// Uniform on the unit sphere (a normal vector, projected): where every later update puts them.
    case sphere
    /// N(0, 1) in each element, as a framework's embedding layer starts; the first step projects them.
    case normal
}

/// Every option of a dual encoder's training; the defaults are section 5.3's and appendix A.2's.
public struct DualEncoderConfiguration: Hashable, Sendable {
    /// n, the length of an embedding.
    public var dimension: Int
    /// lambda(r) of equation 13; alpha = 0 is the plain batch softmax.
    public var weighting: RankWeighting
    /// tau of equation 13.
    public var temperature: Double
    /// The learning rate of stochastic gradient descent.
    public var learningRate: Double
    /// The share of a row's last update that its next one keeps.
    public var momentum: Double
    /// (query, document, rank) pairs in a minibatch, B of equation 13.
    public var batch: Int
    /// Optimiser steps.
    public var steps: Int
    /// Where embeddings start.
    public var initialization: DualEncoderInitialization
    /// How minibatches are drawn.
    public var sampling: PairSampling

    /// The options given, the others at the paper's values.
    public init(
        dimension: Int = 32, weighting: RankWeighting = .fractional(alpha: 1), temperature: Double = 0.05,
        learningRate: Double = 1, momentum: Double = 0.9, batch: Int = 2048, steps: Int = 50_000,
        initialization: DualEncoderInitialization = .sphere, sampling: PairSampling = .epochs
    ) {
        self.dimension = dimension
        self.weighting = weighting
        self.temperature = temperature
        self.learningRate = learningRate
        self.momentum = momentum
        self.batch = batch
        self.steps = steps
        self.initialization = initialization
        self.sampling = sampling
    }
}

extension DualEncoderConfiguration {
    /// Bytes of a training with minibatches of `batch` pairs: the table, its momentum and the two copies that a model is made
    /// through, then the minibatch's rows and what the loss needs.
    func memoryBytes(batch: Int, entities: Int, threads: Int) -> Int {
        let stride = EmbeddingTable.padded(dimension)
        // Four tables: embeddings, momentum, the table brought to one step, and the model's tensor. Three matrices of
        // a minibatch's rows: embeddings, momentum, gradient.
        let loss = WeightedBatchSoftmax.floats(
            batch: batch, stride: stride, entities: entities, threads: threads)
        return 4 * (4 * entities * stride + entities + 3 * 2 * batch * stride + loss)
    }
}

extension DualEncoderConfiguration: RankerKind {
    /// `dual-encoder`.
    public static let name = "dual-encoder"
    /// What lists of kinds say of this one.
    public static let summary = "The lookup-table dual encoder of equation 13."
    /// True: an inner product can be taken with every document.
    public static let ranksCorpus = true
    /// The paper's values (section 5.3, appendix A.2).
    public static let defaults = DualEncoderConfiguration()

    /// All options, in the order in which they are listed.
    public static var options: [OptionDeclaration<Self>] {
        [
            .integer("dimension", in: 1...4096, \.dimension, "The length n of an embedding.")
        ] + RankWeighting.options("", \.weighting) + [
            .number(
                "temperature", .atLeast(1e-4), \.temperature,
                "The temperature tau; the softmax divides scores by it."),
            .number(
                "learningRate", .above(0), \.learningRate, "The learning rate of stochastic gradient descent."
            ),
            .number(
                "momentum", .in(0...0.9999), \.momentum,
                "The momentum: the share of a row's last update that is part of its next one."),
            .integer(
                "batch", in: 1...65_536, \.batch, "The number of (query, document) pairs in a minibatch."),
            .integer("steps", in: 1...10_000_000, \.steps, "The number of optimiser steps."),
            .word(
                "initialization", \.initialization,
                "How embeddings are drawn at the start: uniformly on the unit sphere (sphere), or each element from N(0, 1) (normal)."
            ),
            PairSampling.option(\.sampling),
        ]
    }

    /// The pairs of a minibatch.
    public var queriesPerStep: Int { batch }

    /// A trainer from the beginning.
    ///
    /// - Throws: As its initialiser.
    public func trainer(_ inputs: RankerInputs) throws -> any Trainer {
        try DualEncoderTrainer(
            configuration: self, task: inputs.task, seed: inputs.seed, workers: inputs.workers)
    }

    /// The ranker of a finished training's file.
    ///
    /// - Throws: `TensorArchiveError` without a file, or for one of another shape.
    public func ranker(_ model: TensorArchive?, _ inputs: RankerInputs) throws -> any Ranker {
        guard let model else { throw TensorArchiveError.missing(name: "model") }
        return try DualEncoderTrainer.ranker(from: model, configuration: self)
    }
}
