import RankingMetrics

extension Evaluation {
    /// Queries whose margins are next to each other, and what is measured on them.
    public struct MarginGroup: Sendable, Equatable {
        /// The smallest margin of the group: a difference of scores, at least 0.
        public let low: Float
        /// The largest margin of the group.
        public let high: Float
        /// How many queries the group has.
        public let queries: Int
        /// Each metric's mean over those queries of the group that have it; none for a metric that no query of it has.
        public let means: [Metric: Double]
    }

    /// The metrics by how sure the ranker is: groups of equally many queries by their margin, the least sure first.
    ///
    /// A query's margin is the difference between its best score and its second best. A query of one candidate has none, and is left out.
    /// Queries of the same margin are in the order of the split.
    ///
    /// - Parameter count: How many groups are wanted, at least 1; there are no more than queries.
    public func byMargin(groups count: Int) -> [MarginGroup] {
        precondition(count >= 1, "\(count) groups")
        let order = scores.enumerated().compactMap { query, scores -> (margin: Float, query: Int)? in
            let best = scores.sorted(by: >)
            guard best.count > 1 else { return nil }
            // Two that cannot be written are equal, and the difference of their infinities would be no number.
            return (best[0] == best[1] ? 0 : best[0] - best[1], query)
        }.sorted(by: <)
        // No more groups than queries, so that none is empty.
        let groups = min(count, order.count)
        return (0..<groups).map { group in
            let (first, end) = (order.count * group / groups, order.count * (group + 1) / groups)
            let members = order[first..<end]
            var means: [Metric: Double] = [:]
            for (metric, column) in zip(metrics, values) {
                let known = members.compactMap { column[$0.query] }
                if !known.isEmpty { means[metric] = known.reduce(0, +) / Double(known.count) }
            }
            return MarginGroup(
                low: order[first].margin, high: order[end - 1].margin, queries: members.count, means: means)
        }
    }
}
