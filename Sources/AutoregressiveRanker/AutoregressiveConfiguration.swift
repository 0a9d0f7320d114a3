import LanguageModels
import Tensors
import Rankers

/// The language model that every row of a table starts from: trained on the training queries'
/// prompts and on copying each of their documents with equal weight, or on finding titles
/// (`TrainingObjective.matching`).
public struct BaseTraining: Hashable, Sendable {
    /// 0 starts each row from random weights instead.
    public var steps: Int
    /// Queries in a minibatch, each with all its documents.
    public var queriesPerBatch: Int
    /// The highest learning rate, reached after the optimiser's warm-up.
    public var learningRate: Double
    /// Weight of a prompt's token in the loss; a document's tokens weigh 1.
    public var promptWeight: Double
    /// The seed of all that is drawn at random while the base is trained.
    public var seed: UInt64
    /// What its prompts are asked.
    public var objective = TrainingObjective.ranking
    /// Which prompts and questions those are where it is `matching`.
    public var matching = MatchingConfiguration()

    /// The options given, the others at the tables' values.
    public init(
        steps: Int = 2000, queriesPerBatch: Int = 64, learningRate: Double = 2e-3, promptWeight: Double = 0.1,
        seed: UInt64 = 1
    ) {
        self.steps = steps
        self.queriesPerBatch = queriesPerBatch
        self.learningRate = learningRate
        self.promptWeight = promptWeight
        self.seed = seed
    }
}

/// The two readings of section 5.1's paragraph on scoring.
public enum CandidateScoring: String, Hashable, Sendable, CaseIterable {
    /// The formula: a token's log-probability given the candidate's own earlier tokens.
    case ownPath = "own-path"
    /// The sentence before it: a token's log-probability at its place of one greedy decode, whatever the
    /// candidate's earlier tokens are.
    case greedyPath = "greedy-path"
}

/// Every option of an autoregressive ranker's training.
public struct AutoregressiveConfiguration: Hashable, Sendable {
    /// The pretrained model to start from: a name, a file or a folder; nil trains a base here.
    public var pretrained: String?
    /// How a pretrained model is asked.
    public var prompt = PromptTemplate.instruction
    /// What a prompt's documents see of each other.
    public var attention = PromptAttention.dense
    /// What of a pretrained model learns.
    public var tuning = FineTuning.full
    /// The decoder's shape; a pretrained model brings its own.
    public var decoder: DecoderConfiguration
    /// The random weights that training starts from where there is no pretrained model.
    public var initialization = DecoderInitialization.independent
    /// The text encoder that token embeddings start from, a name or a folder; nil starts them at random.
    public var initialEmbeddings: String?
    /// The text encoder whose vectors stand in prompts for queries and titles, a name or a folder; nil: their tokens do.
    public var textVectors: String?
    /// The training of the model that this one starts from. A run that starts from a pretrained model has none.
    public var base: BaseTraining
    /// What training minimises.
    public var loss: LossConfiguration
    /// How weights change, and the course of the learning rate.
    public var optimizer: OptimizerConfiguration
    /// Optimiser steps, each on `queriesPerBatch` queries with all their documents; 0 (a pretrained model alone) leaves
    /// it as it is.
    public var steps: Int
    /// Queries in a minibatch, each with all its documents.
    public var queriesPerBatch: Int
    /// In which order the queries come.
    public var order = QueryOrder.shuffled
    /// Weight of a prompt's token in the loss: 0 but for the base.
    public var promptWeight: Double
    /// What prompts are asked; `matching` is for a base.
    public var objective = TrainingObjective.ranking
    /// Which prompts and questions those are where it is `matching`.
    public var matching = MatchingConfiguration()
    /// In what precision the decoder's products take their inputs.
    public var precision = Precision.float32
    /// Which of the two readings of section 5.1 a trained model scores candidates by.
    public var scoring: CandidateScoring
    /// How a docID's log-probabilities become its score.
    public var score = DocumentScore.mean

    /// The options given, the others at the tables' values.
    public init(
        decoder: DecoderConfiguration = .compact, base: BaseTraining = BaseTraining(),
        loss: LossConfiguration = LossConfiguration(),
        optimizer: OptimizerConfiguration = OptimizerConfiguration(), steps: Int = 10_000,
        queriesPerBatch: Int = 64, promptWeight: Double = 0, scoring: CandidateScoring = .ownPath
    ) {
        self.decoder = decoder
        self.base = base
        self.loss = loss
        self.optimizer = optimizer
        self.steps = steps
        self.queriesPerBatch = queriesPerBatch
        self.promptWeight = promptWeight
        self.scoring = scoring
    }

    /// The training of this configuration's base, or nil if it starts from random or pretrained weights.
    ///
    /// Equal weight for each document is `fractional` with alpha = 0.
    public var baseRanker: AutoregressiveConfiguration? {
        guard base.steps > 0, pretrained == nil else { return nil }
        var optimizer = optimizer
        optimizer.learningRate = base.learningRate
        // The base of a base is nothing: it starts from random weights.
        var scratch = base
        scratch.steps = 0
        var training = AutoregressiveConfiguration(
            decoder: decoder, base: scratch,
            loss: LossConfiguration(weighting: .fractional(alpha: 0), targets: .onehot),
            optimizer: optimizer, steps: base.steps, queriesPerBatch: base.queriesPerBatch,
            promptWeight: base.promptWeight)
        training.precision = precision
        training.objective = base.objective
        training.matching = base.matching
        training.attention = attention
        training.initialization = initialization
        training.initialEmbeddings = initialEmbeddings
        training.textVectors = textVectors
        // What a base does not use, as its own further base, is no part of its identity.
        let values = training.optionValues
        return AutoregressiveConfiguration(
            values: Dictionary(uniqueKeysWithValues: values.map { ($0.key, $0.value) }))
    }
}
