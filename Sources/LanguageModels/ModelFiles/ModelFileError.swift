/// What can be wrong with a model's files. Nothing of a file is believed before it is checked.
public enum ModelFileError: Error, Equatable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    /// Sizes, offsets or values that no whole file has.
    case malformed(file: String, reason: String)
    /// A whole file of a kind that is not read here.
    case unsupported(file: String, what: String)
    case missing(file: String, name: String)
    case wrongShape(file: String, tensor: String, expected: [Int], found: [Int])
    /// The model does not fit into this machine's memory.
    case tooLarge(file: String, neededBytes: Int, availableBytes: Int)

    /// A sentence that names the file, what is wrong with it, and what to do where that is known.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): \(reason)"
        case .malformed(let file, let reason):
            "\(file) is damaged or cut short: \(reason); fetch it again"
        case .unsupported(let file, let what): "\(file): \(what)"
        case .missing(let file, let name): "\(file) has no '\(name)'"
        case .wrongShape(let file, let tensor, let expected, let found):
            "\(file): tensor '\(tensor)' has shape \(found), the model's configuration needs \(expected)"
        case .tooLarge(let file, let needed, let available):
            "\(file) needs \(needed / 1_000_000) MB of memory here, this machine has \(available / 1_000_000) MB"
        }
    }
}
