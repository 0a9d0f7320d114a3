import LanguageModels
import Options
import Rankers
import RankingData
import Tensors

extension PretrainedModel: PretrainedSource {}

extension AutoregressiveConfiguration: RankerKind {
    /// `autoregressive`.
    public static let name = "autoregressive"
    /// What lists of kinds say of this one.
    public static let summary = "The autoregressive ranker, with the SToICaL loss of equation 11 or another."
    /// Its candidates stand in its prompt.
    public static let ranksCorpus = false
    /// A compact decoder on 10,000 minibatches of 64 queries, from a base of 2,000 steps.
    public static let defaults = AutoregressiveConfiguration()

    /// The queries of a minibatch.
    public var queriesPerStep: Int { queriesPerBatch }
    /// The encoder of the texts' vectors, or that token embeddings start from. A run that has a base names it too, so that both are
    /// known by its files.
    public var textEncoder: String? { pretrained == nil ? textVectors ?? initialEmbeddings : nil }
    /// A model holds the token embeddings that started from an encoder, and not the vectors that its prompts have.
    public var ranksByTextEncoder: Bool { textVectors != nil }
    /// The seed of the base's training, the same for all rows of a table.
    public var baseSeed: UInt64 { base.seed }

    /// Takes the shape that a pretrained model brings.
    ///
    /// - Throws: `ConfigurationError` where more layers are to learn than it has.
    public mutating func adopt(_ model: any PretrainedSource) throws {
        guard let model = model as? PretrainedModel else { return }
        decoder = model.configuration
        // These two are told by the model's fingerprint; they are no options.
        decoder.rotaryScaling = nil
        decoder.slidingWindow = nil
        // Only now is it known how many layers there are.
        try tuning.validate(layers: decoder.layers)
    }

    /// Sets the steps to the fewest that see so many (query, document) points.
    ///
    /// - Throws: As `AutoregressiveTrainer.steps(toReach:configuration:task:seed:)`.
    public mutating func setBudget(points: Int, task: RankingTask, seed: UInt64) throws {
        steps = try AutoregressiveTrainer.steps(
            toReach: points, configuration: self, task: task, seed: seed)
    }

    /// A trainer that starts from the pretrained model, the base or random weights, as the options say.
    ///
    /// - Throws: `ConfigurationError.missingInput` where that model is not given, and what the trainer throws.
    public func trainer(_ inputs: RankerInputs) throws -> any Trainer {
        if let model = try pretrainedModel(inputs) {
            return try AutoregressiveTrainer(
                configuration: self, task: inputs.task, seed: inputs.seed, workers: inputs.workers,
                pretrained: model)
        }
        if baseRanker != nil, inputs.base == nil { throw ConfigurationError.missingInput("its base's model") }
        return try AutoregressiveTrainer(
            configuration: self, task: inputs.task, seed: inputs.seed, workers: inputs.workers,
            base: inputs.base, textEmbedder: inputs.textEmbedder)
    }

    /// The ranker of a finished training's file; without one the pretrained model as it is.
    ///
    /// - Throws: `TensorArchiveError`, `ModelFileError`, `TokenizerError` or `ConfigurationError` where the file does not fit.
    public func ranker(_ archive: TensorArchive?, _ inputs: RankerInputs) throws -> any Ranker {
        if let model = try pretrainedModel(inputs) {
            return try DecoderRanker(
                pretrained: model, archive: archive, configuration: self, task: inputs.task,
                workers: inputs.workers)
        }
        guard let archive else { throw TensorArchiveError.missing(name: "model") }
        return try DecoderRanker(
            archive: archive, configuration: self, task: inputs.task, workers: inputs.workers,
            textEmbedder: inputs.textEmbedder)
    }

    private func pretrainedModel(_ inputs: RankerInputs) throws(ConfigurationError) -> PretrainedModel? {
        guard let pretrained else { return nil }
        guard let model = inputs.pretrained as? PretrainedModel else {
            throw .missingInput("the pretrained model \(pretrained)")
        }
        return model
    }
}
