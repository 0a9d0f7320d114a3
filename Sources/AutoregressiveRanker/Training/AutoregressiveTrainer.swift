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
    /// The options that the training was made with.
    public let configuration: AutoregressiveConfiguration
    /// Steps done so far, those before a checkpoint too.
    public private(set) var completedSteps = 0
    /// Steps of the whole training.
    public var totalSteps: Int { configuration.steps }

    private let workers: WorkerPool
    private let packer: MinibatchPacker
    /// Places of the entities that may be documents.
    private let documents: [Int32]
    /// The vocabulary as the model's file keeps it; nil for a pretrained model, which has its own tokenizer's file.
    private let vocabularyText: String?
    /// What prompts hold in the place of texts' tokens; nil where they hold tokens.
    private let textVectors: TextVectors?
    private let decoder: Decoder
    /// Made at the first step, so that a model that only scores needs no memory for it.
    private lazy var optimizer = Optimizer(
        configuration.optimizer, decoder.trained, totalSteps: configuration.steps, workers: workers)
    private var points = 0
    private var sampler: QuerySampler

    /// Starts from a base that was trained here, or from random weights.
    ///
    /// - Parameters:
    ///   - seed: Decides the order of queries, the shuffling of prompts and the random weights.
    ///   - base: The model of the run that the configuration names as its base; nil starts from random weights.
    ///   - textEmbedder: The encoder that `textVectors` names, or `initialEmbeddings` where there is no base.
    /// - Throws: `ConfigurationError` for options out of their range, for data without a training query, for a decoder
    ///   that is larger than the machine, and for an encoder that is not given; `TensorArchiveError` for a base of another
    ///   shape.
    public convenience init(
        configuration: AutoregressiveConfiguration, task: RankingTask, seed: UInt64, workers: WorkerPool,
        base: TensorArchive? = nil, textEmbedder: (any TextEmbedder)? = nil
    ) throws {
        try configuration.validate()
        try configuration.checkMemory(threads: workers.threads)
        let vocabulary =
            try base.map { try DecoderRanker.vocabulary(of: $0, configuration.decoder) }
            ?? RankingPrompt.learnVocabulary(of: task, size: configuration.decoder.vocabulary)
        // Bytes, marks and the numbers of docIDs have a token each, however small a vocabulary is asked for.
        try ConfigurationError.require(
            vocabulary.count <= configuration.decoder.vocabulary, "decoder.vocabulary",
            configuration.decoder.vocabulary, "at least \(vocabulary.count) for these data")
        let parameters =
            try base.map { try DecoderParameters(configuration.decoder, archive: $0) }
            ?? DecoderParameters(
                configuration.decoder, initialization: configuration.initialization, seed: seed)
        if base == nil, let encoder = configuration.initialEmbeddings {
            guard let textEmbedder else {
                throw ConfigurationError.missingInput("the text encoder \(encoder)")
            }
            try parameters.startEmbeddings(vocabulary, from: textEmbedder)
        }
        let vectors = try configuration.textVectors(of: task.collection, by: textEmbedder, model: base)
        try self.init(
            configuration, task, seed, workers, parameters,
            RankingPrompt(
                learned: vocabulary, collection: task.collection, attention: configuration.attention,
                firstVector: vectors.map { _ in Int32(configuration.decoder.vocabulary) }),
            vocabularyText: vocabulary.serialized, textVectors: vectors)
    }

    /// Starts from a pretrained model.
    ///
    /// - Throws: `ConfigurationError`; `ModelFileError` where the model does not fit into memory; `TokenizerError` for a text
    ///   that its tokenizer cannot write.
    public convenience init(
        configuration: AutoregressiveConfiguration, task: RankingTask, seed: UInt64, workers: WorkerPool,
        pretrained: PretrainedModel
    ) throws {
        try configuration.validate()
        try self.init(
            configuration, task, seed, workers,
            pretrained.parameters(
                configuration.tuning,
                optimizer: configuration.steps > 0 ? configuration.optimizer.kind : nil,
                precision: configuration.precision, threads: workers.threads),
            RankingPrompt(pretrained, configuration, task), vocabularyText: nil)
    }

    private init(
        _ configuration: AutoregressiveConfiguration, _ task: RankingTask, _ seed: UInt64,
        _ workers: WorkerPool,
        _ parameters: DecoderParameters, _ prompt: RankingPrompt, vocabularyText: String?,
        textVectors: TextVectors? = nil
    ) throws {
        guard task.training.contains(where: { !$0.documents.isEmpty }) else {
            throw ConfigurationError.noTrainingPairs
        }
        if configuration.objective == .matching, prompt.titledParts == nil {
            throw ConfigurationError.outOfRange(
                option: "objective", value: configuration.objective.rawValue,
                legal: "ranking where documents have no title")
        }
        self.configuration = configuration
        self.workers = workers
        self.vocabularyText = vocabularyText
        self.textVectors = textVectors
        documents = task.documents
        packer = MinibatchPacker(
            prompt: prompt, loss: configuration.loss, promptWeight: configuration.promptWeight, seed: seed,
            questions: configuration.objective == .matching
                ? MatchingQuestions(configuration.matching, prompt, task, steps: configuration.steps) : nil)
        decoder = Decoder(
            parameters, workers: workers, tuning: configuration.tuning, seed: seed,
            precision: configuration.precision, inputVectors: textVectors?.vectors)
        sampler = QuerySampler(task, configuration, seed: seed)
    }

    /// One update of the weights by the mean loss of a minibatch.
    public func step() -> TrainingProgress {
        let drawn = sampler.draw(step: completedSteps, count: configuration.queriesPerBatch)
        let packer = packer
        // A prompt is shuffled by the number of its draw, so that it does not matter who packs it.
        let step = completedSteps
        var packed = workers.map(drawn.count) {
            packer.pack(drawn[$0].query, draw: drawn[$0].draw, step: step)
        }
        // A minibatch of queries without documents has no terms.
        let scale = 1 / Float(max(1, packed.reduce(0) { $0 + $1.terms }))
        let ofScores = packer.weigh(
            &packed, score: configuration.score, decoder: decoder, workers: workers)
        let batches = MinibatchPacker.batches(packed, for: decoder.parameters.configuration, workers)
        let (ofTokens, gradient) = decoder.lossAndGradient(batches, scale: scale)
        let update = optimizer.apply(gradient, step: completedSteps)
        // Copies that are folded or rounded are still of the old weights.
        decoder.weightsChanged()
        completedSteps += 1
        points += packed.reduce(0) { $0 + $1.points }
        return TrainingProgress(
            step: completedSteps, totalSteps: totalSteps,
            // Weighted cross entropies have the gradient of a loss of scores, and not its value.
            loss: ofScores.map { $0 * Double(scale) } ?? ofTokens,
            queries: completedSteps * configuration.queriesPerBatch, points: points,
            values: ["learning_rate": update.learningRate, "gradient_norm": update.gradientNorm])
    }

    /// Weights, optimiser state, step and points, and the vocabulary where it was learned here.
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

    /// Writes what `checkpoint()` gives without a copy of it in memory.
    public func writeCheckpoint(to file: URL) throws {
        try write(state: optimizer.state, metadata: checkpointMetadata, to: file)
    }

    /// Writes what `model()` gives without a copy of it in memory.
    public func writeModel(to file: URL) throws { try write(state: [:], metadata: modelMetadata, to: file) }

    private func write(state: [String: FloatBuffer], metadata: [String: String], to file: URL) throws {
        let trained = decoder.trained
        let entries = Dictionary(uniqueKeysWithValues: trained.entries.map { ($0.name, $0) })
        let fixed = textVectors?.tensors ?? [:]
        let shapes = entries.mapValues(\.shape).merging(state.mapValues { [$0.count] }) { own, _ in own }
            .merging(fixed.mapValues(\.shape)) { own, _ in own }
        try TensorArchive.write(shapes, metadata: metadata, to: file) { name, body in
            if let tensor = fixed[name] {
                try tensor.values.withUnsafeBytes { try body($0) }
            } else if let entry = entries[name] {
                try body(
                    UnsafeRawBufferPointer(
                        start: trained.base + entry.offset, count: 4 * entry.count))
            } else if let buffer = state[name] {
                try body(UnsafeRawBufferPointer(start: buffer.base, count: 4 * buffer.count))
            }
        }
    }

    /// Goes back to a checkpoint of a training with the same configuration, data and seed.
    ///
    /// - Throws: `TensorArchiveError` where the checkpoint is of another shape or vocabulary, or stands at a step that this training
    ///   has not.
    public func restore(_ archive: TensorArchive) throws {
        let (step, points) = try (archive.integer("step"), archive.integer("points"))
        // What a step can add in points is far below what is left of the integers' range.
        guard (0...totalSteps).contains(step), (0...Int.max / 2).contains(points) else {
            throw TensorArchiveError.malformed(
                file: "the checkpoint", reason: "it is at step \(step) of \(totalSteps), \(points) points")
        }
        // Another version may cut texts otherwise and learn another vocabulary: each id's weights would be another piece's.
        guard archive.metadata["vocabulary"] == modelMetadata["vocabulary"] else {
            throw TensorArchiveError.malformed(
                file: "the checkpoint", reason: "its vocabulary is not that of this training")
        }
        // Weights that were learned with vectors in other directions, which another machine's LAPACK may find, are of no use.
        for (name, tensor) in textVectors?.tensors ?? [:] where archive.tensors[name] != tensor {
            throw TensorArchiveError.malformed(
                file: "the checkpoint", reason: "its '\(name)' is not that of this training")
        }
        try decoder.trained.restore(archive)
        try optimizer.restore(archive)
        (completedSteps, self.points) = (step, points)
        decoder.weightsChanged()
    }

    /// The weights that training moves: the whole model, or the part of it that learns (`FineTuning`).
    public func model() -> TensorArchive {
        var archive = decoder.trained.archive()
        archive.tensors.merge(textVectors?.tensors ?? [:]) { own, _ in own }
        archive.metadata = modelMetadata
        return archive
    }

    /// The model as it stands. It shares the trainer's weights: further steps change what it says.
    public func ranker() throws -> any Ranker {
        DecoderRanker(
            decoder: decoder, prompt: packer.prompt, configuration: configuration, documents: documents)
    }
}
