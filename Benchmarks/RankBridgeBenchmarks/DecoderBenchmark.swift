import AutoregressiveRanker
import Foundation
import LanguageModels
import RankingData
import Tensors

/// One fine-tuning step of the compact decoder on 64 packed queries, against PyTorch and its floor.
struct DecoderBenchmark {
    let task: RankingTask
    let workers: WorkerPool
    let rates: MachineRates
    let steps: Int
    let pytorch: PyTorchStep?

    private static let queries = 64

    func run() throws {
        var configuration = AutoregressiveConfiguration(base: BaseTraining(steps: 0))
        configuration.steps = 1_000_000
        let vocabulary = CompactPrompt.learnVocabulary(of: task, size: configuration.decoder.vocabulary)
        let prompt = try CompactPrompt(vocabulary: vocabulary, names: task.names)
        let packer = MinibatchPacker(prompt: prompt, loss: configuration.loss, promptWeight: 0, seed: 1)
        let minibatches = (0..<4).map { number in
            (0..<Self.queries).map { index in
                let draw = number * Self.queries + index
                return packer.pack(task.training[draw % task.training.count], draw: UInt64(draw))
            }
        }
        print("decoder: \(configuration.decoder.parameterCount) parameters, \(Self.queries) queries a step")
        let own = try timeTrainer(configuration)
        printFloor(minibatches, configuration.decoder, own)
        try compareWithPyTorch(minibatches, configuration, own)
    }

    /// Median milliseconds of whole training steps: packing, forward, backward, clipping, AdamW.
    private func timeTrainer(_ configuration: AutoregressiveConfiguration) throws -> Double {
        let trainer = try AutoregressiveTrainer(
            configuration: configuration, task: task, seed: 1, workers: workers)
        var times: [Double] = []
        var last = DispatchTime.now().uptimeNanoseconds
        try trainer.train { progress in
            let now = DispatchTime.now().uptimeNanoseconds
            if progress.step > 3 { times.append(Double(now - last) / 1e6) }
            last = now
            return progress.step < steps + 3 ? .more : .stop
        }
        return median(times)
    }

    private func printFloor(
        _ minibatches: [[MinibatchPacker.PackedQuery]], _ decoder: DecoderConfiguration, _ own: Double
    ) {
        let batches = minibatches.map { PackedBatch($0.map(\.sequence), targets: $0.map(\.targets)) }
        let operations = batches.reduce(0) { $0 + $1.trainingOperations(decoder) } / Double(batches.count)
        let rows = Double(batches.reduce(0) { $0 + $1.rows }) / Double(batches.count)
        let floor = operations / rates.sgemmRate * 1000
        print(
            String(
                format:
                    "  ours %.1f ms a step, %.0f positions a second; floor %.1f ms (%.1f Gflop at sgemm's %.0f Gflop/s), %.2f x above it",
                own, rows / own * 1000, floor, operations / 1e9, rates.sgemmRate / 1e9, own / floor))
    }

    private func compareWithPyTorch(
        _ minibatches: [[MinibatchPacker.PackedQuery]], _ configuration: AutoregressiveConfiguration,
        _ own: Double
    ) throws {
        guard let pytorch else {
            print("  PyTorch is not installed: no ratio (pip install torch safetensors, then --python PATH)")
            return
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rankbridge-minibatches-\(ProcessInfo.processInfo.processIdentifier).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try MinibatchExport(configuration.decoder, minibatches).write(to: file)
        var ratios: [Double] = []
        for _ in 0..<3 {
            let theirs = try pytorch.run([file.path, "--steps", "8", "--threads", "\(workers.threads)"])
            let again = try timeTrainer(configuration)
            ratios.append(theirs.milliseconds_per_step / again)
            print(
                String(
                    format: "  PyTorch %@: %.1f ms a step; ours beside it %.1f ms; ratio %.2f", theirs.torch,
                    theirs.milliseconds_per_step, again, theirs.milliseconds_per_step / again))
        }
        print(String(format: "  median ratio PyTorch / ours: %.2f", median(ratios)))
        let plain = try pytorch.run(
            [file.path, "--steps", "2", "--warmup", "1", "--pointwise", "--threads", "\(workers.threads)"])
        print(
            String(
                format: "  plain pointwise training in PyTorch: %.0f ms a step, %.1f x ours",
                plain.milliseconds_per_step, plain.milliseconds_per_step / own))
    }
}
