import Foundation
import GRDB
import Tensors
import Testing

/// A run that another machine trains: exported as a job, its scores imported. Tests/Stress/hand-over does the same with
/// Tools/finetune.py in between, which needs PyTorch.
@Suite struct HandOverTests {
    private let ours: SmallExperiment
    private let theirs: SmallExperiment
    private let id: String
    /// What the other machine would have sent: our own scores and losses.
    private let answer: TensorArchive

    init() throws {
        let spec = SmallExperiment.pretrained.replacing("steps: 60", with: "steps: 8")
            .replacing("evaluationQueries: 200", with: "evaluationQueries: 20")
        ours = try SmallExperiment(spec)
        #expect(try ours.sweep().status == 0)
        theirs = try SmallExperiment(spec)
        let entered = try theirs.sweep(["--enter-only"])
        id = try #require(entered.standardOutput.split(whereSeparator: \.isWhitespace).last.map(String.init))
        let table = ours.folder.appendingPathComponent("scores.tsv")
        let evaluated = try RankBridgeCommand.run([
            "evaluate", "--run", id, "--scores", table.path, "--results", ours.results.path,
        ])
        #expect(evaluated.status == 0, "\(evaluated.standardError)")
        let scores = try String(contentsOf: table, encoding: .utf8).split(separator: "\n").dropFirst().map {
            try #require($0.split(separator: "\t").last.flatMap { Float($0) })
        }
        let losses = try ours.rows("SELECT value FROM curve WHERE name = 'loss' ORDER BY step").map {
            Float($0["value"] as Double)
        }
        let whole = try #require(try ours.rows("SELECT id FROM run").first?["id"] as String?)
        answer = TensorArchive(
            tensors: [
                "scores": .init(shape: [scores.count], values: scores),
                "losses": .init(shape: [losses.count], values: losses),
            ], metadata: ["run": whole, "points": "7"])
    }

    private func importing(_ archive: TensorArchive) throws -> RankBridgeCommand.Output {
        let file = theirs.folder.appendingPathComponent("scores.safetensors")
        try archive.write(to: file)
        return try RankBridgeCommand.run(["import-scores", file.path, "--results", theirs.results.path])
    }

    @Test func scoresComeBackAsTheRunTrainedHere() throws {
        let metrics =
            "SELECT metric, k, value, low, high, n FROM metric WHERE metric <> 'invalid' AND score = '' ORDER BY 1, 2"
        let imported = try importing(answer)
        #expect(imported.status == 0, "\(imported.standardError)")
        #expect(try theirs.rows(metrics) == ours.rows(metrics))
        #expect(
            try theirs.rows("SELECT state, imported, training_points FROM run") == [
                ["state": "finished", "imported": 1, "training_points": 7]
            ])
        #expect(
            try theirs.rows("SELECT host, cpu, threads, wall_seconds, peak_memory_bytes FROM run") == [
                ["host": nil, "cpu": nil, "threads": nil, "wall_seconds": 0.0, "peak_memory_bytes": nil]
            ], "what another machine spent is not known")
        let again = try importing(answer)
        #expect(again.status == 1 && again.standardError.contains("is finished already"))
    }

    @Test func whatDoesNotBelongToTheRunIsRefused() throws {
        var short = answer
        short.tensors["scores"] = .init(shape: [1], values: [0])
        var other = answer
        other.metadata["run"] = String(repeating: "0", count: 64)
        var infinite = answer
        infinite.tensors["losses"]?.values[0] = .infinity
        for (archive, message) in [
            (short, "the file has 1 scores"), (other, "no run"), (infinite, "no finite number"),
            (TensorArchive(metadata: answer.metadata), "the archive has no"),
        ] {
            let output = try importing(archive)
            #expect(output.status == 1 && output.standardError.contains(message), "\(output.standardError)")
        }
        #expect(try theirs.rows("SELECT state FROM run") == [["state": "pending"]])
    }

    @Test(arguments: [
        "precision=bfloat16", "loss.kind=listnet", "score=sum", "tuning.lastLayers=1",
        "tuning.frozenStorage=bfloat16 steps=0",
    ])
    func whatAnotherMachineDoesNotDoIsRefused(setting: String) throws {
        let entered = try theirs.sweep(
            ["--enter-only"] + setting.split(separator: " ").flatMap { ["--set", String($0)] })
        let run = try #require(entered.standardOutput.split(whereSeparator: \.isWhitespace).last)
        let job = theirs.folder.appendingPathComponent("refused")
        let output = try RankBridgeCommand.run([
            "export-job", String(run), job.path, "--results", theirs.results.path,
        ])
        let name = try #require(setting.split(separator: "=").first)
        #expect(output.status == 1 && output.standardError.contains("\(name) is "), "\(output.standardError)")
        #expect(!FileManager.default.fileExists(atPath: job.appendingPathComponent("job.json").path))
    }

    @Test func aJobHoldsEveryMinibatchAndCandidate() throws {
        let job = theirs.folder.appendingPathComponent("job")
        // What an earlier job left must not pass for part of this one; what is somebody else's stays.
        try FileManager.default.createDirectory(at: job, withIntermediateDirectories: true)
        let (earlier, other) = (
            job.appendingPathComponent("minibatches-00009.safetensors"),
            job.appendingPathComponent("notes.txt")
        )
        for file in [earlier, other] { try Data([1]).write(to: file) }
        let output = try RankBridgeCommand.run([
            "export-job", id, job.path, "--results", theirs.results.path,
        ])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(!FileManager.default.fileExists(atPath: earlier.path))
        #expect(FileManager.default.fileExists(atPath: other.path))
        let text = try Data(contentsOf: job.appendingPathComponent("job.json"))
        let description = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        #expect((description["learning_rates"] as? [Double])?.count == 8)
        func integers(_ name: String, _ file: String) throws -> [Int32] {
            let data = try Data(contentsOf: job.appendingPathComponent(file))
            let entry = try #require(try SafetensorsHeader(data).entries[name])
            #expect(entry.dtype == "I32")
            return data[entry.bytes].withUnsafeBytes { bytes in
                (0..<entry.count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
            }
        }
        let minibatches = "minibatches-00000.safetensors"
        #expect(try integers("step_starts", minibatches) == (0...8).map { Int32(4 * $0) })
        let starts = try integers("sequence_starts", minibatches)
        let (tokens, parents) = try (integers("tokens", minibatches), integers("parents", minibatches))
        #expect(starts.count == 33 && starts.last == Int32(tokens.count) && parents.count == tokens.count)
        let places = try integers("target_places", minibatches)
        #expect(places.allSatisfy { $0 >= 0 && $0 < Int32(tokens.count) })
        for (start, end) in zip(starts, starts.dropFirst()) {
            #expect(parents[Int(start)] == -1)
            #expect((start..<end).allSatisfy { parents[Int($0)] < $0 - start })
            #expect(places.contains { $0 >= start && $0 < end })
        }
        let scores = try #require(answer.tensors["scores"]).values.count
        #expect(try integers("document_starts", "candidates-00000.safetensors").count == scores + 1)
        #expect(try integers("query_starts", "candidates-00000.safetensors").count == 21)
    }
}
