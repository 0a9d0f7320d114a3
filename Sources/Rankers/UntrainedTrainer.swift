import Tensors

/// The training of a ranker that needs none: it is done before its first step.
///
/// Its checkpoints and its model hold no tensors.
public final class UntrainedTrainer: Trainer {
    /// 0: there is nothing to do.
    public let completedSteps = 0
    /// 0: there is nothing to do.
    public let totalSteps = 0
    private let scorer: any Ranker

    /// - Parameter ranker: What the trainer's ranker is, now and always.
    public init(_ ranker: any Ranker) { scorer = ranker }

    public func step() -> TrainingProgress { preconditionFailure("there is nothing to train") }
    public func checkpoint() -> TensorArchive { TensorArchive() }
    public func restore(_ archive: TensorArchive) {}
    public func model() -> TensorArchive { TensorArchive() }
    public func ranker() -> any Ranker { scorer }
}

/// A kind of ranker of which nothing is trained: its options and its data are all that it is.
public protocol UntrainedKind: RankerKind {}

extension UntrainedKind {
    /// 0, whatever is asked for.
    public var steps: Int {
        get { 0 }
        set {}
    }
    /// 1; there are no steps.
    public var queriesPerStep: Int { 1 }

    public func trainer(_ inputs: RankerInputs) throws -> any Trainer {
        UntrainedTrainer(try ranker(nil, inputs))
    }
}
