/// Figure 4, R@k of the three kinds of ranker: figures/figure4.{csv,md,svg}.
struct Figure4: Report {
    let name = "figure4"
    let title = "R@k of dual encoders, cross encoders and the autoregressive ranker"
    var spec: String? { name }
    let files = ["figures/figure4.csv", "figures/figure4.md", "figures/figure4.svg"]

    func render(_ source: ReportSource) throws -> RenderedReport {
        let figure = try FigureReport(source.results(self, sweep: name), reader: source.reader)
        return .picture(
            files, scale: figure.scale, csv: figure.csv, markdown: figure.markdown,
            plot: figure.series.isEmpty ? nil : figure.plot, latex: figure.latex)
    }
}

extension Report where Self == Figure4 {
    static var figure4: Figure4 { Figure4() }
}

extension RenderedReport {
    /// A figure's three files: CSV, Markdown and, where there is something to draw, the picture.
    static func picture(
        _ files: [String], scale: String, csv: String, markdown: String, plot: String?, latex: LaTeXTable
    ) -> RenderedReport {
        RenderedReport(
            scale: scale,
            files: [(files[0], .text(csv)), (files[1], .text(markdown))]
                + (plot.map { [(files[2], .plot($0))] } ?? []), latex: latex)
    }
}
