import Foundation
import GRDB
import Testing

@testable import Experiments

@Suite("Published orders")
struct OrderPublishingTests {
    private static let select = """
        SELECT run.id, split, score, CAST(query AS BLOB) AS query, predicted, example_prompt FROM query_order
        JOIN run ON run.number = query_order.run ORDER BY 1, 2, 3, 4
        """

    /// Both runs of the sweep, with orders of so many queries.
    private func published(queries: Int) throws -> (results: TemporaryResults, file: URL, text: String) {
        let results = try TemporaryResults()
        let names = (0..<queries).map {
            $0 == 0 ? "caf\u{E9}" : $0 == 1 ? "cafe\u{301}" : String(format: "deer.n.%03d", $0)
        }
        for id in results.plan.runs {
            try results.finish(id)
            try results.addOrders(id, queries: names)
        }
        let file = results.folder.published.appendingPathComponent("s-quick.jsonl")
        #expect(try results.database.export(sweep: "s", scale: "quick", to: file) == 2)
        return (results, file, try String(contentsOf: file, encoding: .utf8))
    }

    private func elsewhere() throws -> TemporaryResults {
        try TemporaryResults("{name: t, model: cross-encoder}")
    }

    private func rows(_ results: TemporaryResults, _ sql: String = select) throws -> [Row] {
        try results.database.read { try Row.fetchAll($0, sql: sql) }
    }

    @Test("orders, documents and prompts come back byte for byte; runs share names and documents")
    func comesBack() throws {
        let (results, file, text) = try published(queries: 50)
        for key in ["orderQueries", "goldLists"] {
            #expect(
                text.components(separatedBy: "\"\(key)\"").count == 2, "the second run has the first's \(key)"
            )
        }
        let other = try elsewhere()
        #expect(try other.database.importRuns(from: file) == 2)
        #expect(try rows(other) == rows(results) && rows(other).count == 2 * 2 * 50)
        let documents = "SELECT * FROM query_document"
        #expect(try rows(other, documents) == rows(results, documents))
        #expect(try rows(other, documents).count == 4 * 50)
        let again = other.folder.published.appendingPathComponent("again.jsonl")
        _ = try other.database.export(sweep: "s", scale: "quick", to: again)
        #expect(try String(contentsOf: again, encoding: .utf8) == text)
    }

    @Test("of many queries 200 are published, spaced evenly, the same ones each time")
    func twoHundredQueries() throws {
        let (results, file, text) = try published(queries: 500)
        let other = try elsewhere()
        #expect(try other.database.importRuns(from: file) == 2)
        let names = try rows(other, "SELECT DISTINCT query FROM query_order ORDER BY query")
            .map { $0["query"] as String }
        let all = try rows(results, "SELECT DISTINCT query FROM query_order ORDER BY query")
            .map { $0["query"] as String }
        #expect(names.count == 200)
        #expect(names.map { Data($0.utf8) } == (0..<200).map { Data(all[$0 * 5 / 2].utf8) })
        #expect(try rows(other, "SELECT DISTINCT query FROM query_document").count == 200)
        let again = other.folder.published.appendingPathComponent("again.jsonl")
        _ = try other.database.export(sweep: "s", scale: "quick", to: again)
        #expect(try String(contentsOf: again, encoding: .utf8) == text)
        #expect(text.utf8.count < 20_000, "\(text.utf8.count) bytes")
    }

    @Test("a file from before orders were kept comes in, and goes out as it was")
    func olderFiles() throws {
        let results = try TemporaryResults()
        for id in results.plan.runs { try results.finish(id) }
        let file = results.folder.published.appendingPathComponent("s-quick.jsonl")
        _ = try results.database.export(sweep: "s", scale: "quick", to: file)
        let text = try String(contentsOf: file, encoding: .utf8)
        for key in ["examplePrompt", "orderQueries", "queryOrders", "goldLists"] {
            #expect(!text.contains(key))
        }
        let other = try elsewhere()
        #expect(try other.database.importRuns(from: file) == 2 && rows(other).isEmpty)
    }

    @Test("damaged orders are refused in words, and nothing of their file is taken")
    func damaged() throws {
        let (_, file, text) = try published(queries: 2)
        let lines = text.split(separator: "\n").map(String.init)
        func orders(_ orders: [[String?]]) throws -> String {
            let packed = try PublishedQueryOrders.packed(orders).base64EncodedString()
            return lines[0].replacing(#/"orders":"[^"]*"/#, with: "\"orders\":\"\(packed)\"")
        }
        let lists = try PublishedGoldLists.packed([GoldList(relevant: ["a"])]).base64EncodedString()
        let damages: [(line: String, says: String)] = [
            (
                try orders([["1 2 3 -1", "1 2 3 -1"]]),
                "it has orders or documents of 1 queries, and names of 2"
            ),
            (try orders([["1 3 -1", "1"], ["1", "1"]]), "'1 3 -1' is no order of the documents of"),
            (
                try orders([["1 2 -1", "1"], ["1", "1"]]),
                "the order '1 2 -1' is of another number of documents"
            ),
            (try orders([["1 2 3 -1"], ["1 2 3 -1"]]), "its orders by query are damaged"),
            (
                lines[0].replacing(#/"orders":"[^"]*"/#, with: "\"orders\":\"AAAA\""),
                "its orders by query are damaged"
            ),
            (
                lines[0].replacing(#/"orderQueries":"[^"]*"/#, with: "\"orderQueries\":\"AAAA\""),
                "its orders by query are damaged"
            ),
            (
                lines[0].replacing(#/"lists":"[^"]*"/#, with: "\"lists\":\"\(lists)\""),
                "it has orders or documents of 1 queries, and names of 2"
            ),
            (lines[1], "neither it nor a run above it names the queries"),
        ]
        for (line, says) in damages {
            try Data((line + "\n").utf8).write(to: file)
            let other = try elsewhere()
            let error = #expect(throws: ResultsError.self) { try other.database.importRuns(from: file) }
            guard case .malformedExport(_, line: 1, let reason)? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(reason.contains(says), "\(reason)")
            #expect(try rows(other).isEmpty && other.database.runs(sweep: "s", scale: "quick").isEmpty)
        }
    }

    @Test("packed orders: 500 lists come back, and 3,000 damaged ones are refused or are texts")
    func packedOrders() throws {
        var state: UInt64 = 9
        func next(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(below))
        }
        func published(_ orders: [[String?]]) throws -> PublishedQueryOrders {
            PublishedQueryOrders(
                split: "evaluation", scores: ["", "counted", "sum"],
                orders: try PublishedQueryOrders.packed(orders))
        }
        func orders() -> [[String?]] {
            (0...next(80)).map { _ in
                (0..<3).map { _ in next(5) == 0 ? nil : ["1 2 -1", "2 1 -1", "1=2 -1", "-1 1=x4 2"][next(4)] }
            }
        }
        for _ in 0..<500 {
            let orders = orders()
            #expect(try published(orders).unpacked() == orders)
        }
        let whole = try published(orders())
        var refused = 0
        for _ in 0..<3000 {
            var damaged = whole
            for _ in 0...next(3) {
                damaged.orders[damaged.orders.startIndex + next(damaged.orders.count)] = UInt8(next(256))
            }
            if next(4) == 0 { damaged.orders = damaged.orders.prefix(next(damaged.orders.count)) }
            do { #expect(try damaged.unpacked().allSatisfy { $0.count == 3 }) } catch { refused += 1 }
        }
        #expect(refused > 2500)
    }
}
