/// What can be wrong with a trainer's options, or with the task that it is given.
public enum ConfigurationError: Error, Equatable, CustomStringConvertible {
    case outOfRange(option: String, value: String, legal: String)
    case noTrainingPairs
    case unknownEntity(index: Int, entities: Int)

    public var description: String {
        switch self {
        case .outOfRange(let option, let value, let legal):
            "\(option) is \(value), it must be \(legal)"
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
