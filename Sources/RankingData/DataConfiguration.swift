/// Which queries a ranker may train on.
public enum SplitProtocol: String, Codable, Hashable, Sendable, CaseIterable {
    /// Neither the evaluation nor the development queries.
    case heldOut
    /// All queries: a lookup table knows nothing of a synset that it never saw as a query.
    case all
}

/// Every option of a ranking task made from WordNet.
public struct DataConfiguration: Codable, Hashable, Sendable {
    public var evaluationQueries: Int
    public var developmentQueries: Int
    /// Seeds the splits and the negatives.
    public var splitSeed: UInt64
    public var splitProtocol: SplitProtocol
    /// Trains on the first so many queries of the shuffled training split; 0 takes all.
    public var trainingQueries: Int

    private enum CodingKeys: String, CodingKey {
        case evaluationQueries, developmentQueries, splitSeed, trainingQueries
        case splitProtocol = "protocol"
    }

    public init(
        evaluationQueries: Int = 5000, developmentQueries: Int = 1000, splitSeed: UInt64 = 0,
        splitProtocol: SplitProtocol = .heldOut, trainingQueries: Int = 0
    ) {
        self.evaluationQueries = evaluationQueries
        self.developmentQueries = developmentQueries
        self.splitSeed = splitSeed
        self.splitProtocol = splitProtocol
        self.trainingQueries = trainingQueries
    }

    /// - Parameter available: Queries of the whole task.
    public func validate(available: Int = WordNetStatistics.wordNet30.queries) throws(ConfigurationError) {
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
