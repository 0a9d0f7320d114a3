/// The minibatch of a step, and the one after it, which a worker may draw while others are still at the step's work.
///
/// Which pairs a step gets depends on its number alone, so a minibatch drawn ahead is the one that the step would draw.
public final class MinibatchQueue: @unchecked Sendable {
    private let pairs: TrainingPairs
    private let steps: Int
    private var sampler: PairSampler
    private var current: PairBatch
    private var next: PairBatch
    /// The step that `next` is for; nil: none.
    private var prepared: Int?

    /// - Parameters:
    ///   - entities: Of the task that the pairs are from.
    ///   - steps: Of the whole training.
    public init(_ pairs: TrainingPairs, sampler: PairSampler, entities: Int, steps: Int) {
        self.pairs = pairs
        self.steps = steps
        self.sampler = sampler
        current = PairBatch(entities: entities)
        next = PairBatch(entities: entities)
    }

    /// The minibatch of `step`, drawn now unless it was drawn ahead.
    public func take(_ step: Int) -> PairBatch {
        // The first step, and the first after a checkpoint was restored, were not drawn ahead.
        if prepared != step { draw(step) }
        prepared = nil
        // The former minibatch's arrays serve for the next one.
        swap(&current, &next)
        return current
    }

    /// Draws the minibatch of `step` ahead, if the training has that step. Nobody else may call the queue meanwhile; what
    /// `take` returned stays as it is.
    public func prepare(_ step: Int) {
        guard step < steps else { return }
        draw(step)
    }

    private func draw(_ step: Int) {
        next.assign(sampler.draw(step: step), of: pairs)
        prepared = step
    }
}
