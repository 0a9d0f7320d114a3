import RankingMetrics

/// Two finished runs side by side, query by query.
public struct RunComparison: Sendable {
    public struct Difference: Sendable {
        /// The metric with its cutoff: `R@3`.
        public let metric: String
        /// The mean of the first run, a fraction.
        public let first: Double
        /// The mean of the second run, a fraction.
        public let second: Double
        /// What pairing the queries gives; nil where a run keeps no values by query.
        public let paired: Paired?
    }

    public struct Paired: Sendable {
        /// 95 % bootstrap interval of first - second.
        public let low: Double
        /// The upper end of that interval.
        public let high: Double
        /// Two-sided p of the randomisation test, and Holm's correction over the metrics compared.
        public let p: Double
        /// `p` after Holm's correction over the metrics that are compared.
        public fileprivate(set) var adjustedP: Double
        /// Two-sided p of the paired t test; nil for fewer than two queries.
        public let tTestP: Double?
    }

    /// A query and how much better the first run does on it than the second.
    public struct Move: Sendable {
        /// A query whose nDCG differs, by its name.
        public let query: String
        /// The first run's nDCG.
        public let first: Double
        /// The second run's nDCG.
        public let second: Double
        /// How much better the first run is; negative where it is worse.
        public var difference: Double { first - second }
    }

    /// An option in which two runs differ.
    public struct OptionDifference: Sendable, Equatable {
        /// The option's dotted name: `loss.alpha`.
        public let name: String
        /// Its value in the first run; nil where it does not count there.
        public let first: String?
        /// Its value in the second run; nil where it does not count there.
        public let second: String?
    }

    /// Every metric that both runs measured with their own scores, by name and cutoff.
    public let rows: [Difference]
    /// Queries whose nDCG differs, the most different first.
    public let moves: [Move]
    /// The options in which the runs differ: those that count in the first, then those that count in the second alone.
    public let options: [OptionDifference]

    /// Compares two runs query by query.
    ///
    /// - Throws: `ResultsError.notFinished` where one of them has not finished; what the database throws.
    public init(_ database: ResultsDatabase, _ first: RunRecord, _ second: RunRecord) throws {
        for run in [first, second] where run.state != .finished {
            throw ResultsError.notFinished(run: run.id, state: run.state.rawValue)
        }
        options = Self.differences(first.configuration, second.configuration)
        // Other data give a query of the same name other documents.
        let sameData = first.configuration.dataFingerprint == second.configuration.dataFingerprint
        (rows, moves) = try database.snapshot { snapshot in
            (
                Self.adjusted(try Self.differences(snapshot, first, second, paired: sameData)),
                sameData ? try snapshot.moves(first.id, second.id) : []
            )
        }
    }

    private static func differences(
        _ first: RunConfiguration, _ second: RunConfiguration
    ) -> [OptionDifference] {
        let values = [first, second].map { run in
            Dictionary(run.options().map { ($0.name, $0.value) }) { value, _ in value }
        }
        let names = first.options().map(\.name) + second.options().map(\.name).filter { values[0][$0] == nil }
        return names.map { OptionDifference(name: $0, first: values[0][$0], second: values[1][$0]) }
            .filter { $0.first != $0.second }
    }

    private static func differences(
        _ snapshot: ResultsSnapshot, _ first: RunRecord, _ second: RunRecord, paired isPaired: Bool
    ) throws -> [Difference] {
        try snapshot.sharedMetrics(first.id, second.id).map { shared in
            let differences = isPaired ? try snapshot.differences(shared, first.id, second.id) : []
            // Over some of the queries alone the interval would be of another difference than the one beside it.
            let isWhole = shared.queries == (differences.count, differences.count)
            return Difference(
                metric: shared.k > 0 ? "\(shared.metric)@\(shared.k)" : shared.metric, first: shared.first,
                second: shared.second, paired: isWhole ? paired(differences) : nil)
        }
    }

    private static func paired(_ differences: [Double]) -> Paired? {
        guard !differences.isEmpty else { return nil }
        let interval = bootstrapInterval(differences)
        let p = Significance.randomizationTest(differences)
        return Paired(
            low: interval.low, high: interval.high, p: p, adjustedP: p,
            tTestP: Significance.pairedTTest(differences)?.p)
    }

    private static func adjusted(_ rows: [Difference]) -> [Difference] {
        // Metrics without values by query have no p, and take no part in the correction.
        var adjusted = Significance.holm(rows.compactMap { $0.paired?.p })[...]
        return rows.map { row in
            guard var paired = row.paired, let p = adjusted.popFirst() else { return row }
            paired.adjustedP = p
            return Difference(metric: row.metric, first: row.first, second: row.second, paired: paired)
        }
    }
}
