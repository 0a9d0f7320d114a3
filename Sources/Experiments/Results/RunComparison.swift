import GRDB
import RankingMetrics

/// Two finished runs side by side, query by query.
public struct RunComparison: Sendable {
    public struct Difference: Sendable {
        public let metric: String
        public let first: Double
        public let second: Double
        /// What pairing the queries gives; nil where a run keeps no values by query.
        public let paired: Paired?
    }

    public struct Paired: Sendable {
        /// 95 % bootstrap interval of first - second.
        public let low: Double
        public let high: Double
        /// Two-sided p of the randomisation test, and Holm's correction over the metrics compared.
        public let p: Double
        public fileprivate(set) var adjustedP: Double
        /// Two-sided p of the paired t test; nil for fewer than two queries.
        public let tTestP: Double?
    }

    /// A query and how much better the first run does on it than the second.
    public struct Move: Sendable {
        public let query: String
        public let first: Double
        public let second: Double
        public var difference: Double { first - second }
    }

    public let rows: [Difference]
    /// Queries whose nDCG differs, the most different first.
    public let moves: [Move]

    public init(_ database: ResultsDatabase, _ first: RunRecord, _ second: RunRecord) throws {
        for run in [first, second] where run.state != .finished {
            throw ResultsError.notFinished(run: run.id, state: run.state.rawValue)
        }
        (rows, moves) = try database.connections.read { database in
            (
                Self.adjusted(try Self.differences(database, first.id, second.id)),
                try Self.moves(database, first.id, second.id)
            )
        }
    }

    private static func differences(_ database: Database, _ first: String, _ second: String) throws
        -> [Difference]
    {
        let means = try Row.fetchAll(
            database,
            sql: """
                SELECT a.split, a.metric, a.k, a.value AS first, b.value AS second FROM metric AS a
                JOIN metric AS b ON a.split = b.split AND a.metric = b.metric AND a.k = b.k
                WHERE a.run = ? AND b.run = ? ORDER BY a.metric, a.k
                """, arguments: [first, second])
        return try means.map { row in
            let (metric, k): (String, Int) = (row["metric"], row["k"])
            let differences = try Double.fetchAll(
                database,
                sql: """
                    SELECT a.value - b.value FROM query_metric AS a JOIN query_metric AS b
                    ON a.split = b.split AND a.metric = b.metric AND a.k = b.k AND a.query = b.query
                    WHERE a.run = ? AND b.run = ? AND a.split = ? AND a.metric = ? AND a.k = ?
                    ORDER BY a.query
                    """, arguments: [first, second, row["split"] as String, metric, k])
            return Difference(
                metric: k > 0 ? "\(metric)@\(k)" : metric, first: row["first"], second: row["second"],
                paired: paired(differences))
        }
    }

    private static func paired(_ differences: [Double]) -> Paired? {
        guard !differences.isEmpty else { return nil }
        let interval = bootstrapInterval(differences)
        let p = Significance.randomizationTest(differences)
        return Paired(
            low: interval.low, high: interval.high, p: p, adjustedP: p,
            tTestP: Significance.pairedTTest(differences)?.p)
    }

    private static func adjusted(_ rows: [Difference]) -> [Difference] {
        var adjusted = Significance.holm(rows.compactMap { $0.paired?.p })[...]
        return rows.map { row in
            guard var paired = row.paired, let p = adjusted.popFirst() else { return row }
            paired.adjustedP = p
            return Difference(metric: row.metric, first: row.first, second: row.second, paired: paired)
        }
    }

    private static func moves(_ database: Database, _ first: String, _ second: String) throws -> [Move] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT a.query, a.value AS first, b.value AS second FROM query_metric AS a
                JOIN query_metric AS b ON a.split = b.split AND a.metric = b.metric AND a.k = b.k
                    AND a.query = b.query
                WHERE a.run = ? AND b.run = ? AND a.metric = 'nDCG' AND a.value <> b.value
                ORDER BY abs(a.value - b.value) DESC, a.query
                """, arguments: [first, second]
        ).map { Move(query: $0["query"], first: $0["first"], second: $0["second"]) }
    }
}
