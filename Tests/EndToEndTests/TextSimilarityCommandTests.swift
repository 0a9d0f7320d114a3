import Foundation
import GRDB
import Testing

/// Rankers by the texts alone, through the built command.
@Suite struct TextSimilarityCommandTests {
    private static let encoder = RankBridgeCommand.repository.appendingPathComponent(
        "Tests/LanguageModelsTests/Fixtures/tiny-bert"
    ).path

    private static func spec(_ encoder: String) -> String {
        """
        name: reading
        parts:
          - model: text-similarity
            settings:
              data: {source: shop, evaluationQueries: 20, developmentQueries: 5}
              evaluation: {cutoffs: [1, 2]}
            rows:
              - {row: bm25}
              - {row: encoder, measure: encoder, encoder: "\(encoder)"}
              - {row: components, measure: encoder, encoder: "\(encoder)", components: 3}
              - {row: development, evaluation: {split: development}}
        """
    }

    private func experiment(_ encoder: String = encoder) throws -> SmallExperiment {
        let experiment = try SmallExperiment(Self.spec(encoder))
        func path(_ name: String) -> String { experiment.folder.appendingPathComponent(name).path }
        let titles = (0..<90).map { #"{"id": "t\#($0)", "text": "cable \#($0) of \#($0 % 9) metres"}"# }
        let queries = (0..<40).map { #"{"id": \#($0), "text": "cable \#($0)"}"# }
        try Data(titles.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path("titles.jsonl")))
        try Data(queries.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path("queries.jsonl")))
        try SearchDataTests.writeEmbeddings(90, to: path("titles.npy"))
        try SearchDataTests.writeEmbeddings(40, to: path("queries.npy"))
        let output = try RankBridgeCommand.run([
            "data", "titles", "--name", "shop", "--titles", path("titles.jsonl"), "--queries",
            path("queries.jsonl"), "--embeddings", path("titles.npy") + "," + path("queries.npy"), "--ranks",
            "5", "--step", "10", "--atoms", "12", "--results", experiment.results.path,
        ])
        #expect(output.status == 0, "\(output.standardError)")
        return experiment
    }

    /// The encoder is part of a run's identity, and a run is evaluated again as it was.
    @Test func runsThatRankByTexts() throws {
        let experiment = try experiment()
        let output = try experiment.sweep()
        #expect(output.status == 0, "\(output.standardError)")
        let runs = try experiment.rows(
            """
            SELECT sweep_run.row AS row, run.id AS id,
                json_extract(configuration, '$.modelFingerprint') AS fingerprint
            FROM sweep_run JOIN run ON run.id = sweep_run.run
            """)
        func run(_ row: String) throws -> Row { try #require(runs.first { $0["row"] == row }) }
        #expect(try run("encoder")["fingerprint"] as String? != nil)
        #expect(try run("bm25")["fingerprint"] as String? == nil)
        for row in ["encoder", "bm25", "components", "development"] {
            let id: String = try run(row)["id"]
            let metrics = "SELECT metric, k, score, value FROM metric WHERE run = '\(id)' ORDER BY 1, 2, 3"
            let before = try experiment.rows(metrics)
            let evaluated = try RankBridgeCommand.run([
                "evaluate", "--run", id, "--record", "--results", experiment.results.path,
            ])
            #expect(evaluated.status == 0, "\(evaluated.standardError)")
            let after = try experiment.rows(metrics)
            #expect(!before.isEmpty && after == before, "\(row)")
        }
    }

    @Test func whatCannotBeIsRefused() throws {
        let missing = try experiment("minilm")
        let output = try missing.sweep(["--models", missing.folder.path])
        #expect(output.status == 1, "\(output.standardError)")
        #expect(output.standardError.contains("rankbridge model fetch minilm"), "\(output.standardError)")
    }
}
