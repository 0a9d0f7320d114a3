/// Learning curves of a pretrained model: figures/pretrained.{csv,md,svg}.
public struct PretrainedCurves: Report {
    public let name = PretrainedReport.sweep
    public let title = "learning curves of a pretrained language model beside the compact decoder"
    public var spec: String? { name }
    /// Its curves need many runs, which a night at full scale does not hold.
    public let committedScale = "quick"
    public let files = ["figures/pretrained.csv", "figures/pretrained.md", "figures/pretrained.svg"]

    public func render(_ source: ReportSource) throws -> RenderedReport {
        let report = try PretrainedReport(source.results(self, sweep: name), reader: source.reader)
        return .picture(
            files, scale: report.scale, csv: report.csv, markdown: report.markdown,
            plot: report.series.isEmpty ? nil : report.plot)
    }
}

extension Report where Self == PretrainedCurves {
    public static var pretrained: PretrainedCurves { PretrainedCurves() }
}
