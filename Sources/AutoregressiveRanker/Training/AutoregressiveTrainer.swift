import Foundation
import LanguageModels
import Options
import Rankers
import RankingData
import Tensors

/// Fine-tunes a decoder with SToICaL (equation 11), or another of `LossKind`'s losses, on packed minibatches.
///
/// A minibatch's loss is the mean over its (query, document) points with lambda > 0; a loss of scores is the mean over the
/// minibatch's queries. Queries come in passes over the training split, each in an order of its own, or sorted
/// (`QueryOrder`).
public final class AutoregressiveTrainer: Trainer {
    public let configuration: AutoregressiveConfiguration
    public private(set) var completedSteps = 0
    public var totalSteps: Int { configuration.steps }

    private let workers: WorkerPool
    private let packer: MinibatchPacker
    /// Entities whose names are docIDs.
    private let documents: [Int32]
    /// What a model's file says of its vocabulary; empty for a pretrained model, which has a tokenizer of its own.
    private let vocabularyText: String?
    private let decoder: Decoder
    /// Of no memory where nothing is trained.
    private lazy var optimizer = Optimizer(
        configuration.optimizer, decoder.trained, totalSteps: configuration.steps, workers: workers)
    private var points = 0
    private var sampler: QuerySampler

    /// - Parameter base: The model that the configuration's `baseRun` made; nil starts from random weights.
    public convenience init(
        configuration: AutoregressiveConfiguration, task: RankingTask, seed: UInt64, workers: WorkerPool,
        base: TensorArchive? = nil
    ) throws {
        try configuration.validate()
        try configuration.checkMemory(threads: workers.threads)
        let vocabulary =
            try base.map { try DecoderRanker.vocabulary(of: $0, configuration.decoder) }
            ?? RankingPrompt.learnVocabulary(of: task, size: configuration.decoder.vocabulary)
        let parameters =
            try base.map { try DecoderParameters(configuration.decoder, archive: $0) }
            ?? DecoderParameters(configuration.decoder, seed: seed)
        try self.init(
            configuration, task, seed, workers, parameters,
            RankingPrompt(learned: vocabulary, collection: task.collection),
            vocabularyText: vocabulary.serialized)
    }

    /// Starts from a pretrained model.
    public convenience init(
        configuration: AutoregressiveConfiguration, task: RankingTask, seed: UInt64, workers: WorkerPool,
        pretrained: PretrainedModel
    ) throws {
        try configuration.validate()
        try self.init(
            configuration, task, seed, workers,
            pretrained.parameters(
                configuration.fineTuning,
                optimizer: configuration.steps > 0 ? configuration.optimizer.kind : nil,
                threads: workers.threads),
            RankingPrompt(pretrained, configuration, task), vocabularyText: nil)
    }

    private init(
        _ configuration: AutoregressiveConfiguration, _ task: RankingTask, _ seed: UInt64,
        _ workers: WorkerPool,
        _ parameters: DecoderParameters, _ prompt: RankingPrompt, vocabularyText: String?
    ) throws {
        guard task.training.contains(where: { !$0.documents.isEmpty }) else {
            throw ConfigurationError.noTrainingPairs
        }
        self.configuration = configuration
        self.workers = workers
        self.vocabularyText = vocabularyText
        documents = task.documents
        packer = MinibatchPacker(
            prompt: prompt, loss: configuration.loss, promptWeight: configuration.promptWeight, seed: seed)
        decoder = Decoder(
            parameters, workers: workers, tuning: configuration.fineTuning, seed: seed,
            precision: configuration.precision ?? .float32)
        sampler = QuerySampler(task, configuration, seed: seed)
    }

    public func step() -> TrainingProgress {
        let drawn = sampler.draw(step: completedSteps, count: configuration.queriesPerBatch)
        let packer = packer
        var packed = workers.map(drawn.count) { packer.pack(drawn[$0].query, draw: drawn[$0].draw) }
        let scale = 1 / Float(max(1, packed.reduce(0) { $0 + $1.terms }))
        let ofScores = packer.weigh(
            &packed, score: configuration.score ?? .mean, decoder: decoder, workers: workers)
        let batches = MinibatchPacker.batches(packed, for: decoder.parameters.configuration, workers)
        let (ofTokens, gradient) = decoder.lossAndGradient(batches, scale: scale)
        let update = optimizer.apply(gradient, step: completedSteps)
        decoder.weightsChanged()
        completedSteps += 1
        points += packed.reduce(0) { $0 + $1.points }
        return TrainingProgress(
            step: completedSteps, totalSteps: totalSteps,
            loss: ofScores.map { $0 * Double(scale) } ?? ofTokens,
            queries: completedSteps * configuration.queriesPerBatch, points: points,
            values: ["learning_rate": update.learningRate, "gradient_norm": update.gradientNorm])
    }

    public func checkpoint() -> TensorArchive {
        var archive = TensorArchive(tensors: model().tensors, metadata: checkpointMetadata)
        for (name, buffer) in optimizer.state {
            archive.tensors[name] = TensorArchive.Tensor(shape: [buffer.count], values: buffer.array)
        }
        return archive
    }

    private var checkpointMetadata: [String: String] {
        modelMetadata.merging(["step": "\(completedSteps)", "points": "\(points)"]) { _, new in new }
    }

    private var modelMetadata: [String: String] { vocabularyText.map { ["vocabulary": $0] } ?? [:] }

    public func writeCheckpoint(to file: URL) throws {
        try write(state: optimizer.state, metadata: checkpointMetadata, to: file)
    }

    public func writeModel(to file: URL) throws { try write(state: [:], metadata: modelMetadata, to: file) }

    private func write(state: [String: FloatBuffer], metadata: [String: String], to file: URL) throws {
        let trained = decoder.trained
        let entries = Dictionary(uniqueKeysWithValues: trained.entries.map { ($0.name, $0) })
        let shapes = entries.mapValues(\.shape).merging(state.mapValues { [$0.count] }) { own, _ in own }
        try TensorArchive.write(shapes, metadata: metadata, to: file) { name, body in
            if let entry = entries[name] {
                try body(
                    UnsafeRawBufferPointer(
                        start: trained.base + entry.offset, count: 4 * entry.count))
            } else if let buffer = state[name] {
                try body(UnsafeRawBufferPointer(start: buffer.base, count: 4 * buffer.count))
            }
        }
    }

    public func restore(_ archive: TensorArchive) throws {
        let (step, points) = try (archive.integer("step"), archive.integer("points"))
        // What a step can add in points is far below what is left of the integers' range.
        guard (0...totalSteps).contains(step), (0...Int.max / 2).contains(points) else {
            throw TensorArchiveError.malformed(
                file: "the checkpoint", reason: "it is at step \(step) of \(totalSteps), \(points) points")
        }
        try decoder.trained.restore(archive)
        try optimizer.restore(archive)
        (completedSteps, self.points) = (step, points)
        decoder.weightsChanged()
    }

    /// What training has moved: the whole model, but for one of which a part learns.
    public func model() -> TensorArchive {
        var archive = decoder.trained.archive()
        archive.metadata = modelMetadata
        return archive
    }

    public func ranker() throws -> any Ranker {
        DecoderRanker(
            decoder: decoder, prompt: packer.prompt, configuration: configuration, documents: documents)
    }
}
