import RankingMetrics

/// Table 1 or 3: the paper's rows in the paper's order, each with the runs that reproduce it.
struct TableReport: PaperComparison {
    let paper: PaperTable
    let scale: String
    let lines: [PaperComparisonLine]
    /// The own metrics of the base that the rows fine-tune (of each, should they differ in it).
    let bases: [PaperComparisonLine]
    /// What a reader must know of runs that are left out.
    let notes: [String]

    init(_ results: SweepResults, paper: PaperTable, reader: ResultsReader) throws {
        self.paper = paper
        scale = results.scale
        var notes: [String] = []
        lines = try paper.rows.map { row in
            let own = row.own(results.row(row.id)?.runs ?? [])
            notes += own.notes
            return try TableReport.line(row, own.runs, paper.metrics, reader)
        }
        notes += results.failureNotes
        // A base serves rows of any score and is evaluated by the mean: it is shown by the score of the rows.
        let shown = Set(lines.flatMap(\.runs).map(\.ownScore))
        bases = try results.rows.filter { $0.isBase && !$0.runs.isEmpty }.map {
            let row = PaperTable.Row(id: $0.id, options: [:], numbers: [:])
            var line = try TableReport.line(row, $0.runs, paper.metrics, reader)
            if shown.count == 1, let measured = shown.first.flatMap({ line.byScore[$0] }) {
                line.estimates.merge(measured) { _, byRowsScore in byRowsScore }
            }
            return line
        }
        self.notes = notes
    }

    private static func line(
        _ row: PaperTable.Row, _ runs: [FinishedRun], _ metrics: [Metric], _ reader: ResultsReader
    ) throws -> PaperComparisonLine {
        var estimates: [Metric: Estimate] = [:]
        for metric in metrics + [.invalid] { estimates[metric] = try reader.estimate(.mean(runs, metric)) }
        var line = PaperComparisonLine(paper: row, runs: runs, estimates: estimates)
        for score in scores {
            let measured = runs.compactMap { $0.measured(by: score) }
            // Only where every seed was measured so: a mean over some of them would stand beside one over all.
            guard !runs.isEmpty, measured.count == runs.count else { continue }
            for metric in metrics {
                line.byScore[score, default: [:]][metric] = try reader.estimate(.mean(measured, metric))
            }
        }
        return line
    }
}

extension TableReport {
    /// The form that other people's programs read; a change of it needs a line in CHANGELOG.md.
    var csv: String {
        var table = TextTable(header: sharedColumns)
        table.header += paper.metrics.map { "\($0)_spread" } + ["invalid"] + scoreColumns
        table.rows = lines.map { line in
            sharedCells(line) + paper.metrics.map { percent(line.estimates[$0]?.spread) }
                + [percent(line.estimates[.invalid]?.value)] + scoreCells(line)
        }
        return table.csv
    }
}

/// The different values among `values` in order of appearance, joined by semicolons.
func distinct<Value: Hashable & LosslessStringConvertible>(
    _ values: [Value?], separator: String = ";"
) -> String {
    unique(values.compactMap { $0 }).map { String($0) }.joined(separator: separator)
}

/// Each of `values` once, in the order of its first place.
func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
}
