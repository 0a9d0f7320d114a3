import AutoregressiveRanker
import CrossEncoder
import DualEncoder
import Options
import RandomRanker
import Rankers
import RankingData
import ReferenceRanker
import TextSimilarity

/// A kind of ranker that is registered here, under the name that specs and commands call it by.
public struct ModelKind: Sendable, CaseIterable, RawRepresentable {
    /// Every kind of ranker that can be trained. A new kind is one line more.
    public static let allCases = [
        ModelKind(DualEncoderConfiguration.self),
        ModelKind(CrossEncoderConfiguration.self),
        ModelKind(AutoregressiveConfiguration.self),
        ModelKind(TextSimilarityConfiguration.self),
        ModelKind(ReferenceConfiguration.self),
        ModelKind(RandomConfiguration.self),
    ]

    /// The type of the kind's options.
    public let type: any RankerKind.Type

    /// The kind whose options are of this type.
    public init(_ type: any RankerKind.Type) { self.type = type }

    /// The registered kind of that name, or nil.
    public init?(rawValue: String) {
        guard let kind = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(rawValue.utf8) }) else {
            return nil
        }
        self = kind
    }

    /// The registered kind of that name.
    ///
    /// - Throws: `ConfigurationError.unknownKind`, which lists the kinds.
    public init(named name: String) throws(ConfigurationError) {
        guard let kind = ModelKind(rawValue: name) else {
            throw .unknownKind(name, known: Self.allCases.map(\.rawValue))
        }
        self = kind
    }

    /// The kind's name: `dual-encoder`.
    public var rawValue: String { type.name }

    /// One sentence that says what the kind is.
    public var summary: String { type.summary }

    /// The member of a run's canonical JSON that holds the ranker's options: the name with capitals in place of
    /// dashes, `dualEncoder`.
    var section: String {
        let words = type.name.split(separator: "-")
        return words.prefix(1).joined() + words.dropFirst().map(\.capitalized).joined()
    }

    /// Every option of a run of this kind: the ranker's own, then the data's and the evaluation's.
    public var options: [OptionDescription] {
        type.descriptions + DataConfiguration.descriptions + EvaluationConfiguration.descriptions
    }

    /// A ranker of this kind, all options at their defaults.
    var defaults: any RankerKind { type.defaults }
}

extension ModelKind: Hashable {
    public static func == (left: ModelKind, right: ModelKind) -> Bool { left.type == right.type }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(type)) }
}
