import AutoregressiveRanker
import Foundation
import LanguageModels
import RankingData
import Tensors

/// One fine-tuning step of a decoder on packed queries, against PyTorch and its floor.
struct DecoderBenchmark {
    let title: String
    let task: RankingTask
    let workers: WorkerPool
    let rates: MachineRates
    let pytorch: PyTorchStep?
    /// Steps timed here and there, and there with a row for each (query, document) point.
    let steps: Int
    let pytorchSteps: Int
    let rounds: Int
    private let configuration: AutoregressiveConfiguration
    private let prompt: RankingPrompt
    private let pretrained: PretrainedModel?

    /// The compact decoder, 64 queries a step.
    init(
        compact task: RankingTask, workers: WorkerPool, rates: MachineRates, steps: Int, pytorch: PyTorchStep?
    ) throws {
        var configuration = AutoregressiveConfiguration(base: BaseTraining(steps: 0))
        configuration.steps = 1_000_000
        let vocabulary = try RankingPrompt.learnVocabulary(of: task, size: configuration.decoder.vocabulary)
        prompt = try RankingPrompt(learned: vocabulary, collection: task.collection)
        (title, pretrained) = ("compact decoder", nil)
        (self.task, self.workers, self.rates, self.pytorch) = (task, workers, rates, pytorch)
        (self.steps, pytorchSteps, rounds, self.configuration) = (steps, 8, 3, configuration)
    }

    /// A pretrained model, 8 queries a step and few steps: each takes seconds.
    init(
        _ pretrained: PretrainedModel, _ task: RankingTask, workers: WorkerPool, rates: MachineRates,
        pytorch: PyTorchStep?
    ) throws {
        var configuration = AutoregressiveConfiguration(decoder: pretrained.configuration)
        (configuration.pretrained, configuration.steps, configuration.queriesPerBatch) = (
            pretrained.path, 1_000_000, 8
        )
        prompt = try RankingPrompt(
            model: pretrained, template: .instruction, collection: task.collection)
        (title, self.pretrained) = (URL(fileURLWithPath: pretrained.path).lastPathComponent, pretrained)
        (self.task, self.workers, self.rates, self.pytorch) = (task, workers, rates, pytorch)
        (steps, pytorchSteps, rounds, self.configuration) = (2, 1, 3, configuration)
    }

    func run() throws {
        let packer = MinibatchPacker(prompt: prompt, loss: configuration.loss, promptWeight: 0, seed: 1)
        let queries = configuration.queriesPerBatch
        let minibatches = (0..<(pretrained == nil ? 4 : 1)).map { number in
            (0..<queries).map { index in
                let draw = number * queries + index
                return packer.pack(task.training[draw % task.training.count], draw: UInt64(draw))
            }
        }
        print("\(title): \(configuration.decoder.parameterCount) parameters, \(queries) queries a step")
        for precision in Precision.allCases {
            let own = try timeTrainer(precision)
            print("  products in \(precision.rawValue):")
            printFloor(minibatches, configuration.decoder, own, precision)
            let timed = try timeTrainer(precision, takesParts: true)
            print(StepParts.stop().report(steps: steps, wall: timed, threads: workers.threads))
        }
        let memory = Double(ResourceUsage.current.peakMemoryBytes) / 1e9
        print(String(format: "  peak memory of this process so far: %.2f GB", memory))
        try compareWithPyTorch(minibatches)
    }

    /// Median milliseconds of whole training steps: packing, forward, backward, clipping, AdamW.
    ///
    /// - Parameter takesParts: Whether `StepParts` adds up what these steps spend where; its caller stops that.
    private func timeTrainer(_ precision: Precision, takesParts: Bool = false) throws -> Double {
        var configuration = configuration
        configuration.precision = precision
        let trainer =
            try pretrained.map {
                try AutoregressiveTrainer(
                    configuration: configuration, task: task, seed: 1, workers: workers, pretrained: $0)
            } ?? AutoregressiveTrainer(configuration: configuration, task: task, seed: 1, workers: workers)
        let warmup = pretrained == nil ? 3 : 1
        var times: [Double] = []
        var last = DispatchTime.now().uptimeNanoseconds
        try trainer.train { progress in
            let now = DispatchTime.now().uptimeNanoseconds
            if progress.step > warmup { times.append(Double(now - last) / 1e6) }
            if takesParts, progress.step == warmup { StepParts.start() }
            last = now
            return progress.step < steps + warmup ? .more : .stop
        }
        return median(times)
    }

    private func printFloor(
        _ minibatches: [[MinibatchPacker.PackedQuery]], _ decoder: DecoderConfiguration, _ own: Double,
        _ precision: Precision
    ) {
        let batches = minibatches.flatMap { MinibatchPacker.batches($0, for: decoder, workers) }
        let steps = Double(minibatches.count)
        let operations = batches.reduce(0) { $0 + $1.trainingOperations(decoder) } / steps
        let rows = Double(batches.reduce(0) { $0 + $1.rows }) / steps
        let rate = precision == .float32 ? rates.sgemmRate : rates.pairRate
        let floor = operations / rate * 1000
        print(
            String(
                format:
                    "  ours %.1f ms a step, %.0f positions a second; floor %.1f ms (%.1f Gflop at products' %.0f Gflop/s), %.2f x above it",
                own, rows / own * 1000, floor, operations / 1e9, rate / 1e9, own / floor))
    }

    private func compareWithPyTorch(_ minibatches: [[MinibatchPacker.PackedQuery]]) throws {
        guard let pytorch else {
            print("  PyTorch is not installed: no ratio (pip install torch safetensors, then --python PATH)")
            return
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rankbridge-minibatches-\(ProcessInfo.processInfo.processIdentifier).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try MinibatchExport(configuration.decoder, minibatches).write(to: file)
        let arguments = [
            file.path, "--steps", "\(pytorchSteps)", "--warmup", pretrained == nil ? "5" : "1", "--threads",
            "\(workers.threads)",
        ]
        let own = try PeerComparison(unit: "ms a step").run(
            rounds: rounds,
            theirs: { try pytorch.run(arguments + ($0 == .bfloat16 ? ["--autocast"] : [])) },
            ours: { try timeTrainer($0) })
        let plain = try pytorch.run(
            [
                file.path, "--steps", "\(pretrained == nil ? 2 : 1)", "--warmup",
                "\(pretrained == nil ? 1 : 0)",
                "--pointwise", "--rows-at-once", "\(pretrained == nil ? 64 : 16)", "--threads",
                "\(workers.threads)",
            ])
        print(
            String(
                format: "  plain pointwise training in PyTorch: %.0f ms a step, %.1f x ours in float32",
                plain.milliseconds_per_step, plain.milliseconds_per_step / own))
    }
}
