import Foundation
import GRDB
import Testing

@Suite struct InterruptionTests {
    private static let measurements = """
        SELECT sweep_run.row, metric.split, metric.metric, metric.k, metric.value, metric.low, metric.high, metric.n
        FROM metric JOIN sweep_run USING (run) ORDER BY 1, 2, 3, 4, metric.score
        """
    private static let curves = """
        SELECT sweep_run.row, curve.name, curve.step, curve.value
        FROM curve JOIN sweep_run USING (run) ORDER BY 1, 2, 3
        """

    /// Starts the sweep and kills it once a checkpoint of `row` lies there and its run goes on.
    ///
    /// - Parameter step: Its curves must have come as far as this.
    private func kill(
        _ experiment: SmallExperiment, during row: String, from step: Int = 0, with signal: Int32
    ) throws -> RankBridgeCommand.Output {
        let running = try RankBridgeCommand.start(experiment.arguments(["--checkpoint-interval", "0"]))
        let deadline = Date().addingTimeInterval(120)
        while running.isRunning, try !isUnderWay(experiment, row, from: step) {
            try #require(Date() < deadline, "no checkpoint of \(row) within two minutes")
            Thread.sleep(forTimeInterval: 0.01)
        }
        // A handler's frame on a thread within a matrix product damages memory; only large products show it.
        for caught in [SIGINT, SIGTERM] where running.isRunning { #expect(try running.blocks(caught)) }
        running.send(signal)
        return try running.wait()
    }

    private func isUnderWay(_ experiment: SmallExperiment, _ row: String, from step: Int) throws -> Bool {
        let database = experiment.results.appendingPathComponent("results.db").path
        guard FileManager.default.fileExists(atPath: database) else { return false }
        let runs = try? experiment.rows(
            """
            SELECT run.id FROM run JOIN sweep_run ON sweep_run.run = run.id WHERE row = '\(row)' AND state = 'running'
                AND coalesce((SELECT max(step) FROM curve WHERE curve.run = run.id), 0) >= \(step)
            """
        )
        guard let id = runs?.first?["id"] as String? else { return false }
        return FileManager.default.fileExists(
            atPath: experiment.results.appendingPathComponent("checkpoints/\(id).safetensors").path)
    }

    @Test func killedRunsOfEachKindEndWithTheSameBits() throws {
        let whole = try SmallExperiment(SmallExperiment.oneOfEachKind)
        #expect(try whole.sweep().status == 0)
        let killed = try SmallExperiment(SmallExperiment.oneOfEachKind)
        for row in ["de", "ce", "base", "arr"] {
            let output = try kill(killed, during: row, with: SIGKILL)
            #expect(output.status == 128 + SIGKILL, "\(row) was to be killed: \(output.standardError)")
        }
        #expect(try killed.sweep().status == 0)
        #expect(try killed.rows(Self.measurements) == whole.rows(Self.measurements))
        #expect(try killed.rows(Self.curves) == whole.rows(Self.curves))
        for run in try whole.rows("SELECT id FROM run") {
            let model = "models/\(run["id"] as String).safetensors"
            let bytes = [killed, whole].map {
                try? Data(contentsOf: $0.results.appendingPathComponent(model))
            }
            #expect(bytes[0] != nil && bytes[0] == bytes[1], "\(model) differs")
        }
        let attempts = try killed.rows("SELECT attempt FROM run").map { $0["attempt"] as Int }
        #expect(attempts.allSatisfy { $0 >= 2 }, "each run was killed once: \(attempts)")
    }

    /// In training, while a checkpoint is written (one a step), and in evaluation.
    @Test(arguments: ["{lastLayers: 0}", "{lastLayers: 1, adapterRank: 2}"])
    func killedFineTuningOfAPretrainedModelEndsWithTheSameBits(tuning: String) throws {
        let spec = SmallExperiment.pretrained.replacing("steps: 60", with: "steps: 60\n  tuning: \(tuning)")
        let whole = try SmallExperiment(spec)
        #expect(try whole.sweep(["--threads", "2"]).status == 0)
        let killed = try SmallExperiment(spec)
        for step in [1, 20, 40, 60] {
            let output = try kill(killed, during: "tuned", from: step, with: SIGKILL)
            #expect(output.status == 128 + SIGKILL, "it was to be killed: \(output.standardError)")
        }
        #expect(try killed.sweep(["--threads", "1"]).status == 0)
        #expect(try killed.rows(Self.measurements) == whole.rows(Self.measurements))
        #expect(try killed.rows(Self.curves) == whole.rows(Self.curves))
        let id = try #require(try whole.rows("SELECT id FROM run").first?["id"] as String?)
        let models = try [killed, whole].map {
            try Data(contentsOf: $0.results.appendingPathComponent("models/\(id).safetensors"))
        }
        #expect(models[0] == models[1])
        #expect(try killed.rows("SELECT attempt FROM run").map { $0["attempt"] as Int } == [5])
    }

    @Test func controlCStopsCleanlyAndTheNextCallGoesOn() throws {
        let experiment = try SmallExperiment(SmallExperiment.table1)
        let output = try kill(experiment, during: "base", with: SIGINT)
        #expect(output.status == 130, "\(output.standardError)")
        #expect(try experiment.rows("SELECT 1 FROM run WHERE state = 'running'").isEmpty)
        #expect(try experiment.sweep().status == 0)
        #expect(try experiment.rows("SELECT 1 FROM run WHERE state = 'finished'").count == 4)
    }

    @Test(arguments: [(SmallExperiment.table1, 4), (SmallExperiment.partsOfAPretrainedModel, 8)])
    func twoSweepsAtOnceShareTheWork(spec: String, count: Int) throws {
        let experiment = try SmallExperiment(spec)
        let both = try (0..<2).map { _ in
            try RankBridgeCommand.start(experiment.arguments(["--threads", "1"]))
        }
        for output in try both.map({ try $0.wait() }) {
            #expect(output.status == 0, "\(output.standardError)")
        }
        let runs = try experiment.rows("SELECT state, attempt FROM run")
        #expect(runs.count == count, "none is lost")
        #expect(
            runs.allSatisfy { $0["state"] == "finished" && $0["attempt"] == 1 }, "none is run twice: \(runs)")
        let alone = try SmallExperiment(spec)
        #expect(try alone.sweep().status == 0)
        #expect(try experiment.rows(Self.measurements) == alone.rows(Self.measurements))
    }

    @Test func manyMayCreateOneDatabaseAtOnce() throws {
        for _ in 0..<5 {
            let folder = try temporaryFolder()
            let running = try (0..<3).map { _ in
                try RankBridgeCommand.start(["runs", "list", "--results", folder.path])
            }
            for output in try running.map({ try $0.wait() }) {
                #expect(output.status == 0, "\(output.standardError)")
            }
        }
    }
}
