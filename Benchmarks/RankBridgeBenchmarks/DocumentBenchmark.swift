import AutoregressiveRanker
import Experiments
import Foundation
import LanguageModels
import Tensors

/// Time and memory of a step of product search by its documents a query, dense and in blocks, beside PyTorch's step on the
/// same minibatch from the same weights.
struct DocumentBenchmark {
    let threads: Int
    let pytorch: PyTorchStep?
    private static let steps = 2

    /// How far apart the first losses may be, of either's size.
    private static func tolerance(_ precision: Precision) -> Double {
        precision == .float32 ? 1e-4 : 1e-2
    }

    /// Measures each case in a process of its own and prints a table.
    ///
    /// - Throws: `BenchmarkError.losses` where the two programs do not compute the same.
    func run() throws -> PromptMeasurements {
        var found = PromptMeasurements(
            name: "documents", axis: "documents a query",
            title: "A step of Table 2's decoder over \(TitledDocuments.queries) queries",
            environment: .current(threads: threads))
        print(
            "product search: Table 2's decoder, \(TitledDocuments.queries) queries a step; "
                + found.machine)
        if pytorch == nil {
            print("  PyTorch is not installed: no ratio (pip install torch safetensors, then --python PATH)")
        }
        print("  documents  tokens  attention  precision   ours ms   ours MB  PyTorch ms  PyTorch MB   ratio")
        for count in TitledDocuments.counts {
            for measured in PromptCase.all([.documents(count)], Precision.allCases) {
                let own = try MeasuredStep.inOwnProcess(measured, threads: threads, steps: Self.steps)
                found.rows.append(.init(measured: measured, program: "RankBridge", kernel: "", step: own))
                // What is longer is harder on a plain softmax: once it has lost, it is not tried again.
                let isEagerSlower = found.rows.contains {
                    $0.kernel == "sdpa" && $0.measured.attention == measured.attention
                        && $0.measured.precision == measured.precision
                }
                let peer = try pytorch.map {
                    try row(measured, $0, attention: isEagerSlower ? "sdpa" : "fastest", beside: own)
                }
                if let peer { found.rows.append(peer) }
                print(line(measured, own, peer))
                fflush(nil)
            }
        }
        if pytorch != nil {
            print(
                String(
                    format: "  the first losses agree to %g in float32 and %g in bfloat16",
                    Self.tolerance(.float32), Self.tolerance(.bfloat16)))
        }
        return found
    }

    /// PyTorch's step on the minibatch of a case.
    private func row(
        _ measured: PromptCase, _ pytorch: PyTorchStep, attention: String, beside own: MeasuredStep
    ) throws -> PromptMeasurements.Row {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rankbridge-documents-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (minibatch, weights) = (
            folder.appendingPathComponent("minibatch.json"),
            folder.appendingPathComponent("weights.safetensors")
        )
        let step = try PromptStep(measured)
        let decoder = step.configuration.decoder
        try MinibatchExport(decoder, [step.pack(WorkerPool(threads: threads))]).write(to: minibatch)
        let parameters = DecoderParameters(decoder, seed: 1)
        try TensorArchive(tensors: parameters.named(parameters.values)).write(to: weights)
        let result = try pytorch.run(
            [
                minibatch.path, "--weights", weights.path, "--attention", attention, "--steps",
                "\(Self.steps)", "--warmup", "1", "--threads", "\(threads)",
            ] + (measured.precision == .bfloat16 ? ["--autocast"] : []))
        guard let loss = result.losses.first, let kernel = result.attention,
            let peak = result.peak_memory_bytes
        else {
            throw BenchmarkError.script(pytorch.script.lastPathComponent, 0)
        }
        guard abs(loss - own.loss) <= Self.tolerance(measured.precision) * abs(loss) else {
            throw BenchmarkError.losses(own.loss, loss)
        }
        return .init(
            measured: measured, program: "PyTorch \(result.torch)", kernel: kernel,
            step: MeasuredStep(
                milliseconds: result.milliseconds_per_step, peakMemoryBytes: peak,
                loss: loss, tokensPerQuery: own.tokensPerQuery, queries: own.queries))
    }

    private func line(_ measured: PromptCase, _ own: MeasuredStep, _ peer: PromptMeasurements.Row?) -> String
    {
        let cells = [
            "\(measured.size)".leftPadded(9), String(format: "%.0f", own.tokensPerQuery).leftPadded(6),
            measured.attention.rawValue.leftPadded(9), measured.precision.rawValue.leftPadded(9),
            String(format: "%8.1f  %8.1f", own.milliseconds, own.megabytes),
        ]
        let theirs = peer.map {
            String(
                format: "%10.1f  %10.1f  %6.2f  ", $0.step.milliseconds, $0.step.megabytes,
                $0.step.milliseconds / own.milliseconds) + $0.kernel
        }
        return "  " + (cells + (theirs.map { [$0] } ?? [])).joined(separator: "  ")
    }
}

extension String {
    fileprivate func leftPadded(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
