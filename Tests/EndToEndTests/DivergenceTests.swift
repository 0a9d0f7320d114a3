import Foundation
import GRDB
import Testing

/// A training whose numbers are no numbers any more has no result.
@Suite("Divergence") struct DivergenceTests {
    private static let spec = """
        name: diverging
        model: cross-encoder
        settings: {dimension: 4, batch: 64, steps: 60, data: {evaluationQueries: 40, protocol: all}}
        grid: {learningRate: [0.001, 0.002, 1e30]}
        """

    @Test("a diverged run is failed, with its step and its curve, and reports name it")
    func failsWithItsStep() throws {
        let experiment = try SmallExperiment(Self.spec)
        let output = try experiment.sweep()
        #expect(output.status == 1, "\(output.standardOutput)")
        #expect(output.standardOutput.contains("2 finished, 1 failed"))
        #expect(output.standardError.contains("diverged"), "\(output.standardError)")
        let failed = try #require(
            try experiment.rows("SELECT id, failed_step, error FROM run WHERE state = 'failed'").first)
        let step: Int = try #require(failed["failed_step"])
        #expect((1...60).contains(step) && (failed["error"] as String).contains("at step \(step)"))
        let id: String = failed["id"]
        #expect(
            try experiment.rows("SELECT * FROM metric WHERE run = '\(id)'").isEmpty, "it has no CVR at all")
        let points = try experiment.rows("SELECT step FROM curve WHERE run = '\(id)' AND name = 'loss'")
        #expect(points.map { $0["step"] as Int } == Array(1..<step), "its curve ends where it did")
        let shown = try RankBridgeCommand.run([
            "runs", "show", String(id.prefix(12)), "--results", experiment.results.path,
        ])
        #expect(shown.standardOutput.contains("failed_step           \(step)"))
        _ = try RankBridgeCommand.run(["report", "diverging", "--results", experiment.results.path])
        let page = try experiment.text("tables/smoke/diverging-R@1.md")
        #expect(page.contains("Failed: ") && page.contains("at step \(step)"), "\(page)")
    }
}
