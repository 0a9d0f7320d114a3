import Options
import Rankers
import RankingData
import Tensors

/// The options of a random ranker: none. Its run's seed is all that it depends on.
public struct RandomConfiguration: Hashable, Sendable {
    /// The one value that there is.
    public init() {}
}

extension RandomConfiguration: UntrainedKind {
    /// `random`.
    public static let name = "random"
    /// What lists of kinds say of this one.
    public static let summary =
        "No model: scores drawn at random, which show what every metric is where nothing was learned."
    /// True: chance ranks whatever candidates there are.
    public static let ranksCorpus = true
    /// The one value that there is.
    public static let defaults = RandomConfiguration()
    /// None; the run's seed draws the scores.
    public static let options: [OptionDeclaration<Self>] = []

    public func ranker(_ model: TensorArchive?, _ inputs: RankerInputs) -> any Ranker {
        RandomRanker(seed: inputs.seed)
    }
}
