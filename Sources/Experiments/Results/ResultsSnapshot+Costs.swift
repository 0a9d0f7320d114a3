import GRDB

/// What the runs of a sweep took, each counted once however often it stands there.
public struct SweepCosts: Sendable, Equatable {
    /// Runs that have finished here or were imported, bases too.
    public let finished: Int
    /// Runs that failed, bases too.
    public let failed: Int
    /// Processor time and wall time of finished and failed runs, in seconds, all attempts together.
    public let cpuSeconds: Double
    /// Wall time of the same runs, in seconds.
    public let wallSeconds: Double
    /// The most memory that a run's process held; nil where no run tells.
    public let peakMemoryBytes: Int?
    /// The different processors, in alphabetical order.
    public let processors: [String]
    /// The different commits of the program, likewise.
    public let commits: [String]
    /// Runs that tell the commit of the program.
    public let runsWithCommit: Int
    /// Those of them whose files differed from their commit.
    public let dirtyRuns: Int
    /// When the first of the runs was begun and when the last ended (UTC); nil where no run tells.
    public let started: String?
    /// When the last of the runs ended (UTC); nil where no run tells.
    public let ended: String?
}

extension ResultsSnapshot {
    /// What the runs of `sweep` at `scale` took.
    ///
    /// - Throws: `ResultsError.wrongType` for a value that no such column holds.
    public func costs(_ sweep: String, scale: String) throws -> SweepCosts {
        let runs = try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM run WHERE state IN ('finished', 'failed')
                    AND id IN (SELECT run FROM sweep_run WHERE sweep = ? AND scale = ?)
                """, arguments: [sweep, scale])
        // Added and compared here and not in SQL, where a text counts as 0.
        func column<Value: DatabaseValueConvertible>(_ name: String) throws -> [Value] {
            try runs.compactMap { try $0.checked(name) as Value? }
        }
        func distinct(_ name: String) throws -> [String] {
            try Set(column(name) as [String]).filter { !$0.isEmpty }.sorted()
        }
        let states: [String] = try column("state")
        return SweepCosts(
            finished: states.count { $0 == "finished" }, failed: states.count { $0 == "failed" },
            cpuSeconds: try runs.map(Self.ownCPUSeconds).reduce(0, +),
            wallSeconds: try column("wall_seconds").reduce(0, +),
            peakMemoryBytes: try column("peak_memory_bytes").max(), processors: try distinct("cpu"),
            commits: try distinct("commit_hash"),
            runsWithCommit: try (column("commit_hash") as [String]).count { !$0.isEmpty },
            dirtyRuns: try (column("dirty") as [Bool]).count { $0 },
            started: try column("started").min(), ended: try column("ended").max())
    }

    /// A run's processor time, as far as it can be its own: of some that of all runs of their process
    /// was recorded.
    static func ownCPUSeconds(_ run: Row) throws -> Double {
        try ownCPUSeconds(
            run.checked("cpu_seconds"), wall: run.checked("wall_seconds"), run.checked("threads"))
    }

    /// The same, of the three columns' values.
    static func ownCPUSeconds(_ cpu: Double, wall: Double, _ threads: Int?) -> Double {
        let threads = threads ?? 0
        return threads > 0 && wall > 0 ? min(cpu, wall * Double(threads)) : cpu
    }
}
