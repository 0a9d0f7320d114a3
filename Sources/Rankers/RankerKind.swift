import Options
import RankingData
import Tensors

/// A kind of ranker: its options, and how they become a trainer and a ranker.
///
/// The type is the kind, a value of it one ranker's options. A kind needs nothing else to be trained, swept, recorded
/// and reported: it registers itself in one line, `ModelKind.allCases` of Experiments.
public protocol RankerKind: Configurable {
    /// What specs, commands and results.db call the kind: words with dashes, `dual-encoder`.
    static var name: String { get }

    /// One sentence that says what the kind is.
    static var summary: String { get }

    /// Whether such a ranker can rank a query's documents with the whole corpus, and not only with its own candidates.
    static var ranksCorpus: Bool { get }

    /// Steps of the whole training; 0 where nothing is trained.
    var steps: Int { get set }

    /// Queries that a step sees; for rankers that train on (query, document) pairs, the pairs.
    var queriesPerStep: Int { get }

    /// The ranker whose trained model this one starts from, and the seed of its training; nil where there is none.
    var baseRanker: Self? { get }
    var baseSeed: UInt64 { get }

    /// The pretrained model to start from: a name, a file or a folder; nil where there is none.
    var pretrained: String? { get }

    /// The text encoder that the ranker is made with: a name or a folder; nil where there is none.
    var textEncoder: String? { get }

    /// Whether that encoder is asked for the texts that are ranked too, and not only where training begins.
    var ranksByTextEncoder: Bool { get }

    /// Takes over what the pretrained model decides, once it has been opened: its shape.
    mutating func adopt(_ model: any PretrainedSource) throws

    /// Sets `steps` to the fewest that see `points` (query, document) points.
    ///
    /// - Parameter points: At least 1.
    mutating func setBudget(points: Int, task: RankingTask, seed: UInt64) throws

    func trainer(_ inputs: RankerInputs) throws -> any Trainer

    /// The ranker that a trained model is.
    ///
    /// - Parameter model: What `Trainer.writeModel` wrote; nil where `steps` is 0.
    func ranker(_ model: TensorArchive?, _ inputs: RankerInputs) throws -> any Ranker
}

extension RankerKind {
    /// Nil: most kinds start from no other run.
    public var baseRanker: Self? { nil }
    /// 0: most kinds start from no other run.
    public var baseSeed: UInt64 { 0 }
    /// Nil: most kinds start from no pretrained model.
    public var pretrained: String? { nil }
    /// Nil: most kinds need no text encoder.
    public var textEncoder: String? { nil }
    /// True: an encoder that only begins a training is the exception.
    public var ranksByTextEncoder: Bool { true }
    public mutating func adopt(_ model: any PretrainedSource) throws {}

    /// A point for each of a step's queries.
    ///
    /// - Throws: `ConfigurationError.outOfRange` for a kind that is not trained.
    public mutating func setBudget(points: Int, task: RankingTask, seed: UInt64) throws {
        let (whole, rest) = points.quotientAndRemainder(dividingBy: max(1, queriesPerStep))
        let wanted = whole + (rest > 0 ? 1 : 0)
        steps = wanted
        try ConfigurationError.require(
            steps == wanted, "points", points,
            "left out for the kind \(Self.name), of which nothing is trained")
    }

    /// Whether `other` is of this kind and has the same options.
    public func isEqual(to other: any RankerKind) -> Bool { (other as? Self) == self }
}

/// A pretrained model, opened. The kinds that start from one know its type; nobody else needs to.
public protocol PretrainedSource: Sendable {}

/// What a training or a trained model needs beside its options.
public struct RankerInputs {
    /// Queries, documents and splits.
    public var task: RankingTask
    /// Decides everything that is drawn at random.
    public var seed: UInt64
    /// The threads to compute on; their number changes no result.
    public var workers: WorkerPool
    /// The model of `RankerKind.baseRanker`, where there is one.
    public var base: TensorArchive?
    /// The model that `RankerKind.pretrained` names, where it names one.
    public var pretrained: (any PretrainedSource)?
    /// The encoder that `RankerKind.textEncoder` names, where it names one.
    public var textEmbedder: (any TextEmbedder)?

    /// The inputs as given; a base, a pretrained model and a text encoder only where the kind names one.
    public init(
        task: RankingTask, seed: UInt64, workers: WorkerPool, base: TensorArchive? = nil,
        pretrained: (any PretrainedSource)? = nil, textEmbedder: (any TextEmbedder)? = nil
    ) {
        self.task = task
        self.seed = seed
        self.workers = workers
        self.base = base
        self.pretrained = pretrained
        self.textEmbedder = textEmbedder
    }
}
