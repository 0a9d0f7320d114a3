import Foundation
import GRDB
import Testing

/// Decoders whose token embeddings start from a text encoder.
@Suite struct TokenEncoderTests {
    private static let encoder = RankBridgeCommand.repository.appendingPathComponent(
        "Tests/LanguageModelsTests/Fixtures/tiny-bert"
    ).path

    private static func spec(_ encoder: String, width: Int = 16) -> String {
        """
        name: tokens
        model: autoregressive
        settings:
          data: {evaluationQueries: 20, developmentQueries: 10, trainingQueries: 500}
          decoder: {vocabulary: 300, width: \(width), layers: 1, heads: 2, keyValueHeads: 1, headDimension: 8, feedForward: 32}
          queriesPerBatch: 4
          steps: 2
          base: {steps: 2, queriesPerBatch: 4}
        rows:
          - {row: random}
          - {row: encoded, tokenEncoder: \(encoder)}
          - {row: scratch, tokenEncoder: \(encoder), base: {steps: 0}}
        """
    }

    /// The base starts from the encoder, and the row from the base: the encoder is part of both runs' identity.
    @Test func theBaseStartsFromTheEncoder() throws {
        let experiment = try SmallExperiment(Self.spec(Self.encoder))
        let output = try experiment.sweep()
        #expect(output.status == 0, "\(output.standardError)")
        let runs = try experiment.rows(
            """
            SELECT sweep_run.row AS row, run.id AS id, run.base_run AS base,
                json_extract(configuration, '$.modelFingerprint') AS fingerprint
            FROM sweep_run JOIN run ON run.id = sweep_run.run
            """)
        let bases = try experiment.rows("SELECT DISTINCT base_run FROM run WHERE base_run IS NOT NULL")
        #expect(bases.count == 2)
        func run(_ row: String) throws -> Row { try #require(runs.first { $0["row"] == row }) }
        let fingerprint = try #require(try run("encoded")["fingerprint"] as String?)
        #expect(try run("random")["fingerprint"] as String? == nil)
        #expect(try run("scratch")["fingerprint"] == fingerprint)
        #expect(try run("random")["base"] as String? != run("encoded")["base"])
        // A finished run is evaluated without the encoder: its own file has all weights.
        let evaluated = try RankBridgeCommand.run([
            "evaluate", "--run", run("encoded")["id"], "--results", experiment.results.path,
        ])
        #expect(evaluated.status == 0, "\(evaluated.standardError)")
    }

    @Test func whatCannotBeIsRefused() throws {
        let missing = try SmallExperiment(Self.spec("minilm"))
        let output = try missing.sweep(["--models", missing.folder.path])
        #expect(output.status == 1, "\(output.standardError)")
        #expect(output.standardError.contains("rankbridge model fetch minilm"), "\(output.standardError)")
        let wide = try SmallExperiment(Self.spec(Self.encoder, width: 64))
        let refused = try wide.sweep()
        #expect(refused.status != 0)
        let errors = try wide.rows("SELECT error FROM run WHERE error IS NOT NULL")
        #expect(
            errors.contains { ($0["error"] as String).contains("at most 32, the width of the text encoder") },
            "\(refused.standardError)")
    }
}
