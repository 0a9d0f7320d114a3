/// Why a training cannot go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
    /// A value of a step is NaN or infinite: the loss, or one of `TrainingProgress.values` by its name.
    case diverged(step: Int, name: String, value: String)

    public var description: String {
        switch self {
        case .diverged(let step, let name, let value):
            "training diverged: \(name) is \(value) at step \(step); a lower learning rate may help"
        }
    }
}
