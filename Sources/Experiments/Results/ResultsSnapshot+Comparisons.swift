import GRDB

/// A metric that two runs both measured.
struct SharedMetric {
    let split: String
    let metric: String
    let k: Int
    let first: Double
    let second: Double
    /// How many queries have it in the first run and in the second.
    let queries: (first: Int, second: Int)
}

extension ResultsSnapshot {
    /// The metrics that both runs measured with their own scores, by name and cutoff.
    func sharedMetrics(_ first: String, _ second: String) throws -> [SharedMetric] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT a.split, a.metric, a.k, a.value AS first, b.value AS second, a.n, b.n AS m FROM metric AS a
                JOIN metric AS b ON a.split = b.split AND a.metric = b.metric AND a.k = b.k AND b.score = a.score
                WHERE a.run = ? AND b.run = ? AND a.score = '' ORDER BY a.metric, a.k
                """, arguments: [first, second]
        ).map {
            SharedMetric(
                split: $0["split"], metric: $0["metric"], k: $0["k"], first: $0["first"],
                second: $0["second"],
                queries: ($0["n"], $0["m"]))
        }
    }

    /// First minus second for each query that both runs keep a value of, by the query's name.
    func differences(_ metric: SharedMetric, _ first: String, _ second: String) throws -> [Double] {
        // In the order of names: intervals and p values draw by place, and the same runs must give the same ones.
        try Double.fetchAll(
            database,
            sql: """
                SELECT a.value - b.value FROM query_metric AS a JOIN query_metric AS b
                ON a.split = b.split AND a.metric = b.metric AND a.k = b.k AND a.query = b.query
                WHERE a.run = ? AND b.run = ? AND a.split = ? AND a.metric = ? AND a.k = ?
                ORDER BY a.query
                """, arguments: [first, second, metric.split, metric.metric, metric.k])
    }

    /// Queries whose nDCG differs between the runs, the most different first.
    func moves(_ first: String, _ second: String) throws -> [RunComparison.Move] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT a.query, a.value AS first, b.value AS second FROM query_metric AS a
                JOIN query_metric AS b ON a.split = b.split AND a.metric = b.metric AND a.k = b.k
                    AND a.query = b.query
                WHERE a.run = ? AND b.run = ? AND a.metric = 'nDCG' AND a.value <> b.value
                ORDER BY abs(a.value - b.value) DESC, a.query
                """, arguments: [first, second]
        ).map { RunComparison.Move(query: $0["query"], first: $0["first"], second: $0["second"]) }
    }
}
