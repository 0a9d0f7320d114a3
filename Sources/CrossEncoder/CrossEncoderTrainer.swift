import CRankKernels
import LookupTables
import Options
import Rankers
import RankingData
import Tensors

/// Trains a cross encoder: a perceptron on two embeddings from one lookup table, the weighted sigmoid
/// loss with permuted negatives (equation 14), Adam over all parameters (appendix A.3).
public final class CrossEncoderTrainer: Trainer {
    /// The options that the training was made with.
    public let configuration: CrossEncoderConfiguration
    /// Steps done so far, those before a checkpoint too.
    public private(set) var completedSteps = 0
    /// Steps of the whole training.
    public var totalSteps: Int { configuration.steps }

    private let seed: UInt64
    private let workers: WorkerPool
    private let schedule: AdamSchedule
    private let table: AdamTable
    private let perceptron: Perceptron
    private let firstMoment: Perceptron
    private let secondMoment: Perceptron
    private let perceptronGradient: Perceptron
    private let loss: WeightedSigmoidLoss
    private let minibatches: MinibatchQueue
    /// The minibatch's rows by slot, and their gradient; [2 * batch, dimension].
    private let rows: EmbeddingTable
    private let gradient: EmbeddingTable

    /// - Parameters:
    ///   - task: Its `training` queries are trained on; the table has a row for each entity of its collection.
    ///   - seed: Decides the initial parameters, every minibatch and every permutation.
    /// - Throws: `ConfigurationError`, for an option outside its range, a task without training pairs, and tables and
    ///   minibatches that are larger than the machine.
    public init(
        configuration: CrossEncoderConfiguration, task: RankingTask, seed: UInt64, workers: WorkerPool
    ) throws {
        try configuration.validate()
        let entities = task.collection.count
        try ConfigurationError.requireMemory(dimension: configuration.dimension, batch: configuration.batch) {
            configuration.memoryBytes(batch: $0, entities: entities, threads: workers.threads)
        }
        self.configuration = configuration
        self.seed = seed
        self.workers = workers
        let pairs = try TrainingPairs(
            task.training, entities: entities, weighting: configuration.weighting)
        let shape = PerceptronShape(dimension: configuration.dimension)
        schedule = AdamSchedule(configuration)
        table = AdamTable(rows: entities, dimension: configuration.dimension, schedule: schedule)
        perceptron = Perceptron(shape: shape)
        firstMoment = Perceptron(shape: shape)
        secondMoment = Perceptron(shape: shape)
        perceptronGradient = Perceptron(shape: shape)
        let sampler = PairSampler(
            pairs: pairs.count, batch: configuration.batch, sampling: configuration.sampling, seed: seed)
        minibatches = MinibatchQueue(
            pairs, sampler: sampler, entities: entities, steps: configuration.steps)
        // B pairs have at most 2 B distinct entities.
        rows = EmbeddingTable(rows: 2 * configuration.batch, columns: configuration.dimension)
        gradient = EmbeddingTable(rows: 2 * configuration.batch, columns: configuration.dimension)
        loss = WeightedSigmoidLoss(
            batch: configuration.batch, shape: shape, workers: workers)
        var stream = RandomStream(seed: seed, name: "cross-encoder.embeddings")
        table.embeddings.fillNormal(deviation: Float(configuration.embeddingDeviation), from: &stream)
        perceptron.initialize(seed: seed)
    }

    /// One update of the table and the perceptron by a minibatch.
    public func step() -> TrainingProgress {
        let batch = minibatches.take(completedSteps)
        let permutation = Self.permutation(seed: seed, step: completedSteps, count: configuration.batch)
        let (minibatches, table, rows, gradient, done) = (minibatches, table, rows, gradient, completedSteps)
        batch.eachChunk(workers) { slots in
            table.gather(batch.entities, slots: slots, step: done, rows: rows)
        }
        let value = loss.evaluate(
            batch, permutation: permutation, rows: rows, perceptron: perceptron, gradient: gradient,
            perceptronGradient: perceptronGradient)
        // The next minibatch is drawn meanwhile: rows of this one are read from `batch`, which drawing leaves alone.
        batch.eachChunk(workers, meanwhile: { minibatches.prepare(done + 1) }) { slots in
            table.update(batch.entities, slots: slots, step: done + 1, gradient: gradient)
        }
        withUnsafePointer(to: schedule.weights) { adam in
            rk_adam_update(
                adam, done, perceptron.buffer.base, firstMoment.buffer.base, secondMoment.buffer.base,
                perceptronGradient.buffer.base, perceptron.buffer.count)
        }
        completedSteps += 1
        let seen = completedSteps * configuration.batch
        return TrainingProgress(
            step: completedSteps, totalSteps: totalSteps, loss: value, queries: seen, points: seen)
    }

