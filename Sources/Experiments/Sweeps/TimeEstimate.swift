extension ResultsDatabase {
    /// About how long a run takes: its steps at the mean pace of the runs that were finished on this database and are of its
    /// kind, with its pretrained model and the same part of it learning; nil where there are none.
    public func estimatedSeconds(_ configuration: RunConfiguration) throws -> Double? {
        try secondsPerStep(like: configuration).map { $0 * Double(configuration.steps) }
    }

    /// About how long the plan's runs take, one after another, that nobody has begun; nil where nothing is known of one.
    func estimatedSecondsPending(_ plan: SweepPlan) throws -> Double? {
        try runs(plan).filter { $0.state == .pending }.reduce(0 as Double?) { sum, run in
            guard let sum, let own = try estimatedSeconds(run.configuration) else { return nil }
            return sum + own
        }
    }
}
