/// Figure 4a under other readings of the paper: tables/figure4-readings.{csv,md}.
struct Figure4Readings: Report {
    let name = ReadingsReport.sweep
    let title = "Figure 4a under other readings of what the paper leaves open"
    var spec: String? { name }
    let files = ["tables/figure4-readings.csv", "tables/figure4-readings.md"]

    func render(_ source: ReportSource) throws -> RenderedReport {
        let report = try ReadingsReport(source.results(self, sweep: name), reader: source.reader)
        return RenderedReport(
            scale: report.scale,
            files: [(files[0], .text(report.csv)), (files[1], .text(report.markdown))],
            latex: report.latex)
    }
}

extension Report where Self == Figure4Readings {
    static var readings: Figure4Readings { Figure4Readings() }
}
