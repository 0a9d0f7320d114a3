import Foundation

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
    /// Whether the committed page shows each sweep at the scale at which that sweep's own pages are committed. A page of one scale,
    /// which was asked for, is then another page, whatever that scale is.
    var mixesScales: Bool { get }
    /// Its files in the order of writing, below the results folder.
    var files: [String] { get }

    /// The files' contents, of those that there is something to show in.
    ///
    /// - Throws: `ReportError`, and what the database throws. Where there are no runs it must be `ReportError.nothingToReport`, before
    ///   anything else is read: `report all` and the site leave out such a report, and stop at any other error.
    func render(_ source: ReportSource) throws -> RenderedReport
}

extension Report {
    /// The paper's own steps.
    public var committedScale: String { "full" }

    public var mixesScales: Bool { false }

    /// The file of the report as a LaTeX table, beside its first one: `tables/table1.tex`.
    public var latexFile: String {
        let first = files.first ?? name
        return (first.range(of: ".", options: .backwards).map { String(first[..<$0.lowerBound]) } ?? first)
            + ".tex"
    }
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
    /// The same for a paper.
    let latex: LaTeXTable
}

/// What a report is made of: one state of results.db, and what the paper printed.
public struct ReportSource {
    let reader: ResultsReader
    let paper: PaperNumbers
    /// The scale that was asked for; nil: the report's own choice.
    let requestedScale: String?

    /// The one scale that `report` shows: the one asked for, else the one that is committed where any of `sweeps` has a
    /// finished run at it, else the largest with a finished run. A page of a smaller scale never takes the place of a
    /// committed one.
    func scale(of report: some Report, sweeps: [String]) throws -> String {
        if let requestedScale { return requestedScale }
        let finished = try finishedScales(sweeps)
        return finished.contains(report.committedScale)
            ? report.committedScale : finished.first ?? report.committedScale
    }

    /// The scales at which any of `sweeps` has a finished run, the largest first.
    func finishedScales(_ sweeps: [String]) throws -> [String] {
        ResultsReader.largestFirst(try sweeps.flatMap(reader.finishedScales))
    }

    /// The runs of `sweep` at the scale that `report` shows.
    ///
    /// - Throws: `ReportError.nothingToReport` where no run has finished or failed.
    func results(_ report: some Report, sweep: String) throws -> SweepResults {
        let results = try reader.results(sweep, scale: scale(of: report, sweeps: [sweep]))
        guard results.rows.contains(where: { !$0.runs.isEmpty || !$0.failures.isEmpty }) else {
            throw ReportError.nothingToReport(
                report: report.name, scale: requestedScale, available: try reader.finishedScales(sweep))
        }
        return results
    }
}
