import RankingMetrics

/// One metric over a sweep of one or two varying options: tables/SWEEP-METRIC.{csv,md} and a heat map.
public struct SweepGrid: Report {
    let sweep: String
    let metric: Metric

    /// - Parameters:
    ///   - sweep: The sweep's name; rendering throws `ReportError.unknownReport` where there is none.
    ///   - metric: What the cells show.
    public init(sweep: String, metric: Metric) { (self.sweep, self.metric) = (sweep, metric) }

    /// The sweep's name: each sweep has a grid of its own.
    public var name: String { sweep }
    /// What the map shows, for messages.
    public var title: String { "\(metric) over the options in which the runs of \(sweep) differ" }
    /// The sweep itself.
    public var spec: String? { sweep }
    /// The values, a page about them, and the map.
    public var files: [String] {
        let name = Escaping.fileName("\(sweep)-\(metric)")
        return ["tables/\(name).csv", "tables/\(name).md", "figures/\(name).svg"]
    }

    public func render(_ source: ReportSource) throws -> RenderedReport {
        let sweeps = try source.reader.sweeps()
        guard sweeps.contains(where: { $0.utf8.elementsEqual(sweep.utf8) }) else {
            throw ReportError.unknownReport(
                sweep, reports: ReportCatalogue.all.map(\.name), sweeps: sweeps)
        }
        let finished = try source.reader.finishedScales(sweep)
        let grid = try GridReport(
            sweep, metric, scale: source.requestedScale ?? finished.first, reader: source.reader)
        return .picture(
            files, scale: grid.results.scale, csv: grid.csv, markdown: grid.markdown, plot: grid.plot,
            latex: grid.latex)
    }
}

extension Report where Self == SweepGrid {
    /// The heat map of one metric over a sweep's options.
    public static func grid(sweep: String, metric: Metric) -> SweepGrid {
        SweepGrid(sweep: sweep, metric: metric)
    }
}
