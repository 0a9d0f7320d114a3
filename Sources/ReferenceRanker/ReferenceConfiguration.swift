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

extension ReferenceConfiguration: UntrainedKind {
    /// `reference`.
    public static let name = "reference"
    /// What lists of kinds say of this one.
    public static let summary =
        "No model: documents in random order, or in the gold order as far as docIDs tell them apart."
    /// True: a reference ranks whatever candidates there are.
    public static let ranksCorpus = true
    /// Random order.
    public static let defaults = ReferenceConfiguration()

    /// The one option `order`.
    public static var options: [OptionDeclaration<Self>] {
        [
            .word(
                "order", \.order,
                "The order of the documents: at random (random), the most relevant one first and the others at random (first), or the "
                    + "gold order as far as docIDs differ (ceiling)."
            )
        ]
    }

    public func ranker(_ model: TensorArchive?, _ inputs: RankerInputs) -> any Ranker {
        ReferenceRanker(order, collection: inputs.task.collection)
    }
}
