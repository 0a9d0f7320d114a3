import ArgumentParser
import Experiments
import Foundation
import RankingMetrics
import Reports

struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes tables and figures from results.db.",
        discussion: """
            What: table1, table3, figure4, claims, all (those four), figure4-readings, pretrained, capacity, or the name of a sweep \
            over one or two axes, which gives a heat map of --metric.
            """)

    @Argument(
        help:
            "table1, table3, figure4, figure4-readings, pretrained, capacity, claims, all, or a sweep's name."
    )
    var what: String

    @Option(help: "smoke, quick or full; without it the largest scale with a finished run.")
    var scale: String?

    @Option(help: "The metric of a heat map: CVR, nDCG, MRR, R@k or recall@k.")
    var metric = "R@1"

    @Option(help: "The folder that holds paper/tableN.csv.")
    var experiments = "experiments"

    @OptionGroup var results: ResultsOptions

    func run() throws {
        let database = try results.readableDatabase()
        let writer = ReportWriter(
            database: database, results: results.folder.root,
            experiments: URL(fileURLWithPath: experiments))
        let reports: [Reports.Report]
        if what == "all" {
            reports = [.table1, .table3, .figure4, .claims]
        } else if let report = Reports.Report(named: what) {
            reports = [report]
        } else {
            guard let metric = Metric(metric) else { throw ReportError.unknownMetric(metric) }
            reports = [.grid(sweep: what, metric: metric)]
        }
        for report in reports {
            for file in try writer.write(report, scale: scale) { print(file.path) }
        }
    }
}

extension Reports.Report {
    /// The report that regenerates one of the paper's tables or figures, or nil.
    init?(named name: String) {
        switch name {
        case "table1": self = .table1
        case "table3": self = .table3
        case "figure4": self = .figure4
        case "figure4-readings": self = .readings
        case "pretrained": self = .pretrained
        case "capacity": self = .capacity
        case "claims": self = .claims
        default: return nil
        }
    }
}
