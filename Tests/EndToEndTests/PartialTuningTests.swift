import Foundation
import GRDB
import Tensors
import Testing

/// Runs of all these kinds, made once for all tests of this file.
private let swept = Result {
    let experiment = try SmallExperiment(SmallExperiment.partsOfAPretrainedModel)
    return (experiment: experiment, output: try experiment.sweep())
}

/// Runs in which a part of a pretrained model learns, or which ask it in fewer words.
@Suite struct PartialTuningTests {
    private let experiment: SmallExperiment
    private let ids: [String: String]

    init() throws {
        let output: RankBridgeCommand.Output
        (experiment, output) = try swept.get()
        #expect(output.status == 0, "\(output.standardError)")
        let runs = try experiment.rows("SELECT row, run FROM sweep_run WHERE sweep = 'parts'")
        ids = Dictionary(uniqueKeysWithValues: runs.map { ($0["row"], $0["run"]) })
        #expect(ids.count == 8)
    }

    private func model(_ row: String) throws -> TensorArchive {
        let id = try #require(ids[row])
        return try TensorArchive(
            contentsOf: experiment.results.appendingPathComponent("models/\(id).safetensors"))
    }

    private func rankbridge(_ arguments: [String]) throws -> RankBridgeCommand.Output {
        try RankBridgeCommand.run(arguments + ["--results", experiment.results.path])
    }

    private func scores(_ row: String) throws -> [Double] { try scores(run: #require(ids[row])) }

    private func scores(run: String) throws -> [Double] {
        let table = experiment.folder.appendingPathComponent("\(UUID()).tsv")
        let output = try rankbridge(["evaluate", "--run", run, "--scores", table.path])
        #expect(output.status == 0, "\(output.standardError)")
        return try String(contentsOf: table, encoding: .utf8).split(separator: "\n").dropFirst().map {
            try #require($0.split(separator: "\t").last.flatMap { Double($0) })
        }
    }

    @Test func aRunsFileHoldsWhatItMoved() throws {
        let whole = try model("whole").tensors
        let last = try model("last").tensors
        #expect(last.count == 10 && Set(last.keys).isSubset(of: whole.keys))
        #expect(last["model.norm.weight"]?.values.contains { $0 != 1 } == true)
        let adapters = try model("adapters").tensors
        #expect(adapters.keys.allSatisfy { $0.hasPrefix("adapters.") } && adapters.count % 8 == 0)
        #expect(
            adapters.filter { $0.key.hasSuffix(".B") }.values.allSatisfy { $0.values.contains { $0 != 0 } })
        #expect(Set(try model("question").tensors.keys) == Set(whole.keys))
    }

    /// From the saved part and the pretrained model, metrics come out as they were right after training.
    @Test(arguments: ["last", "adapters", "question", "half", "half_last", "zero"])
    func aSavedPartEvaluatesAsItDid(row: String) throws {
        let id = try #require(ids[row])
        let metrics =
            "SELECT metric, k, score, value, low, high FROM metric WHERE run = '\(id)' ORDER BY 1, 2, 3"
        let before = try experiment.rows(metrics)
        #expect(!before.isEmpty)
        let output = try rankbridge(["evaluate", "--run", id, "--record"])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(try experiment.rows(metrics) == before)
    }

    /// The exported folder is a whole model, adapters multiplied in: as it is, it scores as the run does.
    @Test(arguments: ["last", "adapters", "half", "half_last", "zero"])
    func anExportedModelIsWhole(row: String) throws {
        let folder = experiment.folder.appendingPathComponent("exported-\(row)").path
        let exported = try rankbridge(["model", "export", "--run", try #require(ids[row]), folder])
        #expect(exported.status == 0, "\(exported.standardError)")
        let trained = try rankbridge([
            "train", "autoregressive", "--set", "pretrained=\(folder)", "--set", "steps=0", "--set",
            "data.evaluationQueries=20",
        ])
        #expect(trained.status == 0, "\(trained.standardError)")
        let run = try #require(
            trained.standardOutput.split(whereSeparator: \.isWhitespace).last.map(String.init))
        let (own, expected) = try (scores(run: run), scores(row))
        #expect(own.count == expected.count && !own.isEmpty)
        #expect(zip(own, expected).allSatisfy { abs($0 - $1) < 1e-4 * max(1, abs($1)) })
        #expect(try expected != scores("whole"))
    }

    @Test func promptAndOrderMakeADifference() throws {
        let whole = try scores("whole")
        #expect(try scores("question") != whole)
        #expect(try scores("ordered") != whole)
    }

    @Test func whatCannotBeIsRefused() throws {
        let job = try rankbridge([
            "export-job", try #require(ids["adapters"]), experiment.folder.appendingPathComponent("job").path,
        ])
        #expect(job.status == 1 && job.standardError.contains("tuning.adapterRank"), "\(job.standardError)")
        for (option, message) in [
            ("tuning.lastLayers=1", "tuning.lastLayers"), ("tuning.adapterRank=2", "tuning.adapterRank"),
            ("steps=2000000000", "steps"), ("tuning.frozenStorage=bfloat16", "tuning.frozenStorage"),
            ("tuning.adapterAlpha=0", "tuning.adapterAlpha"), ("prompt=poem", "prompt"),
        ] {
            let output = try rankbridge(["train", "autoregressive", "--set", option])
            #expect(output.status != 0 && output.standardError.contains(message), "\(output.standardError)")
        }
        let pretrained = ["train", "autoregressive", "--set", "pretrained=\(SmallExperiment.tinyMistral)"]
        for (options, message) in [
            (["tuning.lastLayers=3"], "at most 2, the model's layers"),
            (["tuning.adapterAlpha=8"], "tuning.adapterAlpha"),
            (["tuning.lastLayers=1", "steps=0"], "tuning.lastLayers"),
            (["order=fewest-first", "steps=10000000"], "order"),
        ] {
            let output = try rankbridge(pretrained + options.flatMap { ["--set", $0] })
            #expect(output.status != 0 && output.standardError.contains(message), "\(output.standardError)")
        }
    }
}
