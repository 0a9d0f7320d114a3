import GRDB

/// How many queries of some data have how many relevant documents.
public struct DocumentCounts: Sendable, Equatable {
    /// Queries by their number of documents.
    public var queries: [Int: Int]

    /// Counts that are known already: how many queries have each number of documents.
    public init(queries: [Int: Int]) { self.queries = queries }

    /// All queries.
    public var total: Int { queries.values.reduce(0, +) }

    /// Documents of a query on average; 0 without queries.
    public var mean: Double {
        // In floating point, where nothing overflows; sums below 2^53 are exact.
        total == 0 ? 0 : queries.reduce(0) { $0 + Double($1.key) * Double($1.value) } / Double(total)
    }

    /// The standard deviation of the number of a query's documents; 0 without queries.
    public var deviation: Double {
        guard total > 0 else { return 0 }
        let (mean, total) = (mean, Double(total))
        let squares = queries.reduce(0) {
            $0 + (Double($1.key) - mean) * (Double($1.key) - mean) * Double($1.value)
        }
        return (squares / total).squareRoot()
    }

    /// The fewest and the most documents of a query; nil without queries.
    public var range: ClosedRange<Int>? {
        guard let low = queries.keys.min(), let high = queries.keys.max() else { return nil }
        return low...high
    }
}

extension ResultsSnapshot {
    /// The documents a query of the data that a run saw, as finished runs left them.
    ///
    /// - Parameters:
    ///   - fingerprint: The data's, as the run's configuration has it.
    ///   - split: `training`, `development` or `evaluation`; nil: all three.
    /// - Returns: No queries where no run on that data has finished.
    public func documentCounts(data fingerprint: String, split: String? = nil) throws -> DocumentCounts {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT bin, sum(count) AS count FROM task_statistic
                WHERE data_fingerprint = ? AND statistic = 'documents_per_query' AND (? IS NULL OR split = ?)
                GROUP BY bin
                """, arguments: [fingerprint, split, split])
        return DocumentCounts(
            queries: Dictionary(uniqueKeysWithValues: rows.map { ($0["bin"] as Int, $0["count"] as Int) }))
    }
}
