import RankingMetrics

/// A statement of the paper, and the comparisons of our runs that would bear it out.
struct Claim {
    /// A row of a sweep, by name.
    struct RowName: Hashable, CustomStringConvertible {
        var sweep: String
        var panel = ""
        var row: String

        var description: String { panel.isEmpty ? row : "\(panel)/\(row)" }
    }

    /// A weighted sum of metrics that must be positive for the claim.
    struct Comparison {
        struct Term {
            var weight: Double
            var row: RowName
            var metric: Metric
        }

        /// What is said to be positive, in words.
        var statement: String
        var terms: [Term]

        /// `better` has more of `metric` than `worse`.
        static func more(_ better: RowName, _ worse: RowName, _ metric: Metric) -> Comparison {
            Comparison(
                statement: "\(metric): \(better) above \(worse)",
                terms: [
                    Term(weight: 1, row: better, metric: metric),
                    Term(weight: -1, row: worse, metric: metric),
                ])
        }

        /// `better` has less of `metric` than `worse`.
        static func less(_ better: RowName, _ worse: RowName, _ metric: Metric) -> Comparison {
            Comparison(
                statement: "\(metric): \(better) below \(worse)",
                terms: more(worse, better, metric).terms)
        }

        /// `gaining` has more of `metric` above `start` than `other` has above `otherStart`.
        static func gain(
            _ gaining: RowName, over start: RowName, moreThan other: RowName, over otherStart: RowName,
            _ metric: Metric
        ) -> Comparison {
            Comparison(
                statement: "\(metric): \(gaining) over \(start) more than \(other) over \(otherStart)",
                terms: more(gaining, start, metric).terms + more(otherStart, other, metric).terms)
        }

        /// The mean over `better` and `metrics` is more than that of `worse` over the same metrics.
        static func more(_ better: [RowName], _ worse: RowName, meanOf metrics: [Metric]) -> Comparison {
            let names = better.map(\.description).joined(separator: " and ")
            let span = "\(metrics[0]) to \(metrics[metrics.count - 1])"
            let share = 1 / Double(metrics.count)
            return Comparison(
                statement: "mean of \(span): \(names) above \(worse)",
                terms: metrics.flatMap { metric in
                    better.map { Term(weight: share / Double(better.count), row: $0, metric: metric) }
                        + [Term(weight: -share, row: worse, metric: metric)]
                })
        }
    }

    /// Rows of which one should be nearer to a third than the other is.
    struct Approach {
        var near: RowName
        var far: RowName
        var target: RowName
        var metric: Metric

        var statement: String { "\(metric): \(near) nearer to \(target) than \(far) is" }
    }

    var title: String
    /// Where the paper says it.
    var source: String
    var comparisons: [Comparison] = []
    var approaches: [Approach] = []

    var rows: Set<RowName> {
        Set(comparisons.flatMap(\.terms).map(\.row))
            .union(approaches.flatMap { [$0.near, $0.far, $0.target] })
    }
}
