import GRDB
import Rankers
import RankingData
import RankingMetrics

/// A value of a run at one step.
struct CurvePoint: Sendable {
    let step: Int
    let name: String
    let value: Double
}

/// Wall and processor time, in seconds.
struct SpentTime: Sendable {
    let wall: Double
    let cpu: Double
}

/// What a run that has just finished leaves in its row.
struct FinishedWork {
    let evaluation: Evaluation
    /// The data that were evaluated on.
    let task: RankingTask
    /// What another machine says of the training; nil for a run that was trained here.
    let imported: ImportedTraining?
    let environment: RunEnvironment
    /// Time since the last save.
    let spent: SpentTime
    let peakMemoryBytes: Int
}

/// A training that was done on another machine, of which only this is known.
struct ImportedTraining {
    /// The losses, at the steps that are kept.
    let curves: [CurvePoint]
    /// Queries and points trained on.
    let queries: Int
    let points: Int
}

extension ResultsDatabase {
    /// Adds points to a run's curves, and time to what the run has taken.
    ///
    /// - Parameter trained: The last step so far, which tells what the run has been trained on; nil before the first.
    func save(
        _ points: [CurvePoint], spent: SpentTime, of run: String, trained: TrainingProgress? = nil
    ) throws {
        try transact { database in
            try Self.insert(database, points, run: run)
            try database.execute(
                sql: """
                    UPDATE run SET wall_seconds = wall_seconds + ?, cpu_seconds = cpu_seconds + ?,
                        training_queries = coalesce(?, training_queries),
                        training_points = coalesce(?, training_points) WHERE id = ?
                    """, arguments: [spent.wall, spent.cpu, trained?.queries, trained?.points, run])
        }
    }

    /// Drops the points of a run's curves after `step`.
    func cutCurves(of run: String, after step: Int) throws {
        try transact {
            try $0.execute(sql: "DELETE FROM curve WHERE run = ? AND step > ?", arguments: [run, step])
        }
    }

    /// The one transaction that makes a run finished; false when another owns it by now.
    func finish(_ run: RunRecord, _ work: FinishedWork, lease: RunLease) throws -> Bool {
        try transact { database in
            let environment = work.environment
            try database.execute(
                sql: """
                    UPDATE run SET state = 'finished', lease_owner = NULL, lease_expires = NULL, ended = ?,
                        evaluation_queries = ?, commit_hash = ?,
                        dirty = ?, host = ?, cpu = ?, threads = ?, blas = ?, precision = ?,
                        wall_seconds = wall_seconds + ?, cpu_seconds = cpu_seconds + ?, peak_memory_bytes = ?
                    WHERE id = ? AND lease_owner = ?
                    """,
                arguments: [
                    ResultsDatabase.timestamp(), work.evaluation.queries.count, environment.commit,
                    environment.dirty, environment.host,
                    environment.cpu, environment.threads, environment.blas, environment.precision,
                    work.spent.wall, work.spent.cpu, work.peakMemoryBytes, run.id, lease.owner,
                ])
            // The owner is asked for in the update itself: whoever took the run over keeps what it has written.
            guard database.changesCount == 1 else { return false }
            if let training = work.imported { try Self.mark(database, run.id, as: training) }
            try Self.insert(database, work.evaluation, run: run, task: work.task)
            try Self.insert(database, statisticsOf: work.task)
            return true
        }
    }

    /// Marks a run as trained elsewhere: its model is not here, what it cost is not known, and its curves are the other
    /// machine's.
    private static func mark(_ database: Database, _ run: String, as training: ImportedTraining) throws {
        try database.execute(
            sql: """
                UPDATE run SET imported = 1, training_queries = ?, training_points = ?, host = NULL, cpu = NULL,
                    threads = NULL, blas = NULL, precision = NULL, wall_seconds = 0, cpu_seconds = 0,
                    peak_memory_bytes = NULL WHERE id = ?
                """, arguments: [training.queries, training.points, run])
        try database.execute(sql: "DELETE FROM curve WHERE run = ?", arguments: [run])
        try insert(database, training.curves, run: run)
    }

    /// Puts a new evaluation of a finished run in the place of its own, with metrics and orders that it may lack.
    public func record(_ evaluation: Evaluation, of run: RunRecord, task: RankingTask) throws {
        try transact { try Self.insert($0, evaluation, run: run, task: task) }
    }

