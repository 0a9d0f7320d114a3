/// What a WordNet gives as a ranking task; checked before any training.
public struct TaxonomyStatistics: Codable, Hashable, Sendable {
    /// Noun synsets, or the entities of an edge list.
    public var synsets: Int
    /// Synsets below a root: each is a query.
    public var queries: Int
    /// (query, document) pairs.
    public var pairs: Int
    /// Entities that stand in at least one query's list.
    public var distinctDocuments: Int
    /// Documents of the query that has fewest; 0 where there is no query.
    public var shortestPath: Int
    /// Documents of the query that has most; 0 where there is no query.
    public var longestPath: Int

    /// WordNet 3.0 as Debian ships it. The paper's text says 82,155 synsets, 84k queries, 700k pairs.
    public static let wordNet30 = TaxonomyStatistics(
        synsets: 82_115, queries: 82_114, pairs: 701_954, distinctDocuments: 16_960, shortestPath: 1,
        longestPath: 19)

    /// The counts as given.
    public init(
        synsets: Int, queries: Int, pairs: Int, distinctDocuments: Int, shortestPath: Int, longestPath: Int
    ) {
        self.synsets = synsets
        self.queries = queries
        self.pairs = pairs
        self.distinctDocuments = distinctDocuments
        self.shortestPath = shortestPath
        self.longestPath = longestPath
    }

    /// The counts of a taxonomy whose paths are these.
    public init(_ taxonomy: Taxonomy, _ paths: HypernymPaths) {
        let lengths = paths.lengths.filter { $0 > 0 }
        var isDocument = [Bool](repeating: false, count: taxonomy.count)
        // Whatever stands in a longest path is the next above some entity.
        for document in paths.next where document >= 0 { isDocument[Int(document)] = true }
        self.init(
            synsets: taxonomy.count, queries: lengths.count, pairs: lengths.reduce(0) { $0 + Int($1) },
            distinctDocuments: isDocument.filter { $0 }.count, shortestPath: Int(lengths.min() ?? 0),
            longestPath: Int(lengths.max() ?? 0))
    }

    /// Throws at the first number that differs from `expected`.
    public func verify(against expected: TaxonomyStatistics = .wordNet30) throws(WordNetError) {
        try WordNetError.requireEqual(
            self, expected,
            [
                ("noun synsets", \.synsets), ("queries", \.queries), ("(query, document) pairs", \.pairs),
                ("distinct documents", \.distinctDocuments), ("synsets on the shortest path", \.shortestPath),
                ("synsets on the longest path", \.longestPath),
            ])
    }
}
