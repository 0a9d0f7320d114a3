import ArgumentParser
import Foundation
import LanguageModels
import RankingData
import Tensors

/// Times training steps, their floors, and the same steps in PyTorch where that is installed.
@main
struct RankBridgeBenchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rankbridge-bench",
        abstract: "Times training steps beside PyTorch's and beside their floors.",
        subcommands: [MeasureCommand.self])

    @Option(help: "The Python that may have torch and safetensors.")
    var python = "python3"

    @Option(help: "Timed steps of the compact decoder; what else is timed has numbers of its own.")
    var steps = 12

    @Option(help: "Threads of both sides.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "The folder of the pytorch_*.py scripts.")
    var scripts = "Benchmarks"

    @Option(name: .customLong("wordnet"), help: "The folder of data.noun and index.noun.")
    var wordNet = Taxonomy.wordNetFolder

    @Option(help: "A pretrained model's file or folder, to time in place of all else.")
    var model: String?

    @Option(help: "The folder of a fetched text encoder, to time in place of all else.")
    var encoder: String?

    @Flag(
        help:
            "Measure the compact decoder's steps over long prompts, dense and in blocks, in place of all else."
    )
    var longPrompts = false

    @Flag(
        help:
            "Measure product search's steps by the documents of a query, dense and in blocks, in place of all else."
    )
    var documents = false

    @Option(help: "The folder that gets what --long-prompts and --documents measure, as CSV and SVG.")
    var output: String?

    func validate() throws {
        guard steps >= 1, threads >= 1 else {
            throw ValidationError("--steps and --threads must be at least 1")
        }
        guard [model != nil, encoder != nil, longPrompts || documents].count(where: \.self) <= 1 else {
            throw ValidationError(
                "--model, --encoder, and --long-prompts with --documents are each in place of all else")
        }
        guard output == nil || longPrompts || documents else {
            throw ValidationError("--output goes with --long-prompts and --documents")
        }
    }

    func run() throws {
        guard longPrompts || documents else { return try timeSteps() }
        if longPrompts { try write(LongPromptBenchmark(threads: threads).run()) }
        if documents { try write(DocumentBenchmark(threads: threads, pytorch: decoderStep).run()) }
    }

    private func write(_ found: PromptMeasurements) throws {
        if let output { try found.write(to: output) }
    }

    private var decoderStep: PyTorchStep? {
        PyTorchStep.find(
            python: python, script: "pytorch_decoder_step.py", folder: URL(fileURLWithPath: scripts))
    }

    private func timeSteps() throws {
        let task = try RankingTask(Taxonomy(wordNet: wordNet), DataConfiguration())
        let workers = WorkerPool(threads: threads)
        let rates = MachineRates.measure(workers: workers)
        print(
            String(
                format: "%d threads: products %.0f Gflop/s in float32, %.0f in bfloat16; memory %.1f GB/s",
                threads,
                rates.sgemmRate / 1e9, rates.pairRate / 1e9, rates.bandwidth / 1e9))
        print(Products.description)
        let folder = URL(fileURLWithPath: scripts)
        let decoderStep = decoderStep
        if let encoder {
            let embedding = PyTorchStep.find(
                python: python, script: "pytorch_embedding.py", folder: folder,
                modules: "torch, transformers, tokenizers")
            try TextEncoderBenchmark(
                folder: encoder, wordNet: wordNet, workers: workers, pytorch: embedding
            ).run()
            return
        }
        if let model {
            let pretrained = try PretrainedModel(model)
            try DecoderBenchmark(pretrained, task, workers: workers, rates: rates, pytorch: decoderStep).run()
            let scoring = PyTorchStep.find(
                python: python, script: "pytorch_scoring.py", folder: folder, modules: "torch, transformers")
            try ScoringBenchmark(model: pretrained, task: task, workers: workers, pytorch: scoring).run()
            return
        }
        try DecoderBenchmark(
            compact: task, workers: workers, rates: rates, steps: steps, pytorch: decoderStep
        ).run()
        let everything = try RankingTask(Taxonomy(wordNet: wordNet), DataConfiguration(splitProtocol: .all))
        let encoderStep = PyTorchStep.find(python: python, script: "pytorch_encoder_step.py", folder: folder)
        for kind in [EncoderBenchmark.Kind.dual, .cross] {
            try EncoderBenchmark(
                kind: kind, task: everything, workers: workers, rates: rates, pytorch: encoderStep
            ).run()
        }
    }
}
