import Experiments
import Foundation
import TestSupport
import Testing

/// The Shopping Queries data's files, made small, through the built command to Table 2 and Figure 3.
@Suite struct ShoppingTableTests {
    static let spec = """
        name: table2
        parts:
          - model: reference
            settings:
              data: {source: esci, evaluationQueries: 40, developmentQueries: 10}
              evaluation: {cutoffs: [1, 2, 5, 10, 25, 50]}
            rows:
              - {row: random, order: random}
              - {row: first, order: first}
              - {row: ceiling, order: ceiling}
          - model: autoregressive
            settings:
              data: {source: esci, evaluationQueries: 40, developmentQueries: 10}
              evaluation: {cutoffs: [1, 2, 5, 10, 25, 50]}
              decoder: {vocabulary: 400, width: 16, layers: 1, heads: 2, keyValueHeads: 1, headDimension: 8, feedForward: 32}
              steps: 4
              queriesPerBatch: 4
              base: {steps: 4, queriesPerBatch: 4}
            rows:
              - {row: ntp, loss: {lambda: top1, targets: onehot}}
              - {row: trie_b2, loss: {lambda: top1, targets: trie, beta: 2}}
        """

    let experiment: SmallExperiment

    init() throws { experiment = try SmallExperiment(Self.spec) }

    private func path(_ name: String) -> String { experiment.folder.appendingPathComponent(name).path }

    /// 2,000 products and 300 queries, with nulls, tabs, line breaks, Japanese and 400 characters.
    private func writeParquet() throws {
        let sql = """
            COPY (SELECT 'B' || i AS product_id,
                CASE WHEN i % 100 = 3 THEN NULL WHEN i % 100 = 5 THEN 'tab' || chr(9) || 'line' || chr(10) || i
                    WHEN i % 100 = 6 THEN '日本語のケーブル ' || i WHEN i % 100 = 7 THEN repeat('x', 400) || i
                    ELSE 'product ' || i % 37 || ' of ' || i END AS product_title,
                CASE WHEN i % 3 = 0 THEN 'jp' ELSE 'us' END AS product_locale
                FROM range(2000) t(i))
            TO '\(path("shopping_queries_dataset_products.parquet"))' (FORMAT parquet);
            COPY (SELECT i AS example_id, 'query ' || i // 4 AS query, i // 4 AS query_id, 'us' AS product_locale
                FROM range(1200) t(i))
            TO '\(path("shopping_queries_dataset_examples.parquet"))' (FORMAT parquet);
            """
        try DuckDB.run(sql)
    }

    private func command(_ arguments: [String]) throws -> RankBridgeCommand.Output {
        let output = try RankBridgeCommand.run(arguments + ["--results", experiment.results.path])
        #expect(output.status == 0, "\(output.standardError)")
        return output
    }

