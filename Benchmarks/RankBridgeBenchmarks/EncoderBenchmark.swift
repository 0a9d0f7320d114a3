import CrossEncoder
import DualEncoder
import Foundation
import LookupTables
import Rankers
import RankingData
import Tensors

/// Training steps of a dual or cross encoder at the paper's batch of 2,048, against PyTorch and their floor.
///
/// Both sides start from one table and train on the same minibatches; their losses are compared too.
struct EncoderBenchmark {
    enum Kind: String {
        case dual, cross
    }

    let kind: Kind
    let task: RankingTask
    let workers: WorkerPool
    let rates: MachineRates
    let pytorch: PyTorchStep?

    private static let seed: UInt64 = 1
    /// Steps in PyTorch's timing, and in each of ours: enough for the table's rows to come back.
    private static let steps = 200
    private static let warmup = 20

    private var dual: DualEncoderConfiguration { DualEncoderConfiguration(weighting: .fractional(alpha: 2)) }
    private var cross: CrossEncoderConfiguration {
        CrossEncoderConfiguration(weighting: .fractional(alpha: 2))
    }

    func run() throws {
        let first = try time()
        let floor = floorSeconds() * 1000
        print(
            String(
                format:
                    "%@ encoder: n 32, batch 2,048\n  ours %.2f ms a step; floor %.2f ms, %.2f x above it",
                kind.rawValue, first.milliseconds, floor, first.milliseconds / floor))
        let timed = try time(takesParts: true).milliseconds
        print(
            StepParts.stop().report(
                steps: Self.steps - Self.warmup, wall: timed, threads: workers.threads))
        guard let pytorch else {
            print("  PyTorch is not installed: no ratio (pip install torch safetensors, then --python PATH)")
            return
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rankbridge-pairs-\(ProcessInfo.processInfo.processIdentifier).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        try export().write(to: file)
        let rate = kind == .dual ? dual.learningRate : cross.learningRate
        let arguments = [
            kind.rawValue, file.path, "--learning-rate", "\(rate)", "--threads", "\(workers.threads)",
            "--steps", "\(Self.steps - Self.warmup)", "--warmup", "\(Self.warmup)",
        ]
        let exact = try pytorch.run(arguments + ["--float64"]).losses
        var (theirs, ours): ([Double], [Double]) = ([], [])
        try PeerComparison(unit: "ms a step", precisions: [.float32]).run(
            rounds: 3,
            theirs: { precision in
                let result = try pytorch.run(arguments + (precision == .bfloat16 ? ["--autocast"] : []))
                if precision == .float32 { theirs = result.losses }
                return result
            },
            ours: { _ in
                let timed = try time()
                ours = timed.losses
                return timed.milliseconds
            })
        print(
            String(
                format:
                    "  %d losses, at most apart: ours from PyTorch's %.1e; from float64's ours %.1e, PyTorch's %.1e",
                ours.count, apart(ours, theirs), apart(ours, exact), apart(theirs, exact)))
    }

    /// The largest relative difference.
    private func apart(_ losses: [Double], _ reference: [Double]) -> Double {
        zip(losses, reference).map { abs($0 - $1) / abs($1) }.max() ?? .nan
    }

    private func trainer() throws -> any Trainer {
        switch kind {
        case .dual: try DualEncoderTrainer(configuration: dual, task: task, seed: Self.seed, workers: workers)
        case .cross:
            try CrossEncoderTrainer(configuration: cross, task: task, seed: Self.seed, workers: workers)
        }
    }

    /// Median milliseconds of whole steps (drawing, loss, gradient, update) after the warm-up, and every loss.
    ///
    /// - Parameter takesParts: Whether `StepParts` adds up what these steps spend where; its caller stops that.
    private func time(takesParts: Bool = false) throws -> (milliseconds: Double, losses: [Double]) {
        let trainer = try trainer()
        var times: [Double] = []
        var losses: [Double] = []
        var last = DispatchTime.now().uptimeNanoseconds
        try trainer.train { progress in
            let now = DispatchTime.now().uptimeNanoseconds
            if progress.step > Self.warmup { times.append(Double(now - last) / 1e6) }
            if takesParts, progress.step == Self.warmup { StepParts.start() }
            last = now
            losses.append(progress.loss)
            return progress.step < Self.steps ? .more : .stop
        }
        return (median(times), losses)
    }

    /// Products at sgemm's rate plus one pass over what a step must read and write of the table.
    ///
    /// Dual: logits and two gradients, 3 x 2 x queries x documents x n. Cross: forward, and backward twice
    /// that, through the first layer by distinct entity and the two others by pair.
    private func floorSeconds() -> Double {
        let batch = minibatch(0)
        let queries = Double(Set(batch.map(\.query)).count)
        let documents = Double(Set(batch.map(\.document)).count)
        let n = 32.0
        let operations: Double
        let floatsPerRow: Double
        switch kind {
        case .dual:
            operations = 6 * queries * documents * n
            // Embedding and momentum, each read and written.
            floatsPerRow = 4 * n
        case .cross:
            let width = 2 * n
            operations = 6 * ((queries + documents) * n * width + 2 * Double(2 * batch.count) * width * width)
            // Embedding and two moments, each read and written.
            floatsPerRow = 6 * n
        }
        return operations / rates.sgemmRate + 4 * (queries + documents) * floatsPerRow / rates.bandwidth
    }

    private func pairs() throws -> TrainingPairs {
        try TrainingPairs(task.training, entities: task.collection.count, weighting: dual.weighting)
    }

    private func minibatch(_ step: Int) -> [TrainingPair] {
        guard let pairs = try? pairs() else { return [] }
        var sampler = PairSampler(pairs: pairs.count, batch: dual.batch, sampling: .epochs, seed: Self.seed)
        return sampler.draw(step: step).map { pairs[$0] }
    }

    /// The trainer's start and the minibatches that it will draw.
    private func export() throws -> TensorArchive {
        let pairs = try pairs()
        var sampler = PairSampler(pairs: pairs.count, batch: dual.batch, sampling: .epochs, seed: Self.seed)
        let drawn = (0..<Self.steps).flatMap { step in sampler.draw(step: step).map { pairs[$0] } }
        let shape = [Self.steps, dual.batch]
        var archive = TensorArchive(
            tensors: try trainer().checkpoint().tensors.filter { name, _ in
                name == "embeddings" || name.hasPrefix("mlp.")
            })
        archive.tensors["queries"] = .init(shape: shape, values: drawn.map { Float($0.query) })
        archive.tensors["documents"] = .init(shape: shape, values: drawn.map { Float($0.document) })
        archive.tensors["weights"] = .init(shape: shape, values: drawn.map { $0.weight })
        if kind == .cross {
            archive.tensors["permutation"] = .init(
                shape: shape,
                values: (0..<Self.steps).flatMap { step in
                    CrossEncoderTrainer.permutation(seed: Self.seed, step: step, count: cross.batch).map(
                        Float.init)
                })
        }
        return archive
    }
}