    /// rho of equation 14: negative i of step `step` has the document of pair rho(i).
    public static func permutation(seed: UInt64, step: Int, count: Int) -> [Int32] {
        // A stream for each step: a training that resumes needs no state of it.
        var stream = RandomStream(seed: seed, name: "cross-encoder.permutation", index: UInt64(step))
        return stream.permutation(count)
    }
}

// MARK: - Checkpoints and models

extension CrossEncoderTrainer {
    /// The table and its moments as of each row's last update, when that was, and the perceptron with its
    /// moments: resuming from this gives the same bits as never having stopped.
    public func checkpoint() -> TensorArchive {
        var tensors = [
            "embeddings": table.embeddings.tensor, "embeddings.first": table.firstMoment.tensor,
            "embeddings.second": table.secondMoment.tensor,
            "updated": TensorArchive.Tensor(shape: [table.updated.count], values: table.updated.array),
        ]
        for (prefix, parameters) in [
            ("mlp.", perceptron), ("first.", firstMoment), ("second.", secondMoment),
        ] {
            tensors.merge(parameters.tensors(prefix: prefix)) { old, _ in old }
        }
        return TensorArchive(
            tensors: tensors,
            metadata: ["kind": "cross-encoder checkpoint", "step": String(completedSteps)])
    }

    /// - Throws: `TensorArchiveError` when a tensor is missing, or has another shape or step than this
    ///   configuration can have; nothing is changed then.
    public func restore(_ archive: TensorArchive) throws {
        // Everything is read and checked first, so that a bad archive changes nothing.
        let shape = [table.embeddings.rows, configuration.dimension]
        let tables = [table.embeddings, table.firstMoment, table.secondMoment]
        let values = try ["embeddings", "embeddings.first", "embeddings.second"].map {
            try archive.values($0, shape: shape)
        }
        let parameters = [perceptron, firstMoment, secondMoment]
        let saved = try ["mlp.", "first.", "second."].map {
            try Perceptron(shape: perceptron.shape, from: archive, prefix: $0)
        }
        let updated = try archive.values("updated", shape: [table.updated.count])
        let step = try archive.integer("step")
        guard (0...totalSteps).contains(step), updated.allSatisfy({ $0 >= 0 && $0 <= Float(step) }) else {
            throw TensorArchiveError.malformed(
                file: "the checkpoint", reason: "its step \(step) or a row's lies outside 0...\(totalSteps)")
        }
        for (table, values) in zip(tables, values) { table.assign(values) }
        for (target, source) in zip(parameters, saved) { target.buffer.assign(source.buffer.array) }
        table.updated.assign(updated)
        completedSteps = step
    }

    /// `embeddings` [entities, dimension] and `mlp.0.weight` to `mlp.3.bias`.
    public func model() -> TensorArchive {
        var tensors = perceptron.tensors(prefix: "mlp.")
        tensors["embeddings"] = table.current(step: completedSteps, workers: workers).tensor
        return TensorArchive(
            tensors: tensors, metadata: ["kind": "cross-encoder", "step": String(completedSteps)])
    }

    /// The table and the perceptron as they stand, in memory of their own.
    public func ranker() throws -> any Ranker {
        CrossEncoderRanker(
            embeddings: table.current(step: completedSteps, workers: workers), perceptron: perceptron.copy())
    }

    /// The ranker that a saved `model()` of this configuration is.
    public static func ranker(
        from archive: TensorArchive, configuration: CrossEncoderConfiguration
    ) throws(TensorArchiveError) -> CrossEncoderRanker {
        let rows = archive.tensors["embeddings"]?.shape.first ?? 0
        let values = try archive.values("embeddings", shape: [rows, configuration.dimension])
        let shape = PerceptronShape(dimension: configuration.dimension)
        return CrossEncoderRanker(
            embeddings: EmbeddingTable(rows: rows, columns: configuration.dimension, values: values),
            perceptron: try Perceptron(shape: shape, from: archive, prefix: "mlp."))
    }
}