    @Test(.enabled(if: DuckDB.path != nil, "needs `rankbridge model fetch duckdb`"))
    func parquetBecomesATable() throws {
        try writeParquet()
        try SearchDataTests.writeEmbeddings(1_980, to: path("titles.npy"))
        try SearchDataTests.writeEmbeddings(300, to: path("queries.npy"))
        let made = try command([
            "data", "esci", experiment.folder.path, "--embeddings",
            path("titles.npy") + "," + path("queries.npy"),
            "--ranks", "31", "--step", "20", "--atoms", "40", "--title-words", "4",
        ])
        #expect(made.standardOutput.contains("20 titles and 0 queries without text"))
        #expect(made.standardOutput.contains("kept by the filter   1320, 66.7 %"))
        #expect(try experiment.sweep().status == 0)
        _ = try command(["report", "table2", "--scale", "smoke"])
        let csv = try experiment.text("tables/smoke/table2.csv").split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        #expect(
            csv[0].prefix(11).joined(separator: ",")
                == "row,lambda,targets,beta,nDCG,R@1,R@2,R@5,R@10,R@25,R@50")
        #expect(
            csv.map { $0[0] } == [
                "row", "ntp", "trie_b1", "trie_b2", "trie_b3", "trie_b4", "trie_b5", "random", "first",
                "ceiling",
            ])
        func cell(_ row: String, _ column: String) throws -> Double? {
            let line = try #require(csv.first { $0[0] == row })
            return Double(line[try #require(csv[0].firstIndex(of: column))])
        }
        // About 20.7 of 31 documents are left of a list.
        let chance = try #require(try cell("random", "R@1"))
        #expect((4...6).contains(chance))
        #expect(try #require(try cell("ceiling", "R@1")) > 90)
        #expect(try #require(try cell("ceiling", "nDCG")) > 99)
        #expect(try cell("first", "R@1") == cell("ceiling", "R@1"))
        #expect(try #require(try cell("first", "nDCG")) > cell("random", "nDCG") ?? 100)
        #expect(try cell("ntp", "nDCG") != nil && cell("trie_b1", "nDCG") == nil)
        #expect(try cell("random", "R@5_n") == 40)
        #expect(try cell("random", "R@50") == nil, "no query has 50 documents")
        // The titles of a docID stand where the first of them does, so the docID written first is always right.
        #expect(try cell("ceiling", "R-docID@1") == 100 && cell("first", "R-docID@1") == 100)
        #expect(try #require(try cell("random", "R-docID@1")) >= chance)
        #expect(try cell("ntp", "R-docID@5_sum") != nil && cell("random", "R-docID@5_sum") == nil)
        let page = try experiment.text("tables/smoke/table2.md")
        #expect(page.contains("## By docID, and by the sum"))
        #expect(
            page.contains("40 evaluated queries")
                && page.contains("No model that writes docIDs can have a higher R@1"))
    }

    /// The smallest table that there is: rankers that need no training, on files that PyArrow wrote.
    @Test(.enabled(if: DuckDB.path != nil, "needs `rankbridge model fetch duckdb`"))
    func filesOfPyArrowBecomeATable() throws {
        let data = "data: {source: esci, evaluationQueries: 30, developmentQueries: 10}"
        let small = try SmallExperiment(
            """
            name: table2
            parts:
              - model: random
                settings: {\(data)}
                rows: [{row: drawn}]
              - model: reference
                settings: {\(data)}
                rows: [{row: random, order: random}]
            """)
        func file(_ name: String) -> String { small.folder.appendingPathComponent(name).path }
        try SearchDataTests.writeEmbeddings(288, to: file("titles.npy"))
        try SearchDataTests.writeEmbeddings(94, to: file("queries.npy"))
        let fixture = RankBridgeCommand.repository.appendingPathComponent(
            "Tests/ProductSearchTests/Fixtures/pyarrow")
        let made = try RankBridgeCommand.run([
            "data", "esci", fixture.path, "--duckdb", try #require(DuckDB.path), "--embeddings",
            file("titles.npy") + "," + file("queries.npy"), "--ranks", "21", "--step", "10", "--atoms", "12",
            "--results", small.results.path,
        ])
        #expect(made.status == 0, "\(made.standardError)")
        #expect(made.standardOutput.contains("12 titles and 1 queries without text"))
        #expect(made.standardOutput.contains("kept by the filter   192, 66.7 %"))
        #expect(try small.sweep().status == 0)
        let report = try RankBridgeCommand.run([
            "report", "table2", "--scale", "smoke", "--results", small.results.path,
        ])
        #expect(report.status == 0, "\(report.standardError)")
        let rows = try small.text("tables/smoke/table2.csv").split(separator: "\n")
        for row in ["drawn", "random"] {
            let line = try #require(rows.first { $0.hasPrefix("\(row),") })
            // nDCG of lists of about fourteen titles in any order.
            let value = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)[4]
            #expect((60...95).contains(try #require(Double(value))), "\(line)")
        }
    }
}
