import Foundation
import Options
import RankingData
import Tensors
import TestSupport
import Testing

@testable import ProductSearch

@Suite struct TitleFilesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String, _ name: String) throws -> String {
        try Data(text.utf8).write(to: folder.url.appendingPathComponent(name))
        return folder.path(name)
    }

    private func corpus(titles: String, queries: String) throws -> SearchCorpus {
        try SearchCorpus(titles: write(titles, "t.jsonl"), queries: write(queries, "q.jsonl"))
    }

    @Test func dirtyRowsAreCountedAndCleaned() throws {
        let corpus = try corpus(
            titles: """
                {"id": "a", "text": "  USB\\tC\\nhub ", "brand": "x"}
                {"id": 7, "text": "日本語のケーブル", "keep": false}

                {"id": "c", "text": null}
                {"id": "d", "text": " \\n\\t"}
                {"id": "e", "text": "USB C hub"}
                """,
            queries: """
                {"id": "1", "text": "usb  C"}
                {"id": "2", "text": "USB c"}
                {"id": "3", "text": ""}
                {"id": "4", "text": "Caf\\u00e9"}
                {"id": "5", "text": "cafe\\u0301"}
                """)
        #expect(corpus.titles.map(\.id) == ["a", "7", "e"])
        #expect(corpus.titles.map(\.text) == ["USB C hub", "日本語のケーブル", "USB C hub"])
        #expect(corpus.isKept == [true, false, true])
        #expect(corpus.queries.map(\.id) == ["1", "4"])
        let expected = DroppedRows(
            emptyTitles: 2, repeatedTitles: 0, emptyQueries: 1, repeatedQueries: 2, cleanedTexts: 1)
        #expect(corpus.dropped == expected)
        let statistics = TextStatistics(corpus.titles)
        #expect(statistics.count == 3 && statistics.distinct == 2 && statistics.longest == 9)
    }

    @Test func badLinesAreNamed() throws {
        let good = #"{"id": "a", "text": "x"}"# + "\n"
        let expected = #"an object with an "id" and a "text", say {"id": "B07", "text": "USB C hub"}"#
        for bad in [
            #"{"id": "b", "text": "x""#, #"{"id": "b"}"#, #"{"text": "x"}"#, "[]", "x",
            #"{"id": 1.5, "text": ""}"#,
            #"{"id": "b", "text": 3}"#, #"{"id": "b", "text": "x", "keep": "yes"}"#,
        ] {
            #expect(
                throws: CorpusError.malformed(
                    file: folder.path("t.jsonl"), line: 2, expected: expected), "\(bad)"
            ) { try corpus(titles: good + bad + "\n", queries: good) }
        }
        #expect(throws: CorpusError.duplicate(file: folder.path("q.jsonl"), line: 3, id: "a")) {
            try corpus(titles: good, queries: good + "\n" + good)
        }
        #expect(throws: CorpusError.empty("query")) { try corpus(titles: good, queries: "\n") }
        #expect(throws: CorpusError.empty("title that the filter keeps")) {
            try corpus(titles: #"{"id": "a", "text": "x", "keep": false}"#, queries: good)
        }
        #expect(throws: InputError.self) {
            try SearchCorpus(titles: folder.path("nowhere"), queries: folder.path("t.jsonl"))
        }
    }

    @Test func marksAndLineEndsChangeNothing() throws {
        let text = (0..<9).map { #"{"id": "\#($0)", "text": "title \#($0)"}"# + "\n" }.joined()
        let expected = try corpus(titles: text, queries: text)
        let returned = text.replacingOccurrences(of: "\n", with: "\r\n")
        for spelling in ["\u{feff}" + text, returned, "\u{feff}" + returned, "\n \n" + text] {
            let found = try corpus(titles: spelling, queries: spelling)
            #expect(found.titles == expected.titles && found.queries == expected.queries)
        }
        for bad in ["\u{0}", "\r"] {
            #expect(throws: CorpusError.self) { try corpus(titles: text + bad + text, queries: text) }
        }
    }

    @Test func damagedFilesAreRefusedOrRead() throws {
        let lines = (0..<20).map { #"{"id": "\#($0)", "text": "title \#($0) — é"}"# }.joined(separator: "\n")
        let queries = try write(#"{"id": "a", "text": "x"}"#, "q.jsonl")
        let refused = try damage(
            Data(lines.utf8), 300, isExpected: { $0 is CorpusError || $0 is InputError }
        ) { data in
            try data.write(to: folder.url.appendingPathComponent("t.jsonl"))
            _ = try SearchCorpus(titles: folder.path("t.jsonl"), queries: queries)
        }
        #expect(refused > 100)
    }
}

/// What a test of the whole WordNet asks for.
private let hasWordNet: any TestTrait = ConditionTrait.enabled(
    if: FileManager.default.fileExists(atPath: Taxonomy.wordNetFolder + "/data.noun"), "needs wordnet-base")

@Suite struct GlossTests {
    @Test(hasWordNet) func wordNetIsReadWhole() throws {
        let corpus = try SearchCorpus(glosses: Taxonomy.wordNetFolder, queries: .words)
        try GlossStatistics(corpus).verify(against: .wordNet30(.words))
        #expect(
            corpus.titles[0].text
                == "entity: that which is perceived or known or inferred to have its own distinct existence (living or nonliving)"
        )
        #expect(corpus.titles[0].id == "noun.00001740")
        let able = try #require(corpus.titles.first { $0.id == "adj.00001740" })
        #expect(able.text.hasPrefix("able: (usually followed by `to') having the necessary means"))
        #expect(TextStatistics(corpus.titles).distinct == 117_659)
        #expect(TextStatistics(corpus.titles).longest == 605)
        #expect(corpus.queries.prefix(2).map(\.text) == ["entity", "physical entity"])
        #expect(corpus.queries.contains { $0.text == "abroad" })
        let lemmas = corpus.titles.map { $0.text.prefix(while: { $0 != ":" }) }
        #expect(!lemmas.contains { $0.hasSuffix("(p)") || $0.contains("_") })
        #expect(corpus.dropped.cleanedTexts == 0)
    }

    /// In the titles for words they do stand, in quotation marks.
    @Test(hasWordNet) func sentencesStandInNoTitleOfTheirOwn() throws {
        func quoting(_ queries: GlossQueries) throws -> Int {
            let corpus = try SearchCorpus(glosses: Taxonomy.wordNetFolder, queries: queries)
            return corpus.titles.count { $0.text.utf8.count { $0 == UInt8(ascii: "\"") } >= 2 }
        }
        #expect(try quoting(.sentences) == 0)
        #expect(try quoting(.words) > 30_000)
        let corpus = try SearchCorpus(glosses: Taxonomy.wordNetFolder, queries: .sentences)
        try GlossStatistics(corpus).verify(against: .wordNet30(.sentences))
        let able = try #require(corpus.titles.first { $0.id == "adj.00001740" })
        #expect(
            able.text
                == "able: (usually followed by `to') having the necessary means or skill or know-how or authority to do something"
        )
        #expect(corpus.queries.contains { $0.text == "able to swim" })
    }

    @Test func anotherWordNetIsRefused() throws {
        let folder = try TemporaryFolder()
        let line = "00001740 03 n 02 entity 0 big_thing 1 000 | what is; \"it is\"  \n"
        for (part, text) in [("noun", line), ("verb", line), ("adj", line), ("adv", line)] {
            try Data(text.utf8).write(to: folder.url.appendingPathComponent("data." + part))
        }
        let corpus = try SearchCorpus(glosses: folder.url.path, queries: .words)
        #expect(corpus.titles.count == 4)
        #expect(corpus.titles[1].text == "entity, big thing: what is; \"it is\"")
        #expect(throws: WordNetError.unexpected(statistic: "glosses", expected: 117_659, found: 4)) {
            try GlossStatistics(corpus).verify(against: .wordNet30(.words))
        }
        for (count, becomes) in [
            ("02 entity", "7fffffffffffffff entity"), ("02 entity", "-2 entity"), (" 000 ", " 999 "),
        ] {
            try Data((line + line.replacingOccurrences(of: count, with: becomes)).utf8)
                .write(to: folder.url.appendingPathComponent("data.verb"))
            let error = #expect(throws: WordNetError.self) {
                try SearchCorpus(glosses: folder.url.path, queries: .words)
            }
            #expect("\(try #require(error))".hasPrefix(folder.path("data.verb") + ":2: expected as many"))
        }
        let refused = try damage(
            Data(line.utf8), 200, isExpected: { $0 is WordNetError || $0 is CorpusError }
        ) {
            data in
            try data.write(to: folder.url.appendingPathComponent("data.verb"))
            _ = try SearchCorpus(glosses: folder.url.path, queries: .sentences)
        }
        #expect(refused > 30)
        try FileManager.default.removeItem(at: folder.url.appendingPathComponent("data.adv"))
        #expect(throws: WordNetError.self) {
            try SearchCorpus(glosses: folder.url.path, queries: .words)
        }
    }
}

