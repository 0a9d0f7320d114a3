import GRDB

/// What the runs of a sweep took, each counted once however often it stands there.
public struct SweepCosts: Sendable, Equatable {
    /// Runs that have finished here or were imported, bases too.
    public let finished: Int
    public let failed: Int
    /// Processor time and wall time of finished and failed runs, in seconds, all attempts together.
    public let cpuSeconds: Double
    public let wallSeconds: Double
    /// The most memory that a run's process held; nil where no run tells.
    public let peakMemoryBytes: Int?
    /// The different processors, commits of the program and precisions of matrix products, in alphabetical order.
    public let processors: [String]
    public let commits: [String]
    public let precisions: [String]
    /// Runs whose files differed from their commit.
    public let dirtyRuns: Int
    /// When the first of the runs was begun and when the last ended (UTC); nil where no run tells.
    public let started: String?
    public let ended: String?
}

extension ResultsSnapshot {
    /// What the runs of `sweep` at `scale` took.
    public func costs(_ sweep: String, scale: String) throws -> SweepCosts {
        let runs = """
            (SELECT * FROM run WHERE state IN ('finished', 'failed')
                AND id IN (SELECT run FROM sweep_run WHERE sweep = ? AND scale = ?))
            """
        func distinct(_ column: String) throws -> [String] {
            try String.fetchAll(
                database,
                sql: "SELECT DISTINCT \(column) FROM \(runs) WHERE \(column) <> '' ORDER BY \(column)",
                arguments: [sweep, scale])
        }
        // An aggregate without GROUP BY gives one row, whatever there is.
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT count(*) FILTER (WHERE state = 'finished') AS finished,
                    count(*) FILTER (WHERE state = 'failed') AS failed,
                    total(cpu_seconds) AS cpu, total(wall_seconds) AS wall, max(peak_memory_bytes) AS memory,
                    count(*) FILTER (WHERE dirty) AS dirty, min(started) AS started, max(ended) AS ended
                FROM \(runs)
                """, arguments: [sweep, scale])
        let row = rows[0]
        return SweepCosts(
            finished: row["finished"], failed: row["failed"], cpuSeconds: row["cpu"],
            wallSeconds: row["wall"],
            peakMemoryBytes: row["memory"], processors: try distinct("cpu"),
            commits: try distinct("commit_hash"), precisions: try distinct("precision"),
            dirtyRuns: row["dirty"], started: row["started"], ended: row["ended"])
    }
}
