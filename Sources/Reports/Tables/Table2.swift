import Experiments
import RankingMetrics

/// Table 2, token-level losses on product search: tables/table2.{csv,md}.
public struct Table2: Report {
    public let name = "table2"
    public let title = "token-level losses on product search, and references to read them by"
    public var spec: String? { name }
    public let files = ["tables/table2.csv", "tables/table2.md"]

    public func render(_ source: ReportSource) throws -> RenderedReport {
        let table = try SearchTable(
            source.results(self, sweep: name), paper: source.paper.table(name), reader: source.reader)
        return RenderedReport(
            scale: table.scale, files: [(files[0], .text(table.csv)), (files[1], .text(table.markdown))])
    }
}

/// The paper's rows in the paper's order, then those that it lacks, in the order of running.
struct SearchTable {
    struct Line {
        let paper: PaperTable.Row
        let runs: [FinishedRun]
        /// Of the paper's metrics, and of R@k by docID where it was measured.
        let estimates: [Metric: Estimate]
        /// The same by the sum of the tokens' log-probabilities, where every run was measured by it.
        let sums: [Metric: Estimate]
        /// Queries that each metric is over.
        let counts: [Metric: Int]
        /// Whether the paper has this row.
        let isPapers: Bool
    }

    let paper: PaperTable
    let scale: String
    let lines: [Line]
    let bases: [Line]
    /// Documents a query by the data's name, of evaluation queries.
    let documents: [(source: String, counts: DocumentCounts)]
    let notes: [String]

    init(_ results: SweepResults, paper: PaperTable, reader: ResultsReader) throws {
        self.paper = paper
        scale = results.scale
        let measured = try reader.snapshot.metrics(
            results.sweep, scale: results.scale, split: ResultsReader.split)
        func line(_ row: PaperTable.Row, _ runs: [FinishedRun], isPapers: Bool) throws -> Line {
            var (estimates, sums, counts) = ([Metric: Estimate](), [Metric: Estimate](), [Metric: Int]())
            let summed = runs.compactMap { $0.measured(by: "sum") }
            for metric in paper.metrics + Self.docIDMetrics(paper) {
                estimates[metric] = try reader.estimate(.mean(runs, metric))
                if !runs.isEmpty, summed.count == runs.count {
                    sums[metric] = try reader.estimate(.mean(summed, metric))
                }
                counts[metric] = runs.first.flatMap { run in
                    measured[run.id]?.first { $0.score == nil && $0.name == "\(metric)" }?.n
                }
            }
            return Line(
                paper: row, runs: runs, estimates: estimates, sums: sums, counts: counts, isPapers: isPapers)
        }
        func own(_ row: SweepRow) throws -> Line {
            let options = Dictionary(
                uniqueKeysWithValues: paper.optionColumns.map { column in
                    (column, row.runs.first?.options["loss.\(column)"] ?? "")
                })
            return try line(
                PaperTable.Row(id: row.id, options: options, numbers: [:]), row.runs, isPapers: false)
        }
        let known = Set(paper.rows.map(\.id))
        lines =
            try paper.rows.map { try line($0, results.row($0.id)?.runs ?? [], isPapers: true) }
            + results.rows.filter { !$0.isBase && !known.contains($0.id) }.map(own)
        // A base is trained on nothing that tells ranks: the loss among its options says nothing of it.
        bases = try results.rows.filter { $0.isBase && !$0.runs.isEmpty }.map {
            try line(PaperTable.Row(id: $0.id, options: [:], numbers: [:]), $0.runs, isPapers: false)
        }
        var seen: Set<String> = []
        documents = try lines.flatMap(\.runs).compactMap { run in
            let data = run.options["dataFingerprint"] ?? ""
            guard seen.insert(data).inserted else { return nil }
            let counts = try reader.snapshot.documentCounts(data: data, split: ResultsReader.split)
            return (run.options["data.source"] ?? "", counts)
        }
        notes = results.failureNotes
    }
}

extension SearchTable {
    /// The form that other people's programs read; a change of it needs a line in CHANGELOG.md.
    var csv: String {
        var table = TextTable(header: ["row"] + paper.optionColumns + paper.metrics.map(\.description))
        for metric in paper.metrics {
            table.header += ["\(metric)_low", "\(metric)_high", "\(metric)_paper"]
        }
        table.header += [
            "model", "scale", "seeds", "steps", "training_queries", "training_points", "evaluation_queries",
            "runs",
        ]
        table.header += paper.metrics.map { "\($0)_n" } + ["data"] + readingColumns
        table.rows = lines.map { line in
            var cells = [line.paper.id] + paper.optionColumns.map { line.paper.options[$0] ?? "" }
            cells += paper.metrics.map { percent(line.estimates[$0]?.value) }
            for metric in paper.metrics {
                let estimate = line.estimates[metric]
                cells += [
                    percent(estimate?.low), percent(estimate?.high), line.paper.numbers[metric]?.text ?? "",
                ]
            }
            cells += provenance(line)
            cells += paper.metrics.map { metric in line.counts[metric].map { String($0) } ?? "" }
            return cells + [distinct(line.runs.map { $0.options["data.source"] })] + readingCells(line)
        }
        return table.csv
    }

    /// The cells from `model` to `runs`; empty but for a row with runs.
    private func provenance(_ line: Line) -> [String] {
        guard !line.runs.isEmpty else { return [String](repeating: "", count: 8) }
        return [
            distinct(line.runs.map { ModelName($0).short }), scale, String(line.runs.count),
            distinct(line.runs.map(\.steps)), distinct(line.runs.map(\.trainingQueries)),
            distinct(line.runs.map(\.trainingPoints)), distinct(line.runs.map(\.evaluationQueries)),
            line.runs.map(\.id).joined(separator: ";"),
        ]
    }
}
