import Experiments
import RankingMetrics

/// The paper's rows in the paper's order, then those that it lacks, in the order of running.
struct SearchTable: PaperComparison {
    let paper: PaperTable
    let scale: String
    let lines: [PaperComparisonLine]
    let bases: [PaperComparisonLine]
    /// Documents a query by the data's name, of evaluation queries.
    let documents: [(source: String, counts: DocumentCounts)]
    let notes: [String]

    init(_ results: SweepResults, paper: PaperTable, reader: ResultsReader) throws {
        self.paper = paper
        scale = results.scale
        let measured = try reader.snapshot.metrics(
            results.sweep, scale: results.scale, split: ResultsReader.split)
        func line(_ row: PaperTable.Row, _ runs: [FinishedRun], isPapers: Bool) throws -> PaperComparisonLine
        {
            var (estimates, sums, counts) = ([Metric: Estimate](), [Metric: Estimate](), [Metric: Int]())
            let summed = runs.compactMap { $0.measured(by: "sum") }
            for metric in paper.metrics + Self.docIDMetrics(paper) {
                estimates[metric] = try reader.estimate(.mean(runs, metric))
                // Only where every seed was measured so: a mean over some of them would stand beside one over all.
                if !runs.isEmpty, summed.count == runs.count {
                    sums[metric] = try reader.estimate(.mean(summed, metric))
                }
                counts[metric] = runs.first.flatMap { run in
                    measured[run.id]?.first { $0.score == nil && $0.name == "\(metric)" }?.n
                }
            }
            return PaperComparisonLine(
                paper: row, runs: runs, estimates: estimates, byScore: ["sum": sums], counts: counts,
                isPapers: isPapers)
        }
        func own(_ row: SweepRow) throws -> PaperComparisonLine {
            let options = Dictionary(
                uniqueKeysWithValues: paper.optionColumns.map { column in
                    (column, row.runs.first?.options["loss.\(column)"] ?? "")
                })
            return try line(
                PaperTable.Row(id: row.id, options: options, numbers: [:]), row.runs, isPapers: false)
        }
        let known = Set(paper.rows.map(\.id))
        let papers = paper.rows.map { ($0, own: $0.own(results.row($0.id)?.runs ?? [])) }
        // Of rows that the paper lacks those alone that have run: published runs do not say which others a spec has.
        lines =
            try papers.map { try line($0, $1.runs, isPapers: true) }
            + results.rows.filter { !$0.isBase && !known.contains($0.id) && !$0.runs.isEmpty }.map(own)
        // A base has an objective of its own: the loss among its options says nothing of it.
        bases = try results.rows.filter { $0.isBase && !$0.runs.isEmpty }.map {
            try line(PaperTable.Row(id: $0.id, options: [:], numbers: [:]), $0.runs, isPapers: false)
        }
        var seen: Set<String> = []
        documents = try lines.flatMap(\.runs).compactMap { run in
            let data = run.options["dataFingerprint"] ?? ""
            // Rows on the same data would say the same.
            guard seen.insert(data).inserted else { return nil }
            let counts = try reader.snapshot.documentCounts(data: data, split: ResultsReader.split)
            return (run.options["data.source"] ?? "", counts)
        }
        notes = papers.flatMap(\.own.notes) + results.failureNotes
    }
}

extension SearchTable {
    /// The form that other people's programs read; a change of it needs a line in CHANGELOG.md.
    var csv: String {
        var table = TextTable(
            header: sharedColumns + paper.metrics.map { "\($0)_n" } + paper.metrics.map { "\($0)_spread" }
                + ["data"] + readingColumns)
        table.rows = lines.map { line in
            sharedCells(line) + paper.metrics.map { line.counts[$0].map(String.init) ?? "" }
                + paper.metrics.map { percent(line.estimates[$0]?.spread) }
                + [distinct(line.runs.map { $0.options["data.source"] })] + readingCells(line)
        }
        return table.csv
    }
}
