import Experiments
import Foundation
import RankingMetrics
import Tensors

/// Writes tables and figures from finished runs, and from nothing else but what the paper printed.
///
/// Every file is written beside its place and renamed into it, so a reader sees the old or the new
/// one whole, and a report may be rewritten while runs go on.
public struct ReportWriter: Sendable {
    let database: ResultsDatabase
    let results: URL
    let experiments: URL
    let gnuplot: Gnuplot

    /// - Parameters:
    ///   - database: The runs; they are only read.
    ///   - results: The folder that gets `tables/` and `figures/`.
    ///   - experiments: The folder that holds `paper/tableN.csv`.
    public init(database: ResultsDatabase, results: URL, experiments: URL) {
        self.init(database: database, results: results, experiments: experiments, gnuplot: Gnuplot())
    }

    init(database: ResultsDatabase, results: URL, experiments: URL, gnuplot: Gnuplot) {
        self.database = database
        self.results = results
        self.experiments = experiments
        self.gnuplot = gnuplot
    }

    /// Writes one report's files and returns their places.
    ///
    /// - Parameter scale: Which scale's runs to show; nil shows the largest with a finished run.
    /// - Throws: `ReportError`, or what the database and the file system throw. Without gnuplot the
    ///   CSV and Markdown are written all the same before `.gnuplotMissing` is thrown.
    @discardableResult
    public func write(_ report: Report, scale: String? = nil) throws -> [URL] {
        switch report {
        case .table1:
            try writeTable(
                "table1", title: "Table 1: item-level and token-level losses on WordNet", scale: scale)
        case .table3:
            try writeTable("table3", title: "Table 3: combined losses on WordNet", scale: scale)
        case .figure4:
            try writeFigure(scale: scale)
        case .readings:
            try writeReadings(scale: scale)
        case .pretrained:
            try writePretrained(scale: scale)
        case .capacity:
            try writeCapacity()
        case .claims:
            [try replace("tables/claims.md", with: try claims(scale: scale))]
        case .grid(let sweep, let metric):
            try writeGrid(sweep, metric, scale: scale)
        }
    }

    private func writeTable(_ name: String, title: String, scale: String?) throws -> [URL] {
        let paper = try PaperTable(contentsOf: experiments.appendingPathComponent("paper/\(name).csv"))
        let table = try database.snapshot { snapshot in
            let reader = ResultsReader(snapshot: snapshot)
            return try TableReport(reader.results(name, scale: scale), paper: paper, reader: reader)
        }
        return [
            try replace("tables/\(name).csv", with: table.csv),
            try replace("tables/\(name).md", with: table.markdown(title: title)),
        ]
    }

    private func writeFigure(scale: String?) throws -> [URL] {
        let figure = try database.snapshot { snapshot in
            let reader = ResultsReader(snapshot: snapshot)
            return try FigureReport(reader.results("figure4", scale: scale), reader: reader)
        }
        let written = [
            try replace("figures/figure4.csv", with: figure.csv),
            try replace("figures/figure4.md", with: figure.markdown),
        ]
        guard !figure.series.isEmpty else { return written }
        return written + [try draw(figure.plot, as: "figures/figure4.svg", after: written)]
    }

    private func writeReadings(scale: String?) throws -> [URL] {
        let report = try database.snapshot { snapshot in
            let reader = ResultsReader(snapshot: snapshot)
            return try ReadingsReport(reader.results(ReadingsReport.sweep, scale: scale), reader: reader)
        }
        return [
            try replace("tables/\(ReadingsReport.sweep).csv", with: report.csv),
            try replace("tables/\(ReadingsReport.sweep).md", with: report.markdown),
        ]
    }

    private func writePretrained(scale: String?) throws -> [URL] {
        let report = try database.snapshot { snapshot in
            let reader = ResultsReader(snapshot: snapshot)
            return try PretrainedReport(reader.results(PretrainedReport.sweep, scale: scale), reader: reader)
        }
        let name = "figures/\(PretrainedReport.sweep)"
        let written = [
            try replace("\(name).csv", with: report.csv), try replace("\(name).md", with: report.markdown),
        ]
        guard !report.series.isEmpty else { return written }
        return written + [try draw(report.plot, as: "\(name).svg", after: written)]
    }

    private func writeCapacity() throws -> [URL] {
        let report = CapacityReport(try database.snapshot { try $0.capacity() })
        let written = [
            try replace("figures/capacity.csv", with: report.csv),
            try replace("figures/capacity.md", with: report.markdown),
        ]
        guard !report.points.isEmpty else { return written }
        return written + [try draw(report.plot, as: "figures/capacity.svg", after: written)]
    }

    private func claims(scale: String?) throws -> String {
        try database.snapshot { snapshot in
            let capacity = CapacityClaims(report: CapacityReport(try snapshot.capacity()))
            return try ClaimReport(snapshot, scale: scale).markdown + "\n" + capacity.markdown
        }
    }

    private func writeGrid(_ sweep: String, _ metric: Metric, scale: String?) throws -> [URL] {
        let grid = try database.snapshot { snapshot in
            try GridReport(sweep, metric, scale: scale, reader: ResultsReader(snapshot: snapshot))
        }
        let name = "\(sweep)-\(metric)"
        let written = [
            try replace("tables/\(name).csv", with: grid.csv),
            try replace("tables/\(name).md", with: grid.markdown),
        ]
        return written + [try draw(grid.plot, as: "figures/\(name).svg", after: written)]
    }

    private func draw(_ plot: String, as path: String, after written: [URL]) throws -> URL {
        guard let svg = try gnuplot.svg(plot) else {
            throw ReportError.gnuplotMissing(written: written.map(\.path))
        }
        return try replace(path, with: svg)
    }

    private func replace(_ path: String, with text: String) throws -> URL {
        let file = results.appendingPathComponent(path)
        try FileFailure.naming(file) {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file, options: .atomic)
        }
        return file
    }
}
