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
