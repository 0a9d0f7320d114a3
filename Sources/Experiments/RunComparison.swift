import GRDB
import RankingMetrics

/// Two finished runs side by side.
public struct RunComparison: Sendable {
    public struct Difference: Sendable {
        public let metric: String
        public let first: Double
        public let second: Double
        /// 95 % interval of first - second, queries paired; nil where a run keeps no values by query.
        public let interval: (low: Double, high: Double)?
    }

    public let rows: [Difference]

    public init(_ database: ResultsDatabase, _ first: RunRecord, _ second: RunRecord) throws {
        for run in [first, second] where run.state != .finished {
            throw ResultsError.notFinished(run: run.id, state: run.state.rawValue)
        }
        rows = try database.pool.read { database in
            let means = try Row.fetchAll(
                database,
                sql: """
                    SELECT a.split, a.metric, a.k, a.value AS first, b.value AS second FROM metric AS a
                    JOIN metric AS b ON a.split = b.split AND a.metric = b.metric AND a.k = b.k
                    WHERE a.run = ? AND b.run = ? ORDER BY a.metric, a.k
                    """, arguments: [first.id, second.id])
            return try means.map { row in
                let (metric, k): (String, Int) = (row["metric"], row["k"])
                let differences = try Double.fetchAll(
                    database,
                    sql: """
                        SELECT a.value - b.value FROM query_metric AS a JOIN query_metric AS b
                        ON a.split = b.split AND a.metric = b.metric AND a.k = b.k AND a.query = b.query
                        WHERE a.run = ? AND b.run = ? AND a.split = ? AND a.metric = ? AND a.k = ?
                        """, arguments: [first.id, second.id, row["split"] as String, metric, k])
                return Difference(
                    metric: k > 0 ? "\(metric)@\(k)" : metric, first: row["first"], second: row["second"],
                    interval: differences.isEmpty ? nil : bootstrapInterval(differences))
            }
        }
    }
}
