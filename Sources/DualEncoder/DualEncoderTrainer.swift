import LookupTables
import Options
import Rankers
import RankingData
import Tensors

/// Trains a dual encoder: one lookup table for queries and documents, the weighted batch softmax
/// (equation 13), SGD with momentum, every row back on the unit sphere after every step (appendix A.2).
public final class DualEncoderTrainer: Trainer {
    /// The options that the training was made with.
    public let configuration: DualEncoderConfiguration
    /// Steps done so far, those before a checkpoint too.
    public private(set) var completedSteps = 0
    /// Steps of the whole training.
    public var totalSteps: Int { configuration.steps }

    private let workers: WorkerPool
    private let table: SphereTable
    private let softmax: WeightedBatchSoftmax
    private let minibatches: MinibatchQueue
    /// The minibatch's rows by slot, their momentum, and their gradient; [2 * batch, dimension].
    private let rows: EmbeddingTable
    private let momentum: EmbeddingTable
    private let gradient: EmbeddingTable

    /// - Parameters:
    ///   - task: Its `training` queries are trained on; the table has a row for each entity of its collection.
    ///   - seed: Decides the initial table and every minibatch.
    /// - Throws: `ConfigurationError`, for an option outside its range, a task without training pairs, and tables and
    ///   minibatches that are larger than the machine.
    public init(
        configuration: DualEncoderConfiguration, task: RankingTask, seed: UInt64, workers: WorkerPool
    ) throws {
        try configuration.validate()
        let entities = task.collection.count
        try ConfigurationError.requireMemory(dimension: configuration.dimension, batch: configuration.batch) {
            configuration.memoryBytes(batch: $0, entities: entities, threads: workers.threads)
        }
        self.configuration = configuration
        self.workers = workers
        let pairs = try TrainingPairs(
            task.training, entities: entities, weighting: configuration.weighting)
        table = SphereTable(rows: entities, configuration: configuration)
        table.initialize(configuration.initialization, seed: seed)
        let sampler = PairSampler(
            pairs: pairs.count, batch: configuration.batch, sampling: configuration.sampling, seed: seed)
        minibatches = MinibatchQueue(
            pairs, sampler: sampler, entities: entities, steps: configuration.steps)
        // B pairs have at most 2 B distinct entities.
        rows = EmbeddingTable(rows: 2 * configuration.batch, columns: configuration.dimension)
        momentum = EmbeddingTable(rows: 2 * configuration.batch, columns: configuration.dimension)
        gradient = EmbeddingTable(rows: 2 * configuration.batch, columns: configuration.dimension)
        softmax = WeightedBatchSoftmax(
            batch: configuration.batch, temperature: configuration.temperature,
            stride: rows.stride, entities: entities, workers: workers)
    }

    /// One update of the table by a minibatch.
    public func step() -> TrainingProgress {
        let batch = minibatches.take(completedSteps)
        let (minibatches, table, softmax) = (minibatches, table, softmax)
        let (rows, momentum, gradient, done) = (rows, momentum, gradient, completedSteps)
        batch.eachChunk(workers) { slots in
            table.gather(batch.entities, slots: slots, step: done, rows: rows, momentum: momentum)
        }
        let loss = softmax.evaluate(batch, rows: rows, gradient: gradient)
        // The next minibatch is drawn meanwhile: rows of this one are read from `batch`, which drawing leaves alone.
        batch.eachChunk(workers, meanwhile: { minibatches.prepare(done + 1) }) { slots in
            softmax.addDocumentGradient(batch, slots: slots, to: gradient)
            table.update(
                batch.entities, slots: slots, step: done + 1, rows: rows, momentum: momentum,
                gradient: gradient)
        }
        completedSteps += 1
        let seen = completedSteps * configuration.batch
        return TrainingProgress(
            step: completedSteps, totalSteps: totalSteps, loss: loss, queries: seen, points: seen)
    }
}

// MARK: - Checkpoints and models

extension DualEncoderTrainer {
    /// The table and its momentum as of each row's last gradient, and when that was: resuming from
    /// this gives the same bits as never having stopped.
    public func checkpoint() -> TensorArchive {
        TensorArchive(
            tensors: [
                "embeddings": table.embeddings.tensor, "momentum": table.momentum.tensor,
                "updated": .init(shape: [table.updated.count], values: table.updated.array),
            ],
            metadata: ["kind": "dual-encoder checkpoint", "step": String(completedSteps)])
    }

    /// - Throws: `TensorArchiveError` when a tensor is missing, or has another shape or step than this
    ///   configuration can have; nothing is changed then.
    public func restore(_ archive: TensorArchive) throws {
        // Everything is read and checked first, so that a bad archive changes nothing.
        let shape = [table.embeddings.rows, configuration.dimension]
        let embeddings = try archive.values("embeddings", shape: shape)
        let momentum = try archive.values("momentum", shape: shape)
        let updated = try archive.values("updated", shape: [table.embeddings.rows])
        let step = try archive.integer("step")
        guard (0...totalSteps).contains(step), updated.allSatisfy({ $0 >= 0 && $0 <= Float(step) }) else {
            throw TensorArchiveError.malformed(
                file: "the checkpoint", reason: "its step \(step) or a row's lies outside 0...\(totalSteps)")
        }
        table.embeddings.assign(embeddings)
        table.momentum.assign(momentum)
        table.updated.assign(updated)
        completedSteps = step
    }

    /// `embeddings`, [entities, dimension].
    public func model() -> TensorArchive {
        TensorArchive(
            tensors: ["embeddings": table.current(step: completedSteps).tensor],
            metadata: ["kind": "dual-encoder", "step": String(completedSteps)])
    }

    /// The table as it stands, in memory of its own.
    public func ranker() throws -> any Ranker {
        DualEncoderRanker(embeddings: table.current(step: completedSteps))
    }

    /// The ranker that a saved `model()` of this configuration is.
    public static func ranker(
        from archive: TensorArchive, configuration: DualEncoderConfiguration
    ) throws(TensorArchiveError) -> DualEncoderRanker {
        let rows = archive.tensors["embeddings"]?.shape.first ?? 0
        let shape = [rows, configuration.dimension]
        let values = try archive.values("embeddings", shape: shape)
        return DualEncoderRanker(
            embeddings: EmbeddingTable(rows: rows, columns: configuration.dimension, values: values))
    }
}
