import Foundation
import Tensors

/// What a trainer tells after a step. It neither prints nor writes: whoever listens decides.
public struct TrainingProgress: Sendable {
    /// Steps finished so far.
    public var step: Int
    /// Steps of the whole training.
    public var totalSteps: Int
    /// The loss of this step's minibatch, as the equation defines it.
    public var loss: Double
    /// Queries seen since the first step, each counted as often as it was seen.
    public var queries: Int
    /// (query, document) points seen since the first step.
    public var points: Int
    /// Further values by name, for the curves: `learning_rate`, `gradient_norm`.
    public var values: [String: Double]

    /// A step's news as given; `values` may be empty.
    public init(
        step: Int, totalSteps: Int, loss: Double, queries: Int, points: Int, values: [String: Double] = [:]
    ) {
        self.step = step
        self.totalSteps = totalSteps
        self.loss = loss
        self.queries = queries
        self.points = points
        self.values = values
    }
}

extension TrainingProgress {
    /// - Throws: `TrainingError.diverged` where the loss or another value is NaN or infinite.
    fileprivate func checkFinite() throws(TrainingError) {
        // Sorted, because a dictionary's order changes with each process and the first value is the one that is told.
        let named = [("the loss", loss)] + values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        for (name, value) in named where !value.isFinite {
            throw .diverged(step: step, name: name, value: "\(value)")
        }
    }
}

/// The listener's answer to a progress event.
public enum TrainingDecision: Sendable {
    case more
    case stop
}

/// A model in training.
///
/// Everything that a trainer draws at random is keyed by (seed, stream name, step), so that its
/// state is its tensors and the number of steps done: `restore(_:)` of `checkpoint()` goes on with
/// the same bits, whatever the number of worker threads.
public protocol Trainer: AnyObject {
    var completedSteps: Int { get }
    var totalSteps: Int { get }

    /// Does one step: draws its minibatch, updates the weights, and adds 1 to `completedSteps`.
    ///
    /// - Returns: What the step was; its loss is the minibatch's before the update.
    func step() -> TrainingProgress

    /// Weights, optimiser state and position: all that a resumed run needs.
    func checkpoint() -> TensorArchive

    /// Goes back to a checkpoint that a trainer of the same configuration made.
    func restore(_ archive: TensorArchive) throws

    /// The trained model's weights alone, for keeping after the run.
    func model() -> TensorArchive

    /// Writes what `checkpoint()` and `model()` give; a trainer whose tensors are large writes them where they lie.
    func writeCheckpoint(to file: URL) throws
    func writeModel(to file: URL) throws

    /// The model as it stands, for scoring.
    func ranker() throws -> any Ranker
}

extension Trainer {
    /// Runs steps until the budget is spent or `report` answers `.stop`; `report` hears of each step.
    ///
    /// - Throws: `TrainingError.diverged` at the first step of which a value is not finite, in place of reporting it, so
    ///   that no checkpoint keeps such a state; and what `report` throws.
    public func train(report: (TrainingProgress) throws -> TrainingDecision) throws {
        while completedSteps < totalSteps {
            let progress = step()
            try progress.checkFinite()
            if try report(progress) == .stop { return }
        }
    }

    public func writeCheckpoint(to file: URL) throws { try checkpoint().write(to: file) }
    public func writeModel(to file: URL) throws { try model().write(to: file) }
}
