import Experiments

/// Figure 3, documents a query: figures/figure3.{csv,md,svg}.
///
/// Finished runs leave the statistics of what they ran on; figure3's are references, which train nothing.
struct Figure3: Report {
    let name = "figure3"
    let title = "documents a query, WordNet and product search"
    var spec: String? { name }
    /// As Table 2's: the picture shows the lists that its rows were trained on.
    let committedScale = "quick"
    let files = ["figures/figure3.csv", "figures/figure3.md", "figures/figure3.svg"]

    func render(_ source: ReportSource) throws -> RenderedReport {
        let figure = try DocumentHistograms(source.results(self, sweep: name), reader: source.reader)
        return .picture(
            files, scale: figure.scale, csv: figure.csv, markdown: figure.markdown,
            plot: figure.panels.isEmpty ? nil : figure.plot,
            latex: LaTeXTable(
                figure.summary, caption: "Relevant documents a query", note: "Queries of all splits."))
    }
}

/// How many queries have how many documents, a panel for each row of the sweep.
struct DocumentHistograms {
    struct Panel {
        /// The row's name in the spec: what the data are.
        let name: String
        /// What the data are called: `wordnet`, or a name that they were imported under.
        let source: String
        /// The id of the run that left the statistics.
        let run: String
        /// Of all splits together.
        let counts: DocumentCounts
    }

    let scale: String
    let panels: [Panel]
    let notes: [String]

    init(_ results: SweepResults, reader: ResultsReader) throws {
        scale = results.scale
        panels = try results.rows.filter { !$0.isBase }.compactMap { row in
            guard let run = row.runs.first else { return nil }
            let counts = try reader.snapshot.documentCounts(data: run.options["dataFingerprint"] ?? "")
            return Panel(
                name: row.id, source: run.options["data.source"] ?? "wordnet", run: run.id, counts: counts)
        }
        notes = results.failureNotes
    }

    /// The form that other people's programs read; a change of it needs a line in CHANGELOG.md.
    var csv: String {
        var table = TextTable(header: ["panel", "data", "documents", "queries", "share", "scale", "run"])
        for panel in panels {
            for (documents, queries) in panel.counts.queries.sorted(by: { $0.key < $1.key }) {
                table.rows.append([
                    panel.name, panel.source, String(documents), String(queries),
                    percent(Double(queries) / Double(panel.counts.total)), scale, panel.run,
                ])
            }
        }
        return table.csv
    }

    var summary: TextTable {
        var table = TextTable(header: [
            "panel", "data", "queries", "fewest", "mean", "standard deviation", "most",
        ])
        table.rows = panels.map { panel in
            [
                panel.name, panel.source, grouped(panel.counts.total),
                panel.counts.range.map { String($0.lowerBound) } ?? "", decimal(panel.counts.mean, 2),
                decimal(panel.counts.deviation, 2), panel.counts.range.map { String($0.upperBound) } ?? "",
            ]
        }
        return table
    }

    var markdown: String {
        """
        # Figure 3: relevant documents a query

        Scale: \(Escaping.markdown(scale)). Queries of all splits. The picture is figure3.svg; the paper gives this figure
        without numbers.

        \(summary.markdown)
        \(notes.map { "\($0)\n" }.joined(separator: "\n"))
        """
    }
}
