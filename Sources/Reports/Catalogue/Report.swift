/// A table, figure or page that is regenerated from results.db.
///
/// One type is one report. What is listed in `ReportCatalogue.all` is known to the command, its help, `report all` and
/// `make report-NAME`.
public protocol Report: Sendable {
    /// What the command and make call it: `table1`.
    var name: String { get }
    /// One line that says what it shows, for the help.
    var title: String { get }
    /// The sweep whose runs it shows, which is the name of its spec in experiments/; nil where it shows several.
    var spec: String? { get }
    /// The scale at which its pages are committed, right in tables/ and figures/. Every other scale's have a folder of their
    /// own, `tables/smoke`.
    var committedScale: String { get }
    /// Its files in the order of writing, below the results folder.
    var files: [String] { get }

    /// The files' contents, of those that there is something to show in.
    ///
    /// - Throws: `ReportError`, and what the database throws.
    func render(_ source: ReportSource) throws -> RenderedReport
}

extension Report {
    public var committedScale: String { "full" }
}

/// The contents of a report's files.
public struct RenderedReport {
    enum Content {
        case text(String)
        /// A gnuplot script that draws an SVG.
        case plot(String)
    }

    /// The scale of the runs shown.
    let scale: String
    /// Contents by their paths, which are among the report's `files`.
    let files: [(path: String, content: Content)]
}

/// What a report is made of: one state of results.db, and what the paper printed.
public struct ReportSource {
    let reader: ResultsReader
    let paper: PaperNumbers
    /// The scale that was asked for; nil: the report's own choice.
    let requestedScale: String?

    /// The sweep of `report`: at the scale asked for, else at the one that is committed, else at the largest with a
    /// finished run.
    ///
    /// - Throws: `ReportError.nothingToReport` where no run has finished or failed.
    func results(_ report: some Report, sweep: String) throws -> SweepResults {
        let finished = try reader.finishedScales(sweep)
        let preferred = finished.contains(report.committedScale) ? report.committedScale : finished.first
        let results = try reader.results(sweep, scale: requestedScale ?? preferred ?? report.committedScale)
        guard results.rows.contains(where: { !$0.runs.isEmpty || !$0.failures.isEmpty }) else {
            throw ReportError.nothingToReport(
                report: report.name, scale: requestedScale, available: finished)
        }
        return results
    }
}
