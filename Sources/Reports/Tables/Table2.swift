import Experiments
import RankingMetrics

/// Table 2, token-level losses on product search: tables/table2.{csv,md}.
struct Table2: Report {
    let name = "table2"
    let title = "token-level losses on product search, and references to read them by"
    var spec: String? { name }
    /// Rows at full scale take a night.
    let committedScale = "quick"
    let files = ["tables/table2.csv", "tables/table2.md"]

    func render(_ source: ReportSource) throws -> RenderedReport {
        let table = try SearchTable(
            source.results(self, sweep: name), paper: source.paper.table(name), reader: source.reader)
        let caption = "Token-level losses on product search"
        return RenderedReport(
            scale: table.scale,
            files: [
                (files[0], .text(table.csv)),
                (files[1], .text(table.markdown(heading: "Table 2: \(caption)"))),
            ],
            latex: table.latex(caption: caption))
    }
}
