import Foundation

/// What can be regenerated from results.db.
public enum Report: Hashable, Sendable {
    /// Item-level and token-level losses on WordNet: tables/table1.{csv,md}.
    case table1
    /// Combined losses on WordNet: tables/table3.{csv,md}.
    case table3
    /// Recall@k of the three kinds of ranker: figures/figure4.{csv,md,svg}.
    case figure4
    /// The paper's claims against the runs: tables/claims.md.
    case claims
    /// One metric over a sweep with two varying options: tables/NAME-METRIC.{csv,md} and a heat map.
    case grid(sweep: String, metric: ReportedMetric)
}

/// A metric as the tables name it: `CVR`, `nDCG`, `MRR`, `R@1`, `recall@5`.
public struct ReportedMetric: Hashable, Sendable, CustomStringConvertible {
    /// The name without its cutoff, as in results.db.
    public let name: String
    /// The cutoff, 0 for a metric without one.
    public let k: Int

    public init(_ name: String, k: Int = 0) {
        self.name = name
        self.k = k
    }

    /// The metric that `text` names, in the spelling of the tables' columns.
    public init(parsing text: String) throws(ReportError) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
        switch (parts.first ?? "", parts.count) {
        case ("CVR", 1), ("nDCG", 1), ("MRR", 1):
            self.init(text)
        case ("R", 2), ("recall", 2):
            guard let k = Int(parts[1]), k >= 1 else { throw .unknownMetric(text) }
            self.init(parts[0], k: k)
        default:
            throw .unknownMetric(text)
        }
    }

    public var description: String { k == 0 ? name : "\(name)@\(k)" }

    /// R@1 ... R@k.
    static func rankings(_ cutoffs: ClosedRange<Int>) -> [ReportedMetric] {
        cutoffs.map { ReportedMetric("R", k: $0) }
    }
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
