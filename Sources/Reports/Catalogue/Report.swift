import RankingMetrics

/// What can be regenerated from results.db.
public enum Report: Hashable, Sendable {
    /// Item-level and token-level losses on WordNet: tables/table1.{csv,md}.
    case table1
    /// Combined losses on WordNet: tables/table3.{csv,md}.
    case table3
    /// Recall@k of the three kinds of ranker: figures/figure4.{csv,md,svg}.
    case figure4
    /// Figure 4a under other readings of the paper: tables/figure4-readings.{csv,md}.
    case readings
    /// Learning curves of a pretrained model: figures/pretrained.{csv,md,svg}.
    case pretrained
    /// Section 3 as an experiment: figures/capacity.{csv,md,svg}.
    case capacity
    /// The paper's claims against the runs: tables/claims.md.
    case claims
    /// One metric over a sweep with two varying options: tables/NAME-METRIC.{csv,md} and a heat map.
    case grid(sweep: String, metric: Metric)
}

/// Why a report could not be written, or not wholly.
public enum ReportError: Error, Equatable, CustomStringConvertible {
    case unknownMetric(String)
    case malformedPaperTable(file: String, line: Int, reason: String)
    case unknownSweep(String, known: [String])
    case noRuns(sweep: String, scale: String, available: [String])
    case notTwoAxes(sweep: String, varying: [String])
    case malformedConfiguration(run: String, reason: String)
    case gnuplotMissing(written: [String])
    case gnuplotFailed(status: Int32, message: String)

    public var description: String {
        switch self {
        case .unknownMetric(let name):
            "no metric is called '\(name)': use CVR, nDCG, MRR, R@k or recall@k with k of 1 or more"
        case .malformedPaperTable(let file, let line, let reason):
            "\(file), line \(line): \(reason)"
        case .unknownSweep(let name, let known):
            "results.db has no sweep '\(name)'"
                + (known.isEmpty
                    ? "; it has none yet: run `rankbridge sweep SPEC` first"
                    : "; it has \(known.joined(separator: ", "))")
        case .noRuns(let sweep, let scale, let available):
            "sweep '\(sweep)' has no run at scale '\(scale)'"
                + (available.isEmpty ? "" : "; it has \(available.joined(separator: ", "))")
        case .notTwoAxes(let sweep, let varying):
            "a heat map needs runs that differ in two options; those of '\(sweep)' differ in "
                + (varying.isEmpty ? "none" : varying.joined(separator: ", "))
        case .malformedConfiguration(let run, let reason):
            "run \(run) has a configuration that cannot be read: \(reason)"
        case .gnuplotMissing(let written):
            "gnuplot is not installed, so no picture was drawn (apt-get install gnuplot-nox); "
                + "written without it: \(written.joined(separator: ", "))"
        case .gnuplotFailed(let status, let message):
            "gnuplot ended with status \(status): \(message)"
        }
    }
}
