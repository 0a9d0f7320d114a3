import Options

/// Which queries a ranker may train on.
public enum SplitProtocol: String, Hashable, Sendable, CaseIterable {
    /// Neither the evaluation nor the development queries.
    case heldOut
    /// All queries: a lookup table knows nothing of a synset that it never saw as a query.
    case all
}

/// Every option of a ranking task.
public struct DataConfiguration: Hashable, Sendable {
    /// The name of WordNet's noun synsets, the data of the paper's Tables 1 and 3.
    public static let wordNet = "wordnet"

    /// The name of a data set that needs no import, or the name that data were imported under. What it holds is told by the task's fingerprint.
    public var source: String
    /// Queries that are evaluated, the first of a shuffle of all.
    public var evaluationQueries: Int
    /// Queries for tuning, the next of that shuffle.
    public var developmentQueries: Int
    /// Seeds the splits and the negatives.
    public var splitSeed: UInt64
    /// Which queries are trained on.
    public var splitProtocol: SplitProtocol
    /// Trains on the first so many queries of the shuffled training split; 0 takes all.
    public var trainingQueries: Int

    /// The options given, the others at the paper's values.
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
}

extension DataConfiguration: Configurable {
    /// WordNet, 5,000 evaluated queries and 1,000 for tuning, none of which are trained on.
    public static let defaults = DataConfiguration()

    /// The options whose names begin with `data.`.
    public static var options: [OptionDeclaration<Self>] {
        // Entities are numbered in 32 bits.
        let queries = Int(Int32.max)
        return [
            .name(
                "data.source", "the name of a data set that needs no import, or of imported data", \.source,
                "The data set that queries and documents come from."),
            .integer(
                "data.evaluationQueries", in: 1...queries, \.evaluationQueries,
                "The number of queries in the evaluation split, which are the first of a shuffle of all queries."
            ),
            .integer(
                "data.developmentQueries", in: 0...queries, \.developmentQueries,
                "The number of queries in the development split, for tuning, which are the next of that shuffle."
            ),
            .seed(
                "data.splitSeed", \.splitSeed,
                "The seed of that shuffle, and of the negatives that are drawn for queries."),
            .word(
                "data.protocol", \.splitProtocol,
                "The queries that are trained on: those in neither split (heldOut), or all (all)."),
            .integer(
                "data.trainingQueries", in: 0...queries, \.trainingQueries,
                "The number of training queries that are used: the first of the shuffle behind the development queries, and with the protocol all the queries of the splits behind those. With 0, all are used."
            ),
        ]
    }

    /// Checks the splits against WordNet's queries; those of imported data are not known here, and any number passes.
    public func validateTogether() throws(ConfigurationError) {
        try validate(
            available: source == Self.wordNet ? TaxonomyStatistics.wordNet30.queries : Int(Int32.max))
    }

    /// Throws where the splits together ask for more queries than there are.
    ///
    /// - Parameter available: Queries of the whole task.
    public func validate(available: Int) throws(ConfigurationError) {
        try ConfigurationError.require(
            evaluationQueries >= 1 && evaluationQueries < available, "data.evaluationQueries",
            evaluationQueries,
            available > 1
                ? "in 1..<\(available), as the data have \(available) queries"
                : "fewer than the queries of the data, which have \(available): no training is possible")
        let left = available - evaluationQueries
        try ConfigurationError.require(
            developmentQueries >= 0 && developmentQueries < left, "data.developmentQueries",
            developmentQueries,
            "in 0..<\(left), as data.evaluationQueries leaves \(left) of \(available) queries")
        let most = splitProtocol == .all ? available : left - developmentQueries
        try ConfigurationError.require(
            trainingQueries >= 0 && trainingQueries <= most, "data.trainingQueries", trainingQueries,
            "0 (all) or at most \(most)")
    }
}
