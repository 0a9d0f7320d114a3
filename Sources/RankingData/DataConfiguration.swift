import Options

/// Which queries a ranker may train on.
public enum SplitProtocol: String, Codable, Hashable, Sendable, CaseIterable {
    /// Neither the evaluation nor the development queries.
    case heldOut
    /// All queries: a lookup table knows nothing of a synset that it never saw as a query.
    case all
}

/// Every option of a ranking task.
public struct DataConfiguration: Codable, Hashable, Sendable {
    public static let wordNet = "wordnet"

    /// `wordnet`, or the name that data were imported under. What it holds is told by the task's fingerprint.
    public var source: String
    public var evaluationQueries: Int
    public var developmentQueries: Int
    /// Seeds the splits and the negatives.
    public var splitSeed: UInt64
    public var splitProtocol: SplitProtocol
    /// Trains on the first so many queries of the shuffled training split; 0 takes all.
    public var trainingQueries: Int

    private enum CodingKeys: String, CodingKey {
        case source, evaluationQueries, developmentQueries, splitSeed, trainingQueries
        case splitProtocol = "protocol"
    }

    public init(
        evaluationQueries: Int = 5000, developmentQueries: Int = 1000, splitSeed: UInt64 = 0,
        splitProtocol: SplitProtocol = .heldOut, trainingQueries: Int = 0,
        source: String = DataConfiguration.wordNet
    ) {
        self.source = source
        self.evaluationQueries = evaluationQueries
        self.developmentQueries = developmentQueries
        self.splitSeed = splitSeed
        self.splitProtocol = splitProtocol
        self.trainingQueries = trainingQueries
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        source = try container.decodeIfPresent(String.self, forKey: .source) ?? Self.wordNet
        evaluationQueries = try container.decode(Int.self, forKey: .evaluationQueries)
        developmentQueries = try container.decode(Int.self, forKey: .developmentQueries)
        splitSeed = try container.decode(UInt64.self, forKey: .splitSeed)
        splitProtocol = try container.decode(SplitProtocol.self, forKey: .splitProtocol)
        trainingQueries = try container.decode(Int.self, forKey: .trainingQueries)
    }

    /// `wordnet` is not written: runs made before there was a choice keep their identity.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if source != Self.wordNet { try container.encode(source, forKey: .source) }
        try container.encode(evaluationQueries, forKey: .evaluationQueries)
        try container.encode(developmentQueries, forKey: .developmentQueries)
        try container.encode(splitSeed, forKey: .splitSeed)
        try container.encode(splitProtocol, forKey: .splitProtocol)
        try container.encode(trainingQueries, forKey: .trainingQueries)
    }

    /// - Parameter available: Queries of the whole task; WordNet's, or any number, if not given.
    public func validate(available: Int? = nil) throws(ConfigurationError) {
        let available =
            available ?? (source == Self.wordNet ? TaxonomyStatistics.wordNet30.queries : Int(Int32.max))
        try ConfigurationError.require(
            evaluationQueries >= 1 && evaluationQueries < available, "data.evaluationQueries",
            evaluationQueries,
            "in 1..<\(available)")
        let left = available - evaluationQueries
        try ConfigurationError.require(
            developmentQueries >= 0 && developmentQueries < left, "data.developmentQueries",
            developmentQueries,
            "in 0..<\(left)")
        try ConfigurationError.require(
            trainingQueries >= 0 && trainingQueries <= left - developmentQueries, "data.trainingQueries",
            trainingQueries, "0 (all) or at most \(left - developmentQueries)")
    }
}
