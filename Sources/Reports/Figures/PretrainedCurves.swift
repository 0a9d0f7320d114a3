/// Learning curves of a pretrained model: figures/pretrained.{csv,md,svg}.
struct PretrainedCurves: Report {
    let name = PretrainedReport.sweep
    let title = "learning curves of a pretrained language model beside the compact decoder"
    var spec: String? { name }
    let files = ["figures/pretrained.csv", "figures/pretrained.md", "figures/pretrained.svg"]

    func render(_ source: ReportSource) throws -> RenderedReport {
        let report = try PretrainedReport(source.results(self, sweep: name), reader: source.reader)
        return .picture(
            files, scale: report.scale, csv: report.csv, markdown: report.markdown,
            plot: report.series.isEmpty ? nil : report.plot, latex: report.latex)
    }
}

extension Report where Self == PretrainedCurves {
    static var pretrained: PretrainedCurves { PretrainedCurves() }
}
