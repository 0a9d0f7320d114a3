/// Figure 4a under other readings of the paper: tables/figure4-readings.{csv,md}.
public struct Figure4Readings: Report {
    public let name = ReadingsReport.sweep
    public let title = "Figure 4a under other readings of what the paper leaves open"
    public var spec: String? { name }
    public let files = ["tables/figure4-readings.csv", "tables/figure4-readings.md"]

    public func render(_ source: ReportSource) throws -> RenderedReport {
        let report = try ReadingsReport(source.results(self, sweep: name), reader: source.reader)
        return RenderedReport(
            scale: report.scale,
            files: [(files[0], .text(report.csv)), (files[1], .text(report.markdown))])
    }
}

extension Report where Self == Figure4Readings {
    public static var readings: Figure4Readings { Figure4Readings() }
}