    static func deleteMeasurements(_ database: Database, run: String) throws {
        try database.execute(sql: "DELETE FROM metric WHERE run = ?", arguments: [run])
        try database.execute(sql: "DELETE FROM curve WHERE run = ?", arguments: [run])
        try database.execute(
            sql: "DELETE FROM query_value WHERE run = (SELECT number FROM run WHERE id = ?)", arguments: [run]
        )
        try deleteOrders(database, run: run)
    }
}

// MARK: Statements

extension ResultsDatabase {
    static func insert(_ database: Database, _ points: [CurvePoint], run: String) throws {
        // A run that goes on from its checkpoint may come through the same steps again.
        let statement = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO curve (run, step, name, value) VALUES (?, ?, ?, ?)")
        for point in points {
            try statement.execute(arguments: [run, point.step, point.name, point.value])
        }
    }

    static func insert(_ database: Database, _ metrics: [MeasuredMetric], run: String) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO metric (run, split, metric, k, value, low, high, n, score)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        for metric in metrics {
            try statement.execute(arguments: [
                run, metric.split, metric.metric, metric.k, metric.value, metric.low, metric.high, metric.n,
                // The primary key has the score, and SQLite holds NULLs of a key for different: the run's own
                // is empty.
                metric.score ?? "",
            ])
        }
    }

    /// A finished run's metrics, and its values and orders by query, in place of any that were there.
    private static func insert(
        _ database: Database, _ evaluation: Evaluation, run: RunRecord, task: RankingTask
    ) throws {
        let split = run.configuration.evaluation.split.rawValue
        try database.execute(
            sql: "DELETE FROM metric WHERE run = ? AND split = ?", arguments: [run.id, split])
        let all = [(nil, evaluation.summaries)] + evaluation.variants.map { ($0.score, $0.summaries) }
        let metrics = all.flatMap { score, summaries in
            summaries.map {
                MeasuredMetric(
                    split: split, metric: $0.metric.name, k: $0.metric.cutoff, value: $0.value, low: $0.low,
                    high: $0.high, n: $0.queries, score: score)
            }
        }
        try insert(database, metrics, run: run.id)
        try insert(database, valuesOf: evaluation, split: split, run: run.id, ids: task.collection.ids)
        try insert(database, ordersOf: evaluation, split: split, run: run.id, task: task)
    }

    private static func insert(
        _ database: Database, valuesOf evaluation: Evaluation, split: String, run: String, ids: [String]
    ) throws {
        let number = try Int.fetchOne(
            database, sql: "SELECT number FROM run WHERE id = ?", arguments: [run])
        // A query may have had a value that it has no more.
        try database.execute(
            sql: "DELETE FROM query_value WHERE run = ? AND split = ?", arguments: [number, split])
        let statement = try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO query_value (run, split, metric, k, score, query, value)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
        let all = [("", evaluation.values)] + evaluation.variants.map { ($0.score, $0.values) }
        for (score, columns) in all {
            for (metric, column) in zip(evaluation.metrics, columns) where evaluation.isKeptByQuery(metric) {
                for (query, value) in zip(evaluation.queries, column) {
                    guard let value else { continue }
                    try statement.execute(arguments: [
                        number, split, metric.name, metric.cutoff, score, ids[Int(query.query)], value,
                    ])
                }
            }
        }
    }

    /// How many queries of each split have how many relevant documents (Figure 3).
    private static func insert(_ database: Database, statisticsOf task: RankingTask) throws {
        // With `data.protocol: all` these are trained on too, and a query counts once.
        let held = Set((task.development + task.evaluation).map(\.query))
        let splits = [
            ("training", task.training.filter { !held.contains($0.query) }),
            ("development", task.development), ("evaluation", task.evaluation),
        ]
        for (split, queries) in splits {
            let counts = queries.reduce(into: [Int: Int]()) { $0[$1.documents.count, default: 0] += 1 }
            for (documents, count) in counts {
                try insert(database, task.fingerprint, split, documents: documents, queries: count)
            }
        }
    }

    static func insert(
        _ database: Database, _ fingerprint: String, _ split: String, documents: Int, queries: Int
    ) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO task_statistic (data_fingerprint, split, statistic, bin, count)
                VALUES (?, ?, 'documents_per_query', ?, ?)
                """, arguments: [fingerprint, split, documents, queries])
    }
}
