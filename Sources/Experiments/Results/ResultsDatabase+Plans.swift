import GRDB

extension ResultsDatabase {
    /// The plan's runs, in its order.
    func runs(_ plan: SweepPlan) throws -> [RunRecord] {
        try read { database in
            try Row.fetchAll(
                database,
                sql:
                    "SELECT run.* FROM json_each(?) AS plan JOIN run ON run.id = plan.value ORDER BY plan.key",
                arguments: [plan.json]
            ).map { try RunRecord($0) }
        }
    }

    /// Seconds a step took on average in the runs that were finished on this database and are of the configuration's
    /// kind, with its pretrained model and the same part of it learning; nil where there are none.
    func secondsPerStep(like configuration: RunConfiguration) throws -> Double? {
        try read { database in
            // `IS` takes two missing options for equal, where `=` would not. Times of imported runs are another
            // machine's.
            try Double.fetchOne(
                database,
                sql: """
                    SELECT avg(wall_seconds / steps) FROM run
                    WHERE state = 'finished' AND imported = 0 AND wall_seconds > 0 AND model = :model
                        AND json_extract(configuration, '$.autoregressive.pretrained')
                            IS json_extract(:configuration, '$.autoregressive.pretrained')
                        AND json_extract(configuration, '$.autoregressive.tuning')
                            IS json_extract(:configuration, '$.autoregressive.tuning')
                    """,
                arguments: [
                    "model": configuration.model.rawValue, "configuration": configuration.canonicalJSON,
                ])
        }
    }

    /// The runs whose checkpoints somebody needs, the bases that these start from, and the runs that stand in a sweep.
    ///
    /// A run that failed for want of space, say, goes on from its checkpoint; one whose loss was no number would fail again.
    func keptRuns() throws -> (open: Set<String>, bases: Set<String>, inSweeps: Set<String>) {
        let isOpen = "(state IN ('pending', 'running') OR state = 'failed' AND failed_step IS NULL)"
        return try read { database in
            (
                try Set(String.fetchAll(database, sql: "SELECT id FROM run WHERE \(isOpen)")),
                try Set(
                    String.fetchAll(
                        database,
                        sql:
                            "SELECT DISTINCT base_run FROM run WHERE \(isOpen) AND base_run IS NOT NULL")),
                try Set(String.fetchAll(database, sql: "SELECT DISTINCT run FROM sweep_run"))
            )
        }
    }
}
