import GRDB

extension ResultsDatabase {
    /// About how long a run takes: its steps at the mean pace of the runs that were finished on this database and are of its
    /// kind, with its pretrained model and the same part of it learning; nil where there are none.
    public func estimatedSeconds(_ configuration: RunConfiguration) throws -> Double? {
        let secondsPerStep = try connections.read { database in
            try Double.fetchOne(
                database,
                sql: """
                    SELECT avg(wall_seconds / steps) FROM run
                    WHERE state = 'finished' AND imported = 0 AND wall_seconds > 0 AND model = :model
                        AND json_extract(configuration, '$.autoregressive.pretrained') IS :pretrained
                        AND json_extract(configuration, '$.autoregressive.tuning')
                            IS json_extract(:configuration, '$.autoregressive.tuning')
                    """,
                arguments: [
                    "model": configuration.model.rawValue,
                    "pretrained": configuration.autoregressive?.pretrained,
                    "configuration": configuration.canonicalJSON,
                ])
        }
        return secondsPerStep.map { $0 * Double(configuration.steps) }
    }

    /// About how long the plan's runs take, one after another, that nobody has begun; nil where nothing is known of one.
    func estimatedSecondsPending(_ plan: SweepPlan) throws -> Double? {
        try runs(plan).filter { $0.state == .pending }.reduce(0 as Double?) { sum, run in
            guard let sum, let own = try estimatedSeconds(run.configuration) else { return nil }
            return sum + own
        }
    }
}
