import Experiments
import Foundation
import RankingMetrics

/// The query browser of a sweep: nDCG of each evaluated query, row by row.
struct QueryPage {
    let sweep: String
    let scale: String
    /// The rows whose runs keep their queries' values, each with its first run.
    private let rows: [(name: String, run: String)]
    private let queries: [String]
    /// For each query nDCG in per cent by row; nil where a row was not evaluated on the query.
    private let values: [[Double?]]
    /// How many queries stand in the page without a search.
    private static let shown = 100

    /// - Returns: nil where no run keeps its queries' values.
    init?(_ results: SweepResults, reader: ResultsReader) throws {
        (sweep, scale) = (results.sweep, results.scale)
        var rows: [(name: String, run: String)] = []
        var columns: [[String: Double]] = []
        for row in results.rows where !row.isBase {
            guard let run = row.runs.first else { continue }
            let values = try reader.queryValues(run, Metric.ndcg)
            guard !values.isEmpty else { continue }
            rows.append(((row.panel.isEmpty ? "" : row.panel + ": ") + row.id, run.id))
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
            header: ["query"] + rows.map(\.name),
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
                "rows": rows.enumerated().map { place, row -> [String: Any] in
                    ["name": row.name, "href": RunLinks.page(row.run), "last": place == rows.count - 1]
                },
            ], "queries")
    }

    private func spread(_ place: Int) -> Double {
        let known = values[place].compactMap { $0 }
        return (known.max() ?? 0) - (known.min() ?? 0)
    }

    private struct Stored: Encodable {
        let queries: [String]
        /// For each row its queries' values, packed.
        let values: [String]
        /// The beginning of each row's run.
        let runs: [String]
    }

    /// Two digits of base 64 a value, its tenths of a percent; a tilde and a blank for none. Written as decimals, the values of
    /// a few sweeps would be most of the site.
    private static func packed(_ values: [Double?]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        return String(
            decoding: values.flatMap { value -> [UInt8] in
                guard let value else { return Array("~ ".utf8) }
                let tenths = min(1000, max(0, Int((10 * value).rounded())))
                return [digits[tenths / 64], digits[tenths % 64]]
            }, as: UTF8.self)
    }

    /// JSON that no text in it can end early: `<` is written as an escape.
    private var data: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            let json = try encoder.encode(
                Stored(
                    queries: queries,
                    values: rows.indices.map { row in QueryPage.packed(values.map { $0[row] }) },
                    runs: rows.map { String($0.run.prefix(12)) }))
            return String(decoding: json, as: UTF8.self).replacing("<", with: "\\u003C")
        }
    }
}
