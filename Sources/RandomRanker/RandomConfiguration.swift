import Options
import Rankers
import RankingData
import Tensors

/// The options of a random ranker: none. Its run's seed is all that it depends on.
public struct RandomConfiguration: Hashable, Sendable {
    /// The one value that there is.
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

    public func trainer(_ inputs: RankerInputs) -> any Trainer { UntrainedTrainer(ranker(nil, inputs)) }

    public func ranker(_ model: TensorArchive?, _ inputs: RankerInputs) -> any Ranker {
        RandomRanker(seed: inputs.seed)
    }
}
