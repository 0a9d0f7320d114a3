import Foundation
import Options
import RankingMetrics

/// The folder of what the paper printed.
struct PaperNumbers: Sendable {
    let folder: URL

    func table(_ name: String) throws -> PaperTable {
        try PaperTable(contentsOf: folder.appendingPathComponent("\(name).csv"))
    }

    /// The table, or nil where the paper has none of this name.
    func tableIfThere(_ name: String) throws -> PaperTable? {
        do {
            return try table(name)
        } catch ReportError.noPaperTable {
            return nil
        }
    }
}

/// What the paper printed: experiments/paper/tableN.csv.
///
/// The first column is the row id, columns up to the first metric are the row's options, the rest are
/// metrics in percent. A cell may be empty, and a number may carry a star: the text of the paper does
/// not show it.
struct PaperTable {
    struct Number: Equatable {
        /// As printed, without the star.
        var text: String
        var isStarred: Bool
    }

    struct Row {
        var id: String
        /// The options' cells by column; an empty cell is an option that this row does not use.
        var options: [String: String]
        var numbers: [Metric: Number]
    }

    /// The columns between the id and the metrics: lambda, alpha, targets, beta.
    let optionColumns: [String]
    let metrics: [Metric]
    let rows: [Row]

    init(contentsOf file: URL) throws {
        guard let data = FileManager.default.contents(atPath: file.path) else {
            throw ReportError.noPaperTable(file: file.path)
        }
        try self.init(String(decoding: data, as: UTF8.self), file: file.path)
    }

    init(_ text: String, file: String) throws(ReportError) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
        let header = (lines.first ?? "").split(separator: ",", omittingEmptySubsequences: false).map(
            String.init)
        guard header.first == "row" else {
            throw .malformedPaperTable(file: file, line: 1, reason: "the first column must be 'row'")
        }
        guard Set(header).count == header.count else {
            throw .malformedPaperTable(file: file, line: 1, reason: "a column stands twice")
        }
        let firstMetric = header.firstIndex { Metric($0) != nil } ?? header.count
        optionColumns = Array(header[1..<firstMetric])
        var metrics: [Metric] = []
        for name in header[firstMetric...] {
            guard let metric = Metric(name) else { throw .unknownMetric(name) }
            metrics.append(metric)
        }
        self.metrics = metrics

        var rows: [Row] = []
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard cells.count == header.count else {
                throw .malformedPaperTable(
                    file: file, line: index + 1,
                    reason: "\(cells.count) cells, the header has \(header.count)")
            }
            var numbers: [Metric: Number] = [:]
            for (metric, cell) in zip(metrics, cells[firstMetric...]) where !cell.isEmpty {
                let number = Number(text: cell.filter { $0 != "*" }, isStarred: cell.hasSuffix("*"))
                guard WrittenNumber.number(number.text) != nil else {
                    throw .malformedPaperTable(
                        file: file, line: index + 1, reason: "'\(cell)' is no number (column \(metric))")
                }
                numbers[metric] = number
            }
            rows.append(
                Row(
                    id: cells[0],
                    options: Dictionary(uniqueKeysWithValues: zip(optionColumns, cells[1..<firstMetric])),
                    numbers: numbers))
        }
        self.rows = rows
    }

    private init(optionColumns: [String], metrics: [Metric]) {
        (self.optionColumns, self.metrics, rows) = (optionColumns, metrics, [])
    }

    /// The columns alone, for rows that the paper does not have.
    var withoutRows: PaperTable { PaperTable(optionColumns: optionColumns, metrics: metrics) }
}

extension PaperTable.Row {
    /// Those of `runs` that have this row's loss, and a note of each that has another: under the paper's name of a row anybody
    /// may have entered other settings.
    func own(_ runs: [FinishedRun]) -> (runs: [FinishedRun], notes: [String]) {
        let differences = runs.map(difference)
        return (
            zip(runs, differences).filter { $1 == nil }.map(\.0),
            zip(runs, differences).compactMap { run, difference in
                difference.map { "Row \(id) leaves out run \(run.id): \($0)." }
            }
        )
    }

    /// How a run's loss is another than this row's; nil if it is this row's.
    private func difference(from run: FinishedRun) -> String? {
        // Sorted, so that of several differences the same one is told each time.
        for (option, text) in options.sorted(by: { $0.key < $1.key }) where !text.isEmpty {
            guard !run.options.agrees("loss.\(option)", with: text) else { continue }
            return "its loss.\(option) is \(run.options["loss.\(option)"] ?? "not set"), the row's is \(text)"
        }
        return nil
    }
}
