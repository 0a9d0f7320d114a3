import Experiments
import Foundation
import RankingMetrics

/// The query browser of a sweep: nDCG of each evaluated query, row by row.
struct QueryPage {
    let sweep: String
    let scale: String
    /// The rows whose runs keep their queries' values.
    private let rows: [String]
    private let queries: [String]
    /// For each query nDCG in per cent by row; nil where a row was not evaluated on the query.
    private let values: [[Double?]]
    /// How many queries stand in the page without a search.
    private static let shown = 100

    /// - Returns: nil where no run keeps its queries' values.
    init?(_ results: SweepResults, reader: ResultsReader) throws {
        (sweep, scale) = (results.sweep, results.scale)
        var rows: [String] = []
        var columns: [[String: Double]] = []
        for row in results.rows where !row.isBase {
            guard let run = row.runs.first else { continue }
            let values = try reader.queryValues(run, Metric.ndcg)
            guard !values.isEmpty else { continue }
            rows.append((row.panel.isEmpty ? "" : row.panel + ": ") + row.id)
            columns.append(values)
        }
        guard !rows.isEmpty else { return nil }
        self.rows = rows
        let names = Set(columns.flatMap(\.keys)).sorted {
            Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8))
        }
        queries = names
        values = names.map { name in columns.map { $0[name].map { (1000 * $0).rounded() / 10 } } }
    }

    func body(_ templates: SiteTemplates) throws -> String {
        let differing = queries.indices.sorted { (spread($0), $1) > (spread($1), $0) }.prefix(Self.shown)
        let table = SiteTable(
            header: ["query"] + rows,
            rows: differing.map { place in
                [SiteTable.Cell(html: Escaping.markup(queries[place]), text: queries[place])]
                    + values[place].map { value in
                        let text = value.map { String(format: "%.1f", $0) } ?? ""
                        return SiteTable.Cell(html: text, text: text)
                    }
            }, caption: "nDCG in percent; queries whose rows differ most come first")
        return templates.render(
            [
                "count": grouped(queries.count), "sweep": sweep, "scale": scale,
                "shown": "\(differing.count)", "table": table.html, "data": try data,
            ], "queries")
    }

    private func spread(_ place: Int) -> Double {
        let known = values[place].compactMap { $0 }
        return (known.max() ?? 0) - (known.min() ?? 0)
    }

    private struct Stored: Encodable {
        let queries: [String]
        let values: [[Double?]]
    }

    /// JSON that no text in it can end early: `<` is written as an escape.
    private var data: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            let json = try encoder.encode(Stored(queries: queries, values: values))
            return String(decoding: json, as: UTF8.self).replacing("<", with: "\\u003C")
        }
    }

}
