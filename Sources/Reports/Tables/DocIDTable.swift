import Experiments
import RankingMetrics

/// Kinds of docIDs under next-token prediction and trie targets on product search: tables/docids.{csv,md}.
///
/// The paper has docIDs of one kind (section 5.1, footnote 9), so no row of it stands beside these.
struct DocIDTable: Report {
    let name = "docids"
    let title = "kinds of docIDs under next-token prediction and trie targets"
    var spec: String? { name }
    /// As Table 2, whose rows two of these are.
    let committedScale = Table2().committedScale
    let files = ["tables/docids.csv", "tables/docids.md"]

    func render(_ source: ReportSource) throws -> RenderedReport {
        let results = try source.results(self, sweep: name)
        let table = try SearchTable(
            results, paper: source.paper.table(Table2().name).withoutRows, reader: source.reader)
        let heading = "Kinds of docIDs on product search"
        return RenderedReport(
            scale: table.scale,
            files: [(files[0], .text(table.csv)), (files[1], .text(table.markdown(heading: heading)))],
            latex: table.latex(caption: heading))
    }
}
