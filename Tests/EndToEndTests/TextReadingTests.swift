import Foundation
import GRDB
import Testing

/// Rankers that read titles by a text encoder, through the built command.
@Suite struct TextReadingTests {
    private static let encoder = RankBridgeCommand.repository.appendingPathComponent(
        "Tests/LanguageModelsTests/Fixtures/tiny-bert"
    ).path

    private static func spec(_ encoder: String, width: Int = 16) -> String {
        """
        name: reading
        parts:
          - model: autoregressive
            settings:
              data: {source: shop, evaluationQueries: 20, developmentQueries: 5}
              decoder: {vocabulary: 400, width: \(width), layers: 1, heads: 2, keyValueHeads: 1, headDimension: 8, feedForward: 32}
              steps: 3
              queriesPerBatch: 4
              base: {steps: 3, queriesPerBatch: 4, objective: matching}
              evaluation: {cutoffs: [1, 2]}
            rows:
              - {row: pieces}
              - {row: encoded, texts: encoded, encoder: "\(encoder)"}
          - model: text-similarity
            settings:
              data: {source: shop, evaluationQueries: 20, developmentQueries: 5}
              evaluation: {cutoffs: [1, 2]}
            rows:
              - {row: bm25}
              - {row: encoder, measure: encoder, encoder: "\(encoder)"}
        """
    }

    private func experiment(_ encoder: String = encoder, width: Int = 16) throws -> SmallExperiment {
        let experiment = try SmallExperiment(Self.spec(encoder, width: width))
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

    /// The encoder is part of the identity of the base too, and what it made is kept for all runs.
    @Test func runsThatReadByAnEncoder() throws {
        let experiment = try experiment()
        let output = try experiment.sweep()
        #expect(output.status == 0, "\(output.standardError)")
        let runs = try experiment.rows(
            """
            SELECT sweep_run.row AS row, run.id AS id, run.base_run AS base, example_prompt AS prompt,
                json_extract(configuration, '$.modelFingerprint') AS fingerprint
            FROM sweep_run JOIN run ON run.id = sweep_run.run
            """)
        func run(_ row: String) throws -> Row { try #require(runs.first { $0["row"] == row }) }
        let fingerprint = try #require(try run("encoded")["fingerprint"] as String?)
        #expect(try run("encoder")["fingerprint"] == fingerprint)
        for row in ["pieces", "bm25"] { #expect(try run(row)["fingerprint"] as String? == nil) }
        #expect(try run("encoded")["base"] as String? != run("pieces")["base"])
        #expect((try run("encoded")["prompt"] as String).contains("\" <answer>"))
        let kept = try FileManager.default.contentsOfDirectory(
            atPath: experiment.results.appendingPathComponent("data/cache/embeddings").path)
        #expect(!kept.isEmpty)
        for row in ["encoded", "encoder", "bm25"] {
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
        let wide = try experiment(width: 64)
        #expect(try wide.sweep().status == 1)
        let errors = try wide.rows("SELECT error FROM run WHERE error IS NOT NULL")
        #expect(
            errors.contains { ($0["error"] as String).contains("at most 32, the width of the text encoder") })
        // WordNet's documents have no titles to read.
        let untitled = try RankBridgeCommand.run([
            "train", "autoregressive", "--set", "texts=encoded", "--set", "encoder=\(Self.encoder)", "--set",
            "decoder.width=32", "--set", "steps=1", "--set", "base.steps=0", "--results", wide.results.path,
        ])
        #expect(
            untitled.status == 1 && untitled.standardError.contains("pieces where documents have no titles"))
    }
}
