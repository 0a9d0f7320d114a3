/// What can be wrong with options, or with the task that a trainer is given.
public enum ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// An option has a value that it must not have; `legal` says in words which it may have.
    case outOfRange(option: String, value: String, legal: String)
    /// There is no option of that name; `known` are the names at that place.
    case unknownOption(String, known: [String])
    /// There is no kind of ranker of that name.
    case unknownKind(String, known: [String])
    /// A recorded configuration cannot be read; `reason` says why.
    case unreadable(reason: String)
    /// A run needs something that its training was not given: a base, a pretrained model.
    case missingInput(String)
    case noTrainingPairs
    case unknownEntity(index: Int, entities: Int)

    public var description: String {
        switch self {
        case .outOfRange(let option, let value, let legal):
            "\(option) is \(value), it must be \(legal)"
        case .unknownOption(let name, let known):
            "there is no option '\(name)'; the options here are \(known.joined(separator: ", "))"
        case .unknownKind(let name, let known):
            "there is no kind of ranker '\(name)'; the kinds are \(known.joined(separator: ", "))"
        case .unreadable(let reason):
            "the recorded configuration cannot be read: \(reason)"
        case .missingInput(let what):
            "this run starts from \(what), which is not there"
        case .noTrainingPairs:
            "the task has no training query with a document: check its split"
        case .unknownEntity(let index, let entities):
            "the task names entity \(index), the model's table has \(entities): "
                + "it was trained on other data"
        }
    }

    /// Throws `.outOfRange` unless `isLegal`; a NaN must make `isLegal` false.
    public static func require(
        _ isLegal: Bool, _ option: String, _ value: some CustomStringConvertible, _ legal: String
    ) throws(ConfigurationError) {
        guard isLegal else {
            throw .outOfRange(option: option, value: value.description, legal: legal)
        }
    }
}
