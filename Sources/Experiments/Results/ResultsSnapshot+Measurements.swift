import GRDB

/// The mean of a metric over a split's queries, with its interval.
public struct MeasuredMetric: Codable, Sendable, Equatable {
    /// The split that was evaluated: `evaluation` or `development`.
    public var split: String
    /// The metric's name without its cutoff: `R`, `nDCG`.
    public var metric: String
    /// The cutoff, or 0 for a metric without one.
    public var k: Int
    /// The mean, a fraction.
    public var value: Double
    /// 95 % bootstrap interval over the queries.
    public var low: Double?
    /// The upper end of that interval.
    public var high: Double?
    /// Queries that the mean is over.
    public var n: Int
    /// Which of an autoregressive ranker's scores was measured: nil for the one that the run's configuration
    /// names, else a variant such as `sum`.
    public var score: String?

    /// The name with its cutoff: `R@3`.
    public var name: String { k == 0 ? metric : "\(metric)@\(k)" }
}

/// One value of a run over its steps.
public struct MeasuredCurve: Codable, Sendable, Equatable {
    /// What the value is: `loss`.
    public var name: String
    /// The steps at which the value was kept, ascending.
    public var steps: [Int]
    /// The value after each of `steps`.
    public var values: [Double]
}

extension ResultsSnapshot {
    /// All that a run measured, by split, metric and cutoff; the run's own score before variants.
    public func metrics(of run: String) throws -> [MeasuredMetric] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM metric WHERE run = ? ORDER BY score, split, metric, k",
            arguments: [run]
        ).map(MeasuredMetric.init)
    }

    /// A run's curves by name, each in the order of steps.
    public func curves(of run: String) throws -> [MeasuredCurve] {
        let names = try String.fetchAll(
            database, sql: "SELECT DISTINCT name FROM curve WHERE run = ? ORDER BY name", arguments: [run])
        return try names.map { name in
            let rows = try Row.fetchAll(
                database, sql: "SELECT run, step, value FROM curve WHERE run = ? AND name = ? ORDER BY step",
                arguments: [run, name])
            return MeasuredCurve(
                name: name, steps: try rows.map { try $0.checked("step") },
                values: try rows.map { try $0.checked("value") })
        }
    }

    /// A metric of each query of a split, by the query's name; empty where the run keeps none.
    ///
    /// - Parameters:
    ///   - metric: The name without its cutoff, which is `k`, 0 for none.
    ///   - score: Which score was measured; empty for the run's own.
    public func queryValues(
        of run: String, split: String, metric: String, k: Int, score: String = ""
    ) throws -> [String: Double] {
        var values: [String: Double] = [:]
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT query, query_value.value FROM query_value JOIN run ON run.number = query_value.run
                WHERE run.id = ? AND split = ? AND metric = ? AND k = ? AND score = ?
                """, arguments: [run, split, metric, k, score])
        while let row = try rows.next() { values[row["query"]] = row["value"] }
        return values
    }
}

extension MeasuredMetric {
    init(_ row: Row) {
        let score: String = row["score"]
        self.init(
            split: row["split"], metric: row["metric"], k: row["k"], value: row["value"], low: row["low"],
            high: row["high"], n: row["n"], score: score.isEmpty ? nil : score)
    }
}
