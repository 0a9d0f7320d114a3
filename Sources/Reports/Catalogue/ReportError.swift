import RankingMetrics

/// Why a report could not be written, or not wholly.
public enum ReportError: Error, Equatable, CustomStringConvertible {
    case unknownMetric(String)
    case unmeasured(Metric, sweep: String)
    case noPaperTable(file: String)
    case malformedPaperTable(file: String, line: Int, reason: String)
    case unknownReport(String, reports: [String], sweeps: [String])
    case nothingToReport(report: String, scale: String?, available: [String])
    case noRuns(sweep: String, scale: String, available: [String])
    case notTwoAxes(sweep: String, varying: [String])
    case malformedConfiguration(run: String, reason: String)
    case gnuplotMissing(written: [String])
    case notASite(String)
    case gnuplotFailed(status: Int32, message: String)

    /// What is wrong, and what to do.
    public var description: String {
        switch self {
        case .unknownMetric(let name):
            "no metric is called '\(name)': use CVR, nDCG, MRR, R@k or recall@k with k of 1 or more"
        case .unmeasured(let metric, let sweep):
            "no finished run of '\(sweep)' has \(metric): `rankbridge runs show` lists what a run has"
        case .noPaperTable(let file):
            "\(file) is not there, which holds the paper's own numbers: name the folder of paper/ with --experiments"
        case .malformedPaperTable(let file, let line, let reason):
            "\(file), line \(line): \(reason)"
        case .unknownReport(let name, let reports, let sweeps):
            "there is no report and no sweep '\(name)'; the reports are \(reports.joined(separator: ", "))"
                + (sweeps.isEmpty
                    ? "; results.db has no sweep yet: run `rankbridge sweep SPEC` first"
                    : "; the sweeps are \(sweeps.joined(separator: ", "))")
        case .nothingToReport(let report, let scale, let available):
            "no run of \(report) has finished\(scale.map { " at scale '\($0)'" } ?? "")"
                + (available.isEmpty
                    ? ": run its sweep first, or `rankbridge runs import` for the published runs"
                    : "; there are finished ones at scale \(available.joined(separator: ", "))")
        case .noRuns(let sweep, let scale, let available):
            "sweep '\(sweep)' has no finished run at scale '\(scale)'"
                + (available.isEmpty ? "" : "; it has some at \(available.joined(separator: ", "))")
        case .notTwoAxes(let sweep, let varying):
            "a heat map needs runs that differ in one or two options; those of '\(sweep)' differ in "
                + (varying.isEmpty ? "none" : varying.joined(separator: ", "))
                + ": give each sweep two axes, or read the runs with `rankbridge runs list`"
        case .malformedConfiguration(let run, let reason):
            "run \(run) has a configuration that cannot be read: \(reason)"
        case .gnuplotMissing(let written):
            "gnuplot is not installed, so no picture was drawn (apt-get install gnuplot-nox); "
                + "written without it: \(written.joined(separator: ", "))"
        case .notASite(let folder):
            "\(folder) holds other things than a site, and they would be lost: name a new folder with --output"
        case .gnuplotFailed(let status, let message):
            "gnuplot ended with status \(status): \(message)"
        }
    }
}
