import Experiments
import Foundation
import Tensors

/// Writes reports from finished runs, and from nothing else but what the paper printed.
///
/// A reader sees the old or the new file whole, and a report may be rewritten while runs go on. What is a pipe or a symbolic
/// link stays one and is written through.
public struct ReportWriter: Sendable {
    let database: ResultsDatabase
    let output: URL
    let paper: PaperNumbers
    let gnuplot: Gnuplot

    /// - Parameters:
    ///   - database: The runs; they are only read.
    ///   - output: The folder that gets `tables/` and `figures/`.
    ///   - experiments: The folder that holds `paper/tableN.csv`.
    public init(database: ResultsDatabase, output: URL, experiments: URL) {
        self.init(database: database, output: output, experiments: experiments, gnuplot: Gnuplot())
    }

    init(database: ResultsDatabase, output: URL, experiments: URL, gnuplot: Gnuplot) {
        self.database = database
        self.output = output
        self.paper = PaperNumbers(folder: experiments.appendingPathComponent("paper"))
        self.gnuplot = gnuplot
    }

    /// Writes one report's files and returns their places.
    ///
    /// - Parameter scale: Which scale's runs to show; nil shows those of the scale that is committed, where one of them has
    ///   finished, else of the largest scale with a finished run.
    /// - Throws: `ReportError`, or what the database and the file system throw. Without gnuplot the
    ///   CSV and Markdown are written all the same before `.gnuplotMissing` is thrown.
    @discardableResult
    public func write(_ report: some Report, scale: String? = nil) throws -> [URL] {
        let rendered = try rendered(report, scale: scale)
        var written: [URL] = []
        for (path, content) in rendered.files {
            let file = place(path, of: report, scale: rendered.scale, isRequested: scale != nil)
            switch content {
            case .text(let text): try replace(file, with: text)
            case .plot(let script):
                guard let svg = try gnuplot.svg(script) else {
                    throw ReportError.gnuplotMissing(written: written.map(\.path))
                }
                try replace(file, with: svg)
            }
            written.append(file)
        }
        return written
    }

    /// Writes a report as a LaTeX table beside its pages, `tables/table1.tex`, and returns its place.
    ///
    /// - Parameters:
    ///   - scale: As for `write(_:scale:)`.
    ///   - intervals: Whether each number has its 95 % interval below it.
    /// - Throws: As `write(_:scale:)`.
    public func writeLaTeX(_ report: some Report, scale: String? = nil, intervals: Bool = false) throws -> URL
    {
        let rendered = try rendered(report, scale: scale)
        let file = place(
            report.latexFile, of: report, scale: rendered.scale, isRequested: scale != nil)
        let command = "rankbridge report \(report.name) --scale \(rendered.scale) --format latex"
        let table = rendered.latex.text(label: report.name, intervals: intervals)
        try replace(
            file, with: "% By \(Escaping.latex(command)); needs booktabs, and fontenc with T1.\n" + table)
        return file
    }

    private func rendered(_ report: some Report, scale: String?) throws -> RenderedReport {
        try database.snapshot { snapshot in
            try report.render(
                ReportSource(reader: ResultsReader(snapshot: snapshot), paper: paper, requestedScale: scale))
        }
    }

    /// `tables/table1.csv` for the committed scale, `tables/smoke/table1.csv` for another: no scale's pages replace
    /// another's.
    private func place(
        _ path: String, of report: some Report, scale: String, isRequested: Bool
    ) -> URL {
        let file = output.appendingPathComponent(path)
        guard scale != report.committedScale || (isRequested && report.mixesScales) else { return file }
        return file.deletingLastPathComponent().appendingPathComponent(Escaping.fileName(scale))
            .appendingPathComponent(file.lastPathComponent)
    }

    private func replace(_ file: URL, with text: String) throws {
        try FileFailure.naming(file) {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        }
        try OutputFile(file.path).write(text)
    }
}
