import Foundation
import GRDB
import RankingMetrics
import Testing

@testable import Experiments

/// A run of each kind of ranker, made once for all tests of this file.
private let swept = Result {
    let experiment = try SmallExperiment(PredictedOrderTests.spec)
    return (experiment: experiment, output: try experiment.sweep())
}

/// results.db keeps in which order each run put each query's documents.
///
/// One test after another: one of them changes what the others read, and puts it back.
@Suite(.serialized) struct PredictedOrderTests {
    fileprivate static let spec = """
        name: orders
        parts:
          - model: dual-encoder
            settings: {dimension: 4, batch: 256, steps: 20, data: {evaluationQueries: 40, protocol: all}}
            rows: [{row: de}]
          - model: cross-encoder
            settings: {dimension: 4, batch: 128, steps: 5, data: {evaluationQueries: 40, protocol: all}}
            rows: [{row: ce}]
          - model: reference
            settings: {data: {evaluationQueries: 40, protocol: all}}
            rows: [{row: chance, order: random}, {row: first, order: first}]
          - model: random
            settings: {data: {evaluationQueries: 40, protocol: all}}
            rows: [{row: random}]
          - model: dual-encoder
            settings:
              dimension: 4
              batch: 256
              steps: 5
              data: {evaluationQueries: 40, protocol: all}
              evaluation: {candidates: corpus}
            rows: [{row: corpus}]
          - model: autoregressive
            settings:
              data: {evaluationQueries: 40, trainingQueries: 2000}
              decoder: {vocabulary: 400, width: 16, layers: 1, heads: 2, keyValueHeads: 1, headDimension: 8, feedForward: 32}
              steps: 10
              queriesPerBatch: 8
              base: {steps: 10, queriesPerBatch: 8}
            rows: [{row: compact}]
          - model: autoregressive
            settings: {pretrained: \(SmallExperiment.tinyMistral), steps: 0, data: {evaluationQueries: 20}}
            rows: [{row: pretrained}]
        """

    /// A query with scores that give an order.
    private static func query(_ order: PredictedOrder, tiesAreChance: Bool) -> ScoredQuery {
        let candidates = order.groups.enumerated().flatMap { place, group in
            (group.ranks + Array(repeating: 0, count: group.others)).map {
                ScoredCandidate(score: Float(-place), rank: max(0, $0), isNegative: $0 < 0)
            }
        }
        return ScoredQuery(candidates, tiesAreChance: tiesAreChance)
    }

    private func experiment() throws -> SmallExperiment {
        let (experiment, output) = try swept.get()
        #expect(output.status == 0, "\(output.standardError)")
        return experiment
    }

    @Test func metricsOfTheStoredOrdersAreTheStoredMetrics() throws {
        let rows = try experiment().rows(
            """
            SELECT sweep_run.row, query_value.score, metric, k, query, value, predicted FROM query_value
            JOIN run ON run.number = query_value.run JOIN sweep_run ON sweep_run.run = run.id
            LEFT JOIN query_order USING (run, split, score, query) WHERE metric IN ('R', 'nDCG', 'MRR', 'CVR')
            """)
        #expect(Set(rows.map { $0["row"] as String }).count == 9, "eight rows and a base")
        #expect(Set(rows.map { $0["score"] as String }) == ["", "counted", "sum"])
        for row in rows {
            let (name, text): (String, String) = (row["row"], try #require(row["predicted"]))
            let order = try #require(PredictedOrder(text))
            let query = Self.query(order, tiesAreChance: ["chance", "first"].contains(name))
            let k: Int = row["k"]
            let metric = try #require(Metric(k > 0 ? "R@\(k)" : row["metric"]))
            #expect(query.value(metric) == row["value"], "\(name), \(metric) of '\(text)'")
        }
    }

    @Test func documentsAreThoseThatOrdersName() throws {
        let experiment = try experiment()
        let missing = try experiment.rows(
            """
            SELECT query_order.query, predicted, count(document) AS documents FROM query_order
            JOIN run ON run.number = query_order.run LEFT JOIN query_document
                ON query_document.data_fingerprint = run.data_fingerprint AND query_document.split = query_order.split
                AND query_document.query = query_order.query
            GROUP BY query_order.run, query_order.score, query_order.query
            """)
        #expect(missing.count > 200)
        for row in missing {
            let order = try #require(PredictedOrder(row["predicted"] as String))
            #expect(order.relevant.count + order.negatives == row["documents"])
        }
        let sizes = try experiment.rows(
            "SELECT count(DISTINCT query) AS queries FROM query_document GROUP BY data_fingerprint")
        #expect(sizes.map { $0["queries"] as Int }.sorted() == [20, 40, 40])
    }

    @Test func runsThatAreAskedByPromptsKeepAnExample() throws {
        let experiment = try experiment()
        let rows = try experiment.rows(
            "SELECT row, example_prompt FROM run JOIN sweep_run ON sweep_run.run = run.id")
        var prompts: [String: String] = [:]
        for row in rows { prompts[row["row"]] = row["example_prompt"] as String? }
        #expect(rows.count == 9 && Set(prompts.keys) == ["base", "compact", "pretrained"])
        let compact = try #require(prompts["compact"])
        #expect(compact.contains(" <documents> ") && compact.hasSuffix(" <answer>"), "\(compact)")
        let pretrained = try #require(prompts["pretrained"])
        #expect(pretrained.hasPrefix("<s>") && pretrained.contains("Synset: "), "\(pretrained)")
        #expect(pretrained.hasSuffix("Most specific hypernym:"), "\(pretrained)")
    }

    /// What an evaluation anew records is what the run had recorded, and nothing of another evaluation stays.
    @Test func anEvaluationAnewReplacesTheOrders() throws {
        let experiment = try experiment()
        let runs = try experiment.rows(
            "SELECT id, number FROM run JOIN sweep_run ON run = id WHERE row = 'compact'")
        let (id, number): (String, Int) = (runs[0]["id"], runs[0]["number"])
        let orders = """
            SELECT split, score, query, predicted FROM query_order WHERE run = \(number) ORDER BY 1, 2, 3
            """
        let before = try experiment.rows(orders)
        #expect(before.count == 120)
        try ResultsDatabase(results: experiment.results).transact { database in
            try database.execute(sql: "UPDATE query_order SET predicted = '1' WHERE run = \(number)")
            try database.execute(
                sql: "INSERT INTO query_order VALUES (\(number), 'evaluation', '', 'no query', '1')")
            try database.execute(
                sql: "INSERT INTO query_value VALUES (\(number), 'evaluation', 'R', 1, '', 'no query', 1)")
            try database.execute(sql: "UPDATE run SET example_prompt = NULL WHERE number = \(number)")
        }
        let output = try RankBridgeCommand.run(
            ["evaluate", "--run", id, "--record", "--results", experiment.results.path])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(try experiment.rows(orders) == before)
        let stale = "SELECT 1 FROM query_value WHERE run = \(number) AND query = 'no query'"
        #expect(try experiment.rows(stale).isEmpty)
        let prompts = try experiment.rows("SELECT example_prompt FROM run WHERE number = \(number)")
        #expect(prompts[0]["example_prompt"] as String? != nil)
    }
}
