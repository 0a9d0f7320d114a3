import Experiments
import Foundation
import RankingMetrics

/// The query browser of a sweep: nDCG of each evaluated query, row by row, and in which order rows put some queries' documents.
struct QueryPage {
    let sweep: String
    let scale: String
    /// The rows whose runs keep their queries' values, each with its first run.
    private let rows: [(name: String, run: String)]
    private let queries: [String]
    /// How many queries were evaluated, of which `queries` are those whose rows differ most.
    private let evaluated: Int
    /// For each query nDCG in per cent by row; nil where a row was not evaluated on the query.
    private let values: [[Double?]]
    private let orders: QueryOrders
    /// The prompts of rows that are asked by one; rows with the same prompt are one.
    private let prompts: [(rows: [String], text: String)]
    /// How many queries stand in the page without a search.
    private static let shown = 100
    /// The bytes that all rows' values may take in a page.
    static let mostValueBytes = 30_000

    /// - Returns: nil where no run keeps its queries' values.
    init?(_ results: SweepResults, reader: ResultsReader) throws {
        (sweep, scale) = (results.sweep, results.scale)
        var rows: [(name: String, run: FinishedRun)] = []
        var columns: [[String: Double]] = []
        for row in results.rows where !row.isBase {
            guard let run = row.runs.first else { continue }
            let values = try reader.queryValues(run, Metric.ndcg)
            guard !values.isEmpty else { continue }
            rows.append(((row.panel.isEmpty ? "" : row.panel + ": ") + row.id, run))
            columns.append(values)
        }
        guard !rows.isEmpty else { return nil }
        self.rows = rows.map { ($0.name, $0.run.id) }
        prompts = try QueryPage.prompts(rows, reader: reader)
        // By bytes: the order of a set changes with each process, and so would the page.
        let names = Set(columns.flatMap(\.keys)).sorted {
            Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8))
        }
        evaluated = names.count
        // Rounded as the page shows them, so that rows that look alike do not count as different.
        let all = names.map { name in columns.map { $0[name].map { (1000 * $0).rounded() / 10 } } }
        // In the order of their names again, as they are looked for.
        let kept = QueryPage.mostDifferingFirst(all).prefix(Self.mostValueBytes / (2 * rows.count)).sorted()
        let values = kept.map { all[$0] }
        queries = kept.map { names[$0] }
        self.values = values
        orders = try QueryOrders(
            rows.map(\.run), queries: queries, preferred: QueryPage.mostDifferingFirst(values), reader: reader
        )
    }

    private static func prompts(
        _ rows: [(name: String, run: FinishedRun)], reader: ResultsReader
    ) throws -> [(rows: [String], text: String)] {
        var prompts: [(rows: [String], text: String)] = []
        for row in rows {
            guard let text = try reader.snapshot.examplePrompt(of: row.run.id) else { continue }
            if let known = prompts.firstIndex(where: { $0.text == text }) {
                prompts[known].rows.append(row.name)
            } else {
                prompts.append(([row.name], text))
            }
        }
        return prompts
    }

    func body(_ templates: SiteTemplates) throws -> String {
        // Where orders are kept, the queries that open are at hand.
        let differing = QueryPage.mostDifferingFirst(values)
            .filter { orders.entries.isEmpty || orders.entries["\($0)"] != nil }.prefix(Self.shown)
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
                "count": grouped(evaluated), "kept": grouped(queries.count),
                "isPart": queries.count < evaluated, "sweep": sweep, "scale": scale,
                "shown": "\(differing.count)", "table": table.html, "data": try data,
                "rows": rows.enumerated().map { place, row -> [String: Any] in
                    ["name": row.name, "href": RunLinks.page(row.run), "last": place == rows.count - 1]
                },
                "ordered": orders.entries.isEmpty ? "" : grouped(orders.entries.count),
                "hasOrders": !orders.entries.isEmpty, "hasPrompts": !prompts.isEmpty,
                "prompts": prompts.map { prompt -> [String: Any] in
                    ["rows": prompt.rows.joined(separator: ", "), "text": prompt.text]
                },
            ], "queries")
    }

    /// Places of queries, those first whose rows differ most.
    private static func mostDifferingFirst(_ values: [[Double?]]) -> [Int] {
        let spreads = values.map { values -> Double in
            let known = values.compactMap { $0 }
            return (known.max() ?? 0) - (known.min() ?? 0)
        }
        // The places are swapped, so that of equal spreads the earlier comes first.
        return values.indices.sorted { (spreads[$0], $1) > (spreads[$1], $0) }
    }

    private struct Stored: Encodable {
        let queries: [String]
        /// For each row its queries' values, packed.
        let values: [String]
        /// The beginning of each row's run.
        let runs: [String]
        let names: [String]
        let orders: QueryOrders
    }

    /// Two digits of base 64 a value, its tenths of a percent; a tilde and a blank for none. Written as decimals, the values of
    /// a few sweeps would be most of the site.
    private static func packed(_ values: [Double?]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        return String(
            decoding: values.flatMap { value -> [UInt8] in
                guard let value else { return Array("~ ".utf8) }
                // At most 1,000, which two digits of base 64 hold.
                let tenths = min(1000, max(0, Int((10 * value).rounded())))
                return [digits[tenths / 64], digits[tenths % 64]]
            }, as: UTF8.self)
    }

    /// JSON that no text in it can end early: `<` is written as an escape.
    private var data: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let json = try encoder.encode(
                Stored(
                    queries: queries,
                    values: rows.indices.map { row in QueryPage.packed(values.map { $0[row] }) },
                    runs: rows.map { String($0.run.prefix(12)) }, names: rows.map(\.name), orders: orders))
            return String(decoding: json, as: UTF8.self).replacing("<", with: "\\u003C")
        }
    }
}
