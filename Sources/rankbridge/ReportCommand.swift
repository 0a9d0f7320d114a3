import ArgumentParser
import Experiments
import Foundation
import RankingMetrics
import Reports

struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes tables and figures from results.db.",
        discussion: """
            WHAT is `all`, `site`, the name of a sweep over one or two options, which gives a heat map of --metric, or one of

            \(ReportCatalogue.help)

            `site` is a folder of static pages of all that is in results.db: tables, figures and claims, each number with a \
            link to its run, a page for each run, and each query's values.

            `--format latex` writes a table for a paper in place of CSV, Markdown and pictures: tables/table1.tex, say, with \
            booktabs' rules and the best of each column in bold.

            The pages of the scale that is committed lie right in tables/ and figures/, those of any other scale in a \
            folder of its name, tables/smoke say.
            """)

    @Argument(help: "The name of a report or of a sweep, `all`, or `site`.")
    var what: String?

    @Flag(help: "Print the name of each report, what it shows, its spec and its files, and write nothing.")
    var list = false

    @Option(
        help:
            "The scale: smoke, quick or full. Without it, the committed scale is reported, or else the largest with a finished run."
    )
    var scale: String?

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case pages, latex
    }

    @Option(help: "pages (CSV, Markdown and pictures) or latex.")
    var format: Format = .pages

    @Flag(help: "With --format latex: each number's 95 % interval below it.")
    var intervals = false

    @Option(
        help: "The metric that a heat map shows: CVR, nDCG, MRR, R@k or recall@k; R@1 if it is not given.")
    var metric: String?

    @Option(help: "The folder that holds paper/tableN.csv.")
    var experiments = "experiments"

    @Option(
        help:
            "The folder that gets tables/ and figures/, or the pages of `site`. Without it, they go into the results folder."
    )
    var output: String?

    @OptionGroup var results: ResultsOptions

    func validate() throws {
        guard list || what != nil else { throw ValidationError("name a report, a sweep, or all") }
        if let what, metric != nil,
            ["all", "site"].contains(what) || ReportCatalogue.report(named: what) != nil
        {
            throw ValidationError("--metric is for a heat map of a sweep, and \(what) is none")
        }
        guard format == .latex || !intervals else {
            throw ValidationError("--intervals goes with --format latex")
        }
        guard what != "site" || format == .pages else { throw ValidationError("a site is no LaTeX table") }
        guard what != "site" || scale == nil else {
            throw ValidationError("a site shows each report at its own scale: leave out --scale")
        }
    }

    func run() throws {
        guard !list, let what else { return printList() }
        let writer = ReportWriter(
            database: try results.readableDatabase(),
            output: output.map { URL(fileURLWithPath: $0) } ?? results.folder.root,
            experiments: URL(fileURLWithPath: experiments))
        if what == "all" { return try writeAll(writer) }
        if what == "site" { return try writeSite() }
        guard let report = ReportCatalogue.report(named: what) else { return try write(grid(what), writer) }
        try write(report, writer)
    }

    private func writeSite() throws {
        let folder =
            output.map { URL(fileURLWithPath: $0) } ?? results.folder.root.appendingPathComponent("site")
        let writer = SiteWriter(
            database: try results.readableDatabase(), experiments: URL(fileURLWithPath: experiments))
        print(Escaping.terminal(try writer.write(to: folder).path))
    }

    private func grid(_ sweep: String) throws -> SweepGrid {
        let name = metric ?? "R@1"
        guard let metric = Metric(name) else { throw ReportError.unknownMetric(name) }
        return SweepGrid(sweep: sweep, metric: metric)
    }

    private func write(_ report: any Reports.Report, _ writer: ReportWriter) throws {
        let files =
            switch format {
            case .pages: try writer.write(report, scale: scale)
            case .latex: [try writer.writeLaTeX(report, scale: scale, intervals: intervals)]
            }
        for file in files { print(Escaping.terminal(file.path)) }
    }

    /// Every report that has a run; of the others a word on stderr, and an error only where there is no other.
    private func writeAll(_ writer: ReportWriter) throws {
        var (written, lacking) = (0, [ReportError]())
        for report in ReportCatalogue.all {
            do {
                try write(report, writer)
                written += 1
            } catch let error as ReportError {
                guard case .nothingToReport = error else { throw error }
                lacking.append(error)
            }
        }
        if written == 0, let first = lacking.first { throw first }
        for error in lacking { StandardError.write("not written: \(error)\n") }
    }

    private func printList() {
        for report in ReportCatalogue.all {
            let spec = report.spec.map { "experiments/\($0).yaml" } ?? "(no spec of its own)"
            print("\(report.name): \(report.title)\n  \(spec)\n  " + report.files.joined(separator: " "))
        }
    }
}