/// DuckDB's command-line program, where it is installed.
let duckDB: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { $0 + "/duckdb" }.first { FileManager.default.isExecutableFile(atPath: $0) }

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
        // A file of the published size that is another.
        let other = Data(count: ShoppingQueries.examples.bytes)
        try other.write(to: folder.url.appendingPathComponent(Self.names[1]))
        #expect(throws: CorpusError.damaged(file: folder.path(Self.names[1]), found: Fingerprint.of(other))) {
            try ShoppingQueries(folder.url.path)
        }
    }

    /// Both files by DuckDB itself, with nulls, tabs, line breaks, Japanese and 400 characters.
    private func write(_ duckDB: String) throws {
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
        let process = Process()
        process.executableURL = URL(fileURLWithPath: duckDB)
        process.arguments = ["-init", "/dev/null", "-bail", "-c", sql]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test(.enabled(if: duckDB != nil, "needs DuckDB's program in PATH"))
    func parquetIsReadAsPublished() throws {
        try write(try #require(duckDB))
        let corpus = try ShoppingQueries(folder.url.path).corpus()
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
                #expect(throws: CorpusError.self) { try ShoppingQueries(folder.url.path).corpus() }
            }
            try whole.write(to: file)
        }
    }

    @Test(.enabled(if: duckDB != nil, "needs DuckDB's program in PATH"))
    func aFileWithoutTheColumnsIsRefused() throws {
        try write(try #require(duckDB))
        try FileManager.default.removeItem(atPath: folder.path(Self.names[1]))
        try FileManager.default.copyItem(
            atPath: folder.path(Self.names[0]), toPath: folder.path(Self.names[1]))
        do {
            _ = try ShoppingQueries(folder.url.path).corpus()
            Issue.record("it was read")
        } catch CorpusError.duckDB(_, let reason) { #expect(reason.contains("query_id"), "\(reason)") }
    }
}
