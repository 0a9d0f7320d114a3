import Options
import Rankers
import RankingData
import Tensors

/// Every option of a reference ranking: there is nothing to train.
public struct ReferenceConfiguration: Hashable, Sendable {
    /// Which reference.
    public var order: ReferenceOrder

    /// The reference of an order; chance, if none is given.
    public init(order: ReferenceOrder = .random) { self.order = order }
}

extension ReferenceConfiguration: RankerKind {
    public static let name = "reference"
    public static let summary = "No model: chance, or the gold order as far as docIDs tell documents apart."
    public static let ranksCorpus = true
    public static let defaults = ReferenceConfiguration()

    public static var options: [OptionDeclaration<Self>] {
        [
            .word(
                "order", \.order,
                "The documents' order: random, the first right and the others random, or as right as docIDs allow."
            )
        ]
    }

    /// Always 0.
    public var steps: Int {
        get { 0 }
        set {}
    }

    public var queriesPerStep: Int { 1 }

    public func trainer(_ inputs: RankerInputs) -> any Trainer {
        UntrainedTrainer(ranker(nil, inputs))
    }

    public func ranker(_ model: TensorArchive?, _ inputs: RankerInputs) -> any Ranker {
        ReferenceRanker(order, collection: inputs.task.collection)
    }
}
