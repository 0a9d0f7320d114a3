import AutoregressiveRanker
import Experiments
import Foundation
import LanguageModels
import Tensors

/// Time and memory of a step of the compact decoder by its prompts' length, where every token sees all before it and where
/// documents do not see each other.
struct LongPromptBenchmark {
    let threads: Int
    private static let steps = 4

    /// Measures each case in a process of its own and prints a table.
    func run() throws -> PromptMeasurements {
        var found = PromptMeasurements(
            name: "long-prompts", axis: "prompt tokens",
            title: "A step of the compact decoder over \(LongPrompts.queries) queries",
            environment: .current(threads: threads))
        print(
            "long prompts: compact decoder, \(LongPrompts.queries) queries a step, documents of "
                + "\(LongPrompts.document) tokens; \(found.machine)"
        )
        print("  tokens  dense ms  blocks ms  dense/blocks  dense MB  blocks MB")
        for length in LongPrompts.lengths {
            let steps = try PromptCase.all([.tokens(length)], [.float32]).map { measured in
                let step = try MeasuredStep.inOwnProcess(measured, threads: threads, steps: Self.steps)
                found.rows.append(
                    .init(measured: measured, program: "RankBridge", kernel: "", step: step))
                return step
            }
            let (dense, blocks) = (steps[0], steps[1])
            print(
                String(
                    format: "  %6d  %8.1f  %9.1f  %12.2f  %8.1f  %9.1f", length, dense.milliseconds,
                    blocks.milliseconds, dense.milliseconds / blocks.milliseconds,
                    dense.megabytes,
                    blocks.megabytes))
            fflush(nil)
        }
        return found
    }
}
