import GRDB

extension ResultsDatabase {
    /// About how long a run takes: its steps at the mean pace of the runs of its kind, and of its pretrained model, that
    /// were finished on this database; nil where there are none.
    public func estimatedSeconds(_ configuration: RunConfiguration) throws -> Double? {
        let secondsPerStep = try connections.read { database in
            try Double.fetchOne(
                database,
                sql: """
                    SELECT avg(wall_seconds / steps) FROM run
                    WHERE state = 'finished' AND imported = 0 AND wall_seconds > 0 AND model = ?
                        AND json_extract(configuration, '$.autoregressive.pretrained') IS ?
                    """,
                arguments: [configuration.model.rawValue, configuration.autoregressive?.pretrained])
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
