import ArgumentParser
import AutoregressiveRanker
import Foundation
import LanguageModels
import Tensors

/// What one training step takes, measured in a process that does nothing else: its peak memory is the step's.
struct MeasuredStep: Codable {
    /// Median of packing, forward, backward, clipping and AdamW.
    let milliseconds: Double
    let peakMemoryBytes: Int
    /// Of the first step, before any weight has moved.
    let loss: Double
    /// Tokens of a query with its answers, on average.
    let tokensPerQuery: Double
    let queries: Int

    /// The peak memory in units of 10^6 bytes.
    var megabytes: Double { Double(peakMemoryBytes) / 1e6 }
}

extension MeasuredStep {
    /// Measures a case here; call it in a process of its own.
    init(_ measured: PromptCase, threads: Int, steps: Int) throws {
        let workers = WorkerPool(threads: threads)
        let step = try PromptStep(measured)
        let c = step.configuration
        let decoder = Decoder(
            DecoderParameters(c.decoder, seed: 1), workers: workers, precision: measured.precision)
        let optimizer = Optimizer(
            c.optimizer, decoder.trained, totalSteps: c.steps, workers: workers)
        var (times, losses, tokens, queries) = ([Double](), [Double](), 0, 0)
        for number in 0...steps {
            let time = seconds {
                let packed = step.pack(workers)
                let scale = 1 / Float(max(1, packed.reduce(0) { $0 + $1.terms }))
                let (loss, gradient) = decoder.lossAndGradient(step.batches(packed, workers), scale: scale)
                _ = optimizer.apply(gradient, step: number)
                decoder.weightsChanged()
                losses.append(loss)
                (tokens, queries) = (packed.reduce(0) { $0 + $1.sequence.tokens.count }, packed.count)
            }
            // The first one grows the workspaces.
            if number > 0 { times.append(time * 1000) }
        }
        self.init(
            milliseconds: median(times), peakMemoryBytes: ResourceUsage.current.peakMemoryBytes,
            loss: losses[0], tokensPerQuery: Double(tokens) / Double(queries), queries: queries)
    }

    /// Measures a case in a new process of this program.
    static func inOwnProcess(_ measured: PromptCase, threads: Int, steps: Int) throws -> MeasuredStep {
        let process = Process()
        let output = Pipe()
        guard let program = Bundle.main.executableURL else { throw BenchmarkError.noProgram }
        process.executableURL = program
        process.arguments = ["measure"] + MeasureCommand.arguments(measured, threads: threads, steps: steps)
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkError.script("rankbridge-bench measure", process.terminationStatus)
        }
        return try JSONDecoder().decode(MeasuredStep.self, from: data)
    }
}

/// Measures one case and prints it as JSON.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measures one training step over long prompts, as JSON.")

    // Arguments without names: a name that the command itself has would be taken for its own.
    @Argument(help: "What prompts are made of: tokens or documents.")
    var content: ContentName

    @Argument(help: "Tokens of a prompt, or documents of a query.")
    var size: Int

    @Argument(help: "What documents see of each other: dense or blocks.")
    var attention: PromptAttention

    @Argument(help: "Of products: float32 or bfloat16.")
    var precision: Precision

    @Argument(help: "Threads.")
    var threads: Int

    @Argument(help: "Timed steps.")
    var steps: Int

    enum ContentName: String, CaseIterable, ExpressibleByArgument {
        case tokens, documents
    }

    func validate() throws {
        guard steps >= 1, threads >= 1, size >= (content == .tokens ? 50 : 1) else {
            throw ValidationError("take at least one step, thread and document, or 50 tokens")
        }
    }

    func run() throws {
        let content: PromptCase.Content = content == .tokens ? .tokens(size) : .documents(size)
        let step = try MeasuredStep(
            PromptCase(content: content, attention: attention, precision: precision), threads: threads,
            steps: steps)
        print(String(decoding: try JSONEncoder().encode(step), as: UTF8.self))
    }

    /// The arguments that name a case.
    static func arguments(_ measured: PromptCase, threads: Int, steps: Int) -> [String] {
        let content =
            switch measured.content {
            case .tokens: ContentName.tokens
            case .documents: ContentName.documents
            }
        return [
            content.rawValue, "\(measured.size)", measured.attention.rawValue, measured.precision.rawValue,
            "\(threads)", "\(steps)",
        ]
    }
}

extension PromptAttention: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
