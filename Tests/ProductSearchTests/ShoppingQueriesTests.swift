import Foundation
import RankingData
import TestSupport
import Testing

@testable import ProductSearch

@Suite struct ShoppingQueriesTests {
    static let names = [
        "shopping_queries_dataset_products.parquet", "shopping_queries_dataset_examples.parquet",
    ]
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func whatIsNotTheDataIsNamed() throws {
        let hint = "git clone https://github.com/amazon-science/esci-data, with Git LFS"
        #expect(throws: CorpusError.missing(file: folder.path(Self.names[0]), hint: hint)) {
            try ShoppingQueries(folder.url.path)
        }
        let pointer = """
            version https://git-lfs.github.com/spec/v1
            oid sha256:4a735b693b4a424a6fc67f5be6e4c811495c488bbf66d02a602d308b2744263a
            size 51286808

            """
        #expect(pointer.utf8.count == 133)
        for name in Self.names { try Data(pointer.utf8).write(to: folder.url.appendingPathComponent(name)) }
        #expect(throws: CorpusError.pointer(file: folder.path(Self.names[0]))) {
            try ShoppingQueries(folder.url.path)
        }
        for name in Self.names { try Data("PAR1".utf8).write(to: folder.url.appendingPathComponent(name)) }
        #expect(throws: CorpusError.notDuckDB(command: "no-such-duckdb")) {
            try ShoppingQueries(folder.url.path, duckDB: "no-such-duckdb").corpus()
        }
        let silent = #expect(throws: CorpusError.self) {
            try ShoppingQueries(folder.url.path, duckDB: "true").corpus()
        }
        #expect(silent?.description.contains("is it DuckDB's") ?? false, "a program that writes nothing")
        // A file of the published size that is another.
        let other = Data(count: ShoppingQueries.examples.bytes)
        try other.write(to: folder.url.appendingPathComponent(Self.names[1]))
        #expect(throws: CorpusError.damaged(file: folder.path(Self.names[1]), found: Fingerprint.of(other))) {
            try ShoppingQueries(folder.url.path)
        }
    }

    /// Both files by DuckDB itself, with nulls, tabs, line breaks, Japanese and 400 characters.
    private func write() throws {
        let sql = """
            COPY (SELECT 'B' || i AS product_id,
                CASE WHEN i % 100 = 3 THEN NULL WHEN i % 100 = 4 THEN ' ' WHEN i % 100 = 5 THEN 'tab' || chr(9) || 'line' || chr(10) || i
                    WHEN i % 100 = 6 THEN '日本語のケーブル ' || i WHEN i % 100 = 7 THEN repeat('x', 400) || i
                    ELSE 'product ' || i END AS product_title,
                NULL AS product_description, CASE WHEN i % 3 = 0 THEN 'jp' ELSE 'us' END AS product_locale
                FROM range(2000) t(i)) TO '\(folder.path(Self.names[0]))' (FORMAT parquet);
            COPY (SELECT i AS example_id, CASE WHEN i // 4 % 50 = 9 THEN 'Query 8' ELSE 'query ' || i // 4 END AS query,
                i // 4 AS query_id, 'B' || i AS product_id, CASE WHEN i // 4 % 5 = 0 THEN 'es' ELSE 'us' END AS product_locale,
                'E' AS esci_label, 1 AS small_version, 1 AS large_version, 'train' AS split
                FROM range(1200) t(i)) TO '\(folder.path(Self.names[1]))' (FORMAT parquet);
            """
        try DuckDB.run(sql)
    }

    @Test(.enabled(if: DuckDB.path != nil, "needs `rankbridge model fetch duckdb`"))
    func parquetIsReadAsPublished() throws {
        try write()
        let corpus = try ShoppingQueries(folder.url.path, duckDB: try #require(DuckDB.path)).corpus()
        #expect(corpus.titles.count == 1_960)
        #expect(corpus.dropped.emptyTitles == 40 && corpus.dropped.cleanedTexts == 20)
        #expect(corpus.titles[0].id == "jp B0" && corpus.titles[0].text == "product 0")
        #expect(corpus.isKept.count { !$0 } == corpus.titles.count { $0.id.hasPrefix("jp ") })
        #expect(corpus.titles.first { $0.id == "us B5" }?.text == "tab line 5")
        #expect(corpus.titles.first { $0.id == "jp B6" }?.text == "日本語のケーブル 6")
        #expect(corpus.titles.first { $0.id == "us B7" }?.text.count == 401)
        // Of 300 queries 240 are of `us`; six of those say what another does.
        #expect(corpus.queries.count + corpus.dropped.repeatedQueries == 240)
        #expect(corpus.dropped.repeatedQueries == 6)
        #expect(corpus.queries[0].text == "query 1")
        for (name, keep) in [(0, 200), (1, 900)] {
            let file = folder.url.appendingPathComponent(Self.names[name])
            let whole = try Data(contentsOf: file)
            for damaged in [whole.prefix(keep), whole.dropFirst(30), Data("PAR1 nothing PAR1".utf8)] {
                try damaged.write(to: file)
                #expect(throws: CorpusError.self) {
                    try ShoppingQueries(folder.url.path, duckDB: try #require(DuckDB.path)).corpus()
                }
            }
            try whole.write(to: file)
            // Parquet has no checksum of its own: a bit may change a title and nothing else.
            _ = try damage(whole, 10, isExpected: { $0 is CorpusError }) { data in
                try data.write(to: file)
                _ = try ShoppingQueries(folder.url.path, duckDB: try #require(DuckDB.path)).corpus()
            }
            try whole.write(to: file)
        }
    }

    /// Files that PyArrow wrote: Fixtures/make_parquet_fixture.py, in row groups of 64 and with dictionaries.
    @Test(.enabled(if: DuckDB.path != nil, "needs `rankbridge model fetch duckdb`"))
    func filesOfPyArrowAreRead() throws {
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/pyarrow").path
        let corpus = try ShoppingQueries(fixture, duckDB: try #require(DuckDB.path)).corpus()
        let dropped = DroppedRows(
            emptyTitles: 12, repeatedTitles: 0, emptyQueries: 1, repeatedQueries: 1, cleanedTexts: 6)
        #expect(corpus.titles.count == 288 && corpus.queries.count == 94 && corpus.dropped == dropped)
        #expect(corpus.isKept.count { $0 } == 192)
        func title(_ id: String) -> String? { corpus.titles.first { $0.id == id }?.text }
        #expect(title("us B5") == "tab line 5")
        #expect(title("jp B6") == "日本語のケーブル 6")
        #expect(title("us B7")?.count == 400)
        #expect(title("us B8") == #"say "USB C" \ 8"#)
        #expect(title("jp B3") == nil && title("us B4") == nil)
        #expect(corpus.queries.prefix(3).map(\.text) == ["query 1", "query 2", "query 3"])
    }

    /// A row without an id: the error names the file that has it.
    @Test(.enabled(if: DuckDB.path != nil, "needs `rankbridge model fetch duckdb`"))
    func rowsWithoutAnIDAreRefused() throws {
        try write()
        let products = folder.path(Self.names[0])
        let other = folder.path("other.parquet")
        try DuckDB.run(
            "COPY (SELECT * REPLACE (CASE WHEN product_id = 'B5' THEN NULL ELSE product_id END AS product_id) "
                + "FROM read_parquet('\(products)')) TO '\(other)' (FORMAT parquet)")
        try FileManager.default.removeItem(atPath: products)
        try FileManager.default.moveItem(atPath: other, toPath: products)
        do {
            _ = try ShoppingQueries(folder.url.path, duckDB: try #require(DuckDB.path)).corpus()
            Issue.record("it was read")
        } catch CorpusError.badRow(let file, let reason) {
            #expect(file == products)
            #expect(reason.contains("expected an \"id\""), "\(reason)")
        }
    }

    @Test(.enabled(if: DuckDB.path != nil, "needs `rankbridge model fetch duckdb`"))
    func aFileWithoutTheColumnsIsRefused() throws {
        try write()
        try FileManager.default.removeItem(atPath: folder.path(Self.names[1]))
        try FileManager.default.copyItem(
            atPath: folder.path(Self.names[0]), toPath: folder.path(Self.names[1]))
        do {
            _ = try ShoppingQueries(folder.url.path, duckDB: try #require(DuckDB.path)).corpus()
            Issue.record("it was read")
        } catch CorpusError.duckDB(_, let reason) { #expect(reason.contains("query_id"), "\(reason)") }
    }
}
