import RankingMetrics

/// The same rankings read in other ways: R@k of docIDs in place of documents, which may share one, and by the sum of a
/// docID's log-probabilities in place of their mean.
extension SearchTable {
    /// The paper's R@k, of docIDs.
    static func docIDMetrics(_ paper: PaperTable) -> [Metric] {
        paper.metrics.compactMap {
            guard case .rAt(let k) = $0 else { return nil }
            return .docIDRAt(k)
        }
    }

    /// Those that a row was measured by; none where no two documents share a docID.
    private var measuredDocIDMetrics: [Metric] {
        Self.docIDMetrics(paper).filter { metric in lines.contains { $0.estimates[metric] != nil } }
    }

    private var summedMetrics: [Metric] {
        (paper.metrics + measuredDocIDMetrics).filter { metric in
            lines.contains { $0.byScore["sum"]?[metric] != nil }
        }
    }

    /// The CSV's last columns, and what a line has in them; none where no row was measured so.
    var readingColumns: [String] {
        measuredDocIDMetrics.map(\.description) + summedMetrics.map { "\($0)_sum" }
    }

    func readingCells(_ line: PaperComparisonLine) -> [String] {
        measuredDocIDMetrics.map { percent(line.estimates[$0]?.value) }
            + summedMetrics.map { percent(line.byScore["sum"]?[$0]?.value) }
    }

    /// The page's second table, with what to know of it; empty where no row was measured so.
    var readingSection: String {
        guard !readingColumns.isEmpty else { return "" }
        var table = TextTable(header: ["row", "score", "by"] + paper.metrics.map(\.description))
        func add(
            _ line: PaperComparisonLine, _ score: String, _ by: String, _ estimates: [Metric: Estimate]
        ) {
            let cells = paper.metrics.map { metric -> String in
                guard by == "docID" else { return estimates[metric]?.text ?? "" }
                guard case .rAt(let k) = metric else { return "" }
                return estimates[.docIDRAt(k)]?.text ?? ""
            }
            guard cells.contains(where: { !$0.isEmpty }) else { return }
            table.rows.append([line.paper.id, score, by] + cells)
        }
        for line in lines {
            add(line, distinct(line.runs.map { $0.options["score"] }), "docID", line.estimates)
            add(line, "sum", "document", line.byScore["sum"] ?? [:])
            add(line, "sum", "docID", line.byScore["sum"] ?? [:])
        }
        return """
            ## By docID, and by the sum

            The same models and the same log-probabilities. By docID: R@k of the docIDs that stand in the first k places, as
            multisets. Documents that share a docID score equal, so which of them comes first is chance: by document that
            counts as wrong as often as it is, by docID it does not matter. `sum`: the log-probability of the whole docID.

            \(table.markdown)

            """
    }
}
