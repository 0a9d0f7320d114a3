/// One of the paper's tables: tables/NAME.{csv,md}, of the sweep of the same name.
struct PaperTableReport: Report {
    let name: String
    let title: String
    /// The first line of the page.
    let heading: String

    var spec: String? { name }
    var files: [String] { ["tables/\(name).csv", "tables/\(name).md"] }

    func render(_ source: ReportSource) throws -> RenderedReport {
        let table = try TableReport(
            source.results(self, sweep: name), paper: source.paper.table(name), reader: source.reader)
        return RenderedReport(
            scale: table.scale,
            files: [(files[0], .text(table.csv)), (files[1], .text(table.markdown(title: heading)))],
            latex: table.latex(caption: title.prefix(1).uppercased() + title.dropFirst()))
    }
}

extension Report where Self == PaperTableReport {
    /// Item-level and token-level losses on WordNet.
    static var table1: PaperTableReport {
        PaperTableReport(
            name: "table1", title: "item-level and token-level losses on WordNet",
            heading: "Table 1: item-level and token-level losses on WordNet")
    }

    /// Combined losses on WordNet.
    static var table3: PaperTableReport {
        PaperTableReport(
            name: "table3", title: "combined losses on WordNet",
            heading: "Table 3: combined losses on WordNet")
    }
}
