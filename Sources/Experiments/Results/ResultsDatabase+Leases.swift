import Foundation
import GRDB

extension ResultsDatabase {
    /// Claims the plan's next run that can be worked on, or nil.
    ///
    /// A run can be claimed when it is pending, or running under a void lease, and its base is finished.
    func claim(_ plan: SweepPlan, lease: RunLease) throws -> RunRecord? {
        try claimOrWait(plan, lease: lease).run
    }

    /// As `claim`, and whether a run of the plan is under way: where none is and none could be claimed, none ever will be.
    ///
    /// Both are asked in one transaction. Between two, another process may end the base that all the rest waits for.
    func claimOrWait(
        _ plan: SweepPlan, lease: RunLease
    ) throws -> (run: RunRecord?, isUnderWay: Bool) {
        try transact { database in
            let claimed = try ResultsDatabase.claim(database, plan, lease)
            let now = Date().timeIntervalSince1970
            // One that a dead process left running, and that could not be claimed, starts from a base that is not there.
            let isUnderWay = try Row.fetchAll(
                database,
                sql: """
                    SELECT run.lease_owner, run.lease_expires FROM json_each(?) AS plan JOIN run ON run.id = plan.value
                    WHERE run.state = 'running'
                    """, arguments: [plan.json]
            ).contains { try !ResultsDatabase.isVoid($0, now: now) }
            return (claimed, isUnderWay)
        }
    }

    /// Runs that somebody works on, on data of the name `source`.
    func runsUnderWay(on source: String) throws -> [RunRecord] {
        let now = Date().timeIntervalSince1970
        return try read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM run WHERE state = 'running'")
                .filter { try !ResultsDatabase.isVoid($0, now: now) }.map(RunRecord.init)
        }.filter { $0.configuration.data.source == source }
    }

    /// Whether a running run's lease binds nobody any more.
    private static func isVoid(_ row: Row, now: Double) throws -> Bool {
        RunLease.isVoid(
            try row.checked("lease_owner") ?? "", expires: try row.checked("lease_expires") ?? 0, now: now)
    }

    private static func claim(
        _ database: Database, _ plan: SweepPlan, _ lease: RunLease
    ) throws -> RunRecord? {
        // Choosing and claiming are one transaction that holds the write lock, so that no two processes get the
        // same run.
        let now = Date().timeIntervalSince1970
        // As JSON a plan of any length is one argument, and `key` is a run's place in it.
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT run.* FROM json_each(?) AS plan JOIN run ON run.id = plan.value
                WHERE run.state IN ('pending', 'running')
                    AND (run.base_run IS NULL
                        OR EXISTS (SELECT 1 FROM run AS base WHERE base.id = run.base_run AND base.state = 'finished'))
                ORDER BY plan.key
                """, arguments: [plan.json])
        // Whether a lease is void is not asked in SQL: it may depend on whether a process of this machine
        // lives.
        let free = try rows.first { row in
            guard try row.checked("state") == "running" else { return true }
            return try isVoid(row, now: now)
        }
        guard let free else { return nil }
        let id: String = try free.checked("id")
        try database.execute(
            sql: """
                UPDATE run SET state = 'running', lease_owner = ?, lease_expires = ?, attempt = attempt + 1,
                    started = coalesce(started, ?), error = NULL, failed_step = NULL WHERE id = ?
                """, arguments: [lease.owner, now + RunLease.duration, ResultsDatabase.timestamp(), id])
        return try Row.fetchOne(database, sql: "SELECT * FROM run WHERE id = ?", arguments: [id]).map(
            RunRecord.init)
    }

    /// Extends the lease; false when another has taken the run over, whose work then counts.
    func renew(_ run: String, lease: RunLease) throws -> Bool {
        try renew(run, lease: lease, unlessWithin: 0)
    }

    /// Extends the lease where it was not extended within so many seconds; false where it was, or another has the run.
    func renew(_ run: String, lease: RunLease, unlessWithin seconds: Double) throws -> Bool {
        try transact { database in
            let end = Date().timeIntervalSince1970 + RunLease.duration
            // An end later than now would give was written by a clock that was ahead.
            try database.execute(
                sql: """
                    UPDATE run SET lease_expires = ?1
                    WHERE id = ?2 AND lease_owner = ?3 AND NOT (lease_expires > ?1 - ?4 AND lease_expires < ?1)
                    """, arguments: [end, run, lease.owner, seconds])
            return database.changesCount == 1
        }
    }

    /// Gives the run back for whoever comes next; its checkpoint stays.
    func release(_ run: String, lease: RunLease) throws {
        try transact { database in
            try database.execute(
                sql: """
                    UPDATE run SET state = 'pending', lease_owner = NULL, lease_expires = NULL
                    WHERE id = ? AND lease_owner = ?
                    """, arguments: [run, lease.owner])
        }
    }

    /// Records that a run failed.
    ///
    /// - Parameter step: The step at which it diverged, where that is why.
    func fail(_ run: String, lease: RunLease, error: String, step: Int? = nil) throws {
        try transact { database in
            try database.execute(
                sql: """
                    UPDATE run SET state = 'failed', lease_owner = NULL, lease_expires = NULL, error = ?,
                        failed_step = ?, ended = ? WHERE id = ? AND lease_owner = ?
                    """, arguments: [error, step, ResultsDatabase.timestamp(), run, lease.owner])
        }
    }

    /// Makes runs of a plan pending again: failed ones, or with `force` finished ones too.
    ///
    /// A failed run keeps its curves and times, and goes on from its checkpoint. A finished one starts anew: a checkpoint
    /// that a crash left behind goes with its curves.
    public func reopen(_ plan: SweepPlan, force: Bool, in folder: ResultsFolder) throws {
        // A list is no argument of a statement; both lists are constants, so that nothing of a user's gets into the
        // SQL.
        let states = force ? "('failed', 'finished')" : "('failed')"
        try transact { database in
            let runs = try Row.fetchAll(
                database,
                sql: """
                    SELECT run.id, run.state FROM json_each(?) AS plan JOIN run ON run.id = plan.value
                    WHERE run.state IN \(states)
                    """, arguments: [plan.json])
            for run in runs {
                let id: String = try run.checked("id")
                if try run.checked("state") == "finished" {
                    try ResultsDatabase.reopen(database, run: id, in: folder)
                } else {
                    try database.execute(
                        sql: "UPDATE run SET state = 'pending' WHERE id = ?", arguments: [id])
                }
            }
        }
    }

    /// Makes finished bases pending again whose model is nowhere, imported or thinned by gc, while runs of the
    /// plan are still to start from it.
    public func reopenBases(_ plan: SweepPlan, in folder: ResultsFolder) throws {
        try transact { database in
            let bases = try String.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT base.id FROM json_each(?) AS plan JOIN run ON run.id = plan.value
                        JOIN run AS base ON base.id = run.base_run
                    WHERE run.state IN ('pending', 'running') AND base.state = 'finished'
                    """, arguments: [plan.json])
            for id in bases where !FileManager.default.fileExists(atPath: folder.model(id).path) {
                try ResultsDatabase.reopen(database, run: id, in: folder)
            }
        }
    }

    private static func reopen(_ database: Database, run: String, in folder: ResultsFolder) throws {
        try? FileManager.default.removeItem(at: folder.checkpoint(run))
        try deleteMeasurements(database, run: run)
        try database.execute(
            sql:
                """
                UPDATE run SET state = 'pending', imported = 0, training_queries = NULL, training_points = NULL,
                    wall_seconds = 0, cpu_seconds = 0 WHERE id = ?
                """, arguments: [run])
    }
}
