import Options
import Rankers
import RankingData
import Tensors

/// The options of a random ranker: none. Its run's seed is all that it depends on.
public struct RandomConfiguration: Hashable, Sendable {
    public init() {}
}

extension RandomConfiguration: RankerKind {
    public static let name = "random"
    public static let summary = "Scores drawn at random: what every metric is where nothing was learned."
    public static let ranksCorpus = true
    public static let defaults = RandomConfiguration()
    public static let options: [OptionDeclaration<Self>] = []

    /// Nothing is trained, whatever is asked for.
    public var steps: Int {
        get { 0 }
        set {}
    }
    public var queriesPerStep: Int { 1 }

    public func trainer(_ inputs: RankerInputs) throws -> any Trainer { UntrainedTrainer(seed: inputs.seed) }

    public func ranker(_ model: TensorArchive?, _ inputs: RankerInputs) throws -> any Ranker {
        RandomRanker(seed: inputs.seed)
    }
}

/// A trainer that is done before its first step.
private final class UntrainedTrainer: Trainer {
    let completedSteps = 0
    let totalSteps = 0
    private let seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    func step() -> TrainingProgress { preconditionFailure("a random ranker has no steps") }
    func checkpoint() -> TensorArchive { TensorArchive(tensors: [:]) }
    func restore(_ archive: TensorArchive) {}
    func model() -> TensorArchive { TensorArchive(tensors: [:]) }
    func ranker() -> any Ranker { RandomRanker(seed: seed) }
}
