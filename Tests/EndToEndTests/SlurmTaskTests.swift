import Foundation
import GRDB
import Tensors
import Testing

@testable import Experiments

/// A Slurm plan's task, run as Slurm would on a node, without Slurm.
@Suite("Tasks of a Slurm plan")
struct SlurmTaskTests {
    /// Runs a task's script in a folder that is nobody's.
    ///
    /// - Returns: Its exit status, and what it printed.
    private func task(_ plan: URL, stage: Int, task: Int = 1) throws -> (status: Int32, text: String) {
        let variables = [
            "SLURM_JOB_ID=7", "SLURM_ARRAY_TASK_ID=\(task)", "SLURM_TMPDIR=\(try temporaryFolder().path)",
        ]
        let script = [plan.appendingPathComponent("task.sh").path, plan.path, "\(stage)", "0"]
        let said = try #require(Program("env")).run(
            ["-C", try temporaryFolder().path] + variables + ["bash"] + script)
        return (said.status, said.output + said.errors)
    }

    private func measured(_ experiment: SmallExperiment) throws -> [String] {
        try experiment.rows("SELECT * FROM metric ORDER BY run, split, metric, k, score").map(\.description)
    }

    /// Rows whose base has finished where the sweep was planned start from that base, and do not train it again.
    @Test func finishedBasesAreNotTrainedAgain() throws {
        let (whole, parts) = (
            try SmallExperiment(SmallExperiment.table1), try SmallExperiment(SmallExperiment.table1)
        )
        #expect(try whole.sweep().status == 0)
        #expect(try parts.sweep(["--row", "ntp"]).status == 0)
        let plan = parts.folder.appendingPathComponent("plan")
        let planned = try parts.sweep(["--plan", "slurm", plan.path, "--threads", "1"])
        #expect(planned.status == 0, "\(planned.standardError)")
        let lines = try (1...2).map {
            try String(contentsOf: plan.appendingPathComponent("stage-\($0).txt"), encoding: .utf8)
                .split(separator: "\n").count
        }
        #expect(lines == [0, 1])
        let done = try task(plan, stage: 2)
        #expect(done.status == 0, "\(done.text)")
        let own = try ResultsDatabase(readOnly: plan.appendingPathComponent("back/2-00001/results.db").path)
        let states = try own.read { database in
            try Row.fetchAll(
                database,
                sql:
                    "SELECT state, imported, base_run IS NULL AS is_base FROM run ORDER BY imported, base_run"
            )
        }
        #expect(states.filter { $0["state"] == "finished" && $0["imported"] == 0 }.count == 2)
        #expect(states.filter { $0["is_base"] == 1 }.map { $0["imported"] as Int } == [1])
        // Another plan's tasks would not find what these have brought back, and these would read that plan's lines.
        let refused = try parts.sweep(["--plan", "slurm", plan.path])
        #expect(refused.status == 1)
        #expect(refused.standardError.contains("holds a plan already"))
        // Once more it finds all done.
        let again = try task(plan, stage: 2)
        #expect(again.status == 0, "\(again.text)")
        let merged = try #require(Program(plan.appendingPathComponent("merge.sh").path)).run([])
        #expect(merged.succeeded, "\(merged.errors)")
        #expect(try measured(parts) == measured(whole))
        let other = parts.folder.appendingPathComponent("other")
        let nothing = try parts.sweep(["--plan", "slurm", other.path])
        #expect(nothing.status == 0 && nothing.standardOutput.contains("no plan was written"))
        #expect(!FileManager.default.fileExists(atPath: other.path))
    }

    /// A model's path among the options is taken from where the sweep was planned.
    @Test func relativePathsAreTakenFromWhereTheSweepWasPlanned() throws {
        let experiment = try SmallExperiment(
            SmallExperiment.partsOfAPretrainedModel.replacing(
                SmallExperiment.tinyMistral, with: "models/tiny"))
        let models = experiment.folder.appendingPathComponent("models")
        try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: models.appendingPathComponent("tiny").path,
            withDestinationPath: SmallExperiment.tinyMistral)
        let plan = experiment.folder.appendingPathComponent("plan")
        let planned = try RankBridgeCommand.run(
            experiment.arguments(["--row", "zero", "--plan", "slurm", plan.path]), in: experiment.folder)
        #expect(planned.status == 0, "\(planned.standardError)")
        let done = try task(plan, stage: 2)
        #expect(done.status == 0, "\(done.text)")
    }

    /// A task that ends before its run could be entered leaves nothing behind that merging would stumble over.
    @Test func aTaskWithoutARunBringsNothingBack() throws {
        let experiment = try SmallExperiment(SmallExperiment.table1)
        let plan = experiment.folder.appendingPathComponent("plan")
        #expect(try experiment.sweep(["--plan", "slurm", plan.path]).status == 0)
        try FileManager.default.removeItem(at: experiment.spec)
        #expect(try task(plan, stage: 1).status == 1)
        let back = plan.appendingPathComponent("back").path
        #expect(try FileManager.default.contentsOfDirectory(atPath: back).isEmpty)
    }
}
