import Foundation
import RankingMetrics
import Testing

@testable import Experiments
@testable import Reports

/// The query browser: orders, documents and prompts as results.db keeps them.
@Suite struct QueryPageTests {
    private struct Stored: Decodable {
        struct Orders: Decodable {
            let documents: [String]
            let entries: [String: Entry]
        }

        struct Entry: Decodable {
            let lists: [[[Int]]]
            let orders: [String?]
            let of: [Int]
        }

        let queries: [String]
        let names: [String]
        let orders: Orders

        /// The gold lists of a query, by its place.
        func lists(_ place: String) -> [[[String]]] {
            orders.entries[place]?.lists.map { $0.map { $0.map { orders.documents[$0] } } } ?? []
        }
    }

    private func page(_ fixture: ResultsFixture) throws -> (html: String, stored: Stored) {
        let files = try fixture.database.snapshot {
            try Site(
                $0, paper: PaperNumbers(folder: fixture.folder.appendingPathComponent("experiments/paper")),
                gnuplot: Gnuplot()
            ).files
        }
        let html = try #require(files[Site.page("queries-", "sweep")])
        let json = try #require(
            html.components(separatedBy: "id=\"queries\">").last?.components(separatedBy: "</script>").first)
        return (html, try JSONDecoder().decode(Stored.self, from: Data(json.utf8)))
    }

    /// Two rows with values of so many queries, and a third without.
    private func fixture(queries: Int) throws -> ResultsFixture {
        let fixture = try ResultsFixture()
        for (place, row) in ["good", "bad"].enumerated() {
            try fixture.add(
                row, to: "sweep", id: "\(place)", [.init("nDCG", 0.9)],
                perQuery: ["nDCG": (0..<queries).map { place == 0 ? 1 : Double($0) / Double(queries) }])
        }
        try fixture.add("other", to: "sweep", id: "2", [.init("nDCG", 0.9)])
        return fixture
    }

    /// Two rows of 40,000 queries would be 160,000 bytes: those whose rows differ least are left out, and the page says so.
    @Test func aPageHasAsManyQueriesAsFit() throws {
        let (html, stored) = try page(fixture(queries: 40_000))
        #expect(stored.queries.count == QueryPage.mostValueBytes / 4)
        #expect(html.contains("40,000 evaluated queries"))
        #expect(html.contains("of the queries the 7,500 whose rows differ most"))
        #expect(try !page(fixture(queries: 100)).html.contains("of the queries the"))
    }

    @Test func aQueryHasItsDocumentsAndEachRowsOrder() throws {
        let fixture = try fixture(queries: 3)
        let list = GoldList(relevant: ["mammal", "</script><b>"], negatives: ["stone"])
        try fixture.addOrders(
            [("0", "1 2 -1"), ("1", "2=-1 1")], of: "query1.n.01", list, prompt: "deer <documents> x <answer>"
        )
        let (html, stored) = try page(fixture)
        #expect(stored.queries[1] == "query1.n.01" && stored.names == ["good", "bad"])
        #expect(Set(stored.orders.entries.keys) == ["1"])
        let entry = try #require(stored.orders.entries["1"])
        #expect(entry.orders == ["", "2=-1 1"], "the gold order is left empty")
        #expect(stored.lists("1") == [[list.relevant, list.negatives]] && entry.of == [0, 0])
        #expect(html.contains("has the orders: 1;"))
        #expect(html.contains("<h3>good, bad</h3>"), "rows with the same prompt share it")
        #expect(html.contains("deer &lt;documents&gt; x &lt;answer&gt;</pre>"))
        #expect(html.components(separatedBy: "</script>").count == 3, "no name ends the data")
        // What opens is what the table shows.
        #expect(html.contains("query1.n.01</th>") && !html.contains("query0.n.01</th>"))
    }

    @Test func rowsOnOtherDataHaveTheirOwnDocuments() throws {
        let fixture = try fixture(queries: 2)
        try fixture.addOrders([("0", "1 -1")], of: "query0.n.01", GoldList(relevant: ["a"], negatives: ["b"]))
        try fixture.addOrders(
            [("1", "-1 1")], of: "query0.n.01", GoldList(relevant: ["a"], negatives: ["c"]), data: "other")
        let stored = try page(fixture).stored
        #expect(stored.lists("0") == [[["a"], ["b"]], [["a"], ["c"]]])
        #expect(stored.orders.entries["0"]?.of == [0, 1] && stored.orders.documents.count == 3)
    }

    @Test func aPageHasAsManyOrdersAsFit() throws {
        let fixture = try fixture(queries: 300)
        for query in 0..<300 {
            let title = String(repeating: "a title of many words, ", count: 50)
            try fixture.addOrders(
                [("0", "2 1 -1")], of: "query\(query).n.01",
                GoldList(relevant: ["\(query) \(title)", "b"], negatives: ["c"]))
        }
        let (html, stored) = try page(fixture)
        let kept = stored.orders.entries.keys.compactMap { Int($0) }.map { stored.queries[$0] }
        let most = QueryOrders.mostBytes / 1_153
        #expect((most * 9 / 10...most).contains(kept.count), "\(kept.count) titles of 1,153 bytes")
        #expect(html.contains("has the orders: \(kept.count);"))
        // The rows differ most on the first queries, which so are kept.
        #expect(Set(kept) == Set((0..<kept.count).map { "query\($0).n.01" }))
    }

    @Test func runsFromBeforeOrdersWereKeptShowTheirValues() throws {
        let (html, stored) = try page(fixture(queries: 3))
        #expect(stored.orders.entries.isEmpty && stored.queries.count == 3)
        #expect(html.contains("the values are kept and not the orders") && html.contains("query0.n.01</th>"))
        #expect(!html.contains("<details"))
    }
}
