import ArgumentParser
import AutoregressiveRanker
import Experiments
import Foundation
import LanguageModels

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Fetches pretrained language models, and describes them.",
        subcommands: [FetchModel.self, ModelInfo.self, ExportModel.self])
}

struct FetchModel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Downloads a model, or DuckDB's program, by name, and checks its SHA-256.",
        discussion: KnownModel.all.map { "\($0.name): \($0.summary)." }.joined(separator: "\n"))

    @Argument(
        help: "The name of the model: \(KnownModel.all.map(\.name).joined(separator: ", ")).")
    var name: String

    @OptionGroup var models: ModelOptions

    func run() throws {
        let (file, downloaded) = try models.store.fetch(name)
        print("\(file): \(downloaded ? "downloaded" : "already here"), SHA-256 as expected")
    }
}

struct ModelInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Describes a model: its shape, its tokenizer, the memory that it needs.")

    @Argument(
        help:
            "The model: the name of a fetched one, a GGUF file (the first part of a split one), or a folder of safetensors with config.json and tokenizer.json."
    )
    var source: String

    @OptionGroup var models: ModelOptions

    func run() throws {
        let path = try models.store.path(of: source)
        if let known = KnownModel.all.first(where: { $0.name == source }), known.kind != .decoder {
            line("model", path)
            line("kind", (known.kind == .encoder ? "an encoder of texts: " : "a program: ") + known.summary)
            line("fingerprint", try models.store.fingerprint(of: source))
            return
        }
        try describe(PretrainedModel(path))
        line("SHA-256", try models.store.fingerprint(of: source))
    }

    private func line(_ name: String, _ value: String) { print(Format.column(name, 22) + value) }

    private func describe(_ model: PretrainedModel) {
        let c = model.configuration
        line("model", model.path)
        line("parameters", "\(c.parameterCount)")
        line("layers", "\(c.layers)")
        line("width", "\(c.width), feed-forward \(c.feedForward)")
        line("attention", "\(c.heads) heads of \(c.headDimension), \(c.keyValueHeads) of keys and values")
        line("sliding window", c.slidingWindow.map { "\($0) tokens" } ?? "none")
        line("rotary positions", "base \(c.rotaryBase)" + (c.rotaryScaling.map { ", \($0)" } ?? ""))
        line("output head", c.tiedHead ? "the embedding" : "its own")
        line("vocabulary", "\(c.vocabulary), \(model.tokenizer.summary)")
        let threads = ProcessInfo.processInfo.activeProcessorCount
        func megabytes(
            _ tuning: FineTuning = .full, optimizer: OptimizerConfiguration.Kind? = nil
        ) -> String {
            "\(c.memoryBytes(tuning, optimizer: optimizer, threads: threads) / 1_000_000) MB"
        }
        let half = megabytes(FineTuning(frozenStorage: .bfloat16))
        line("memory to score", "\(megabytes()), \(half) in bfloat16, and activations")
        let last = megabytes(
            FineTuning(lastLayers: 1, frozenStorage: .bfloat16), optimizer: .adamw)
        line("to fine-tune", "\(megabytes(optimizer: .adamw)), the last layer alone \(last), and activations")
        line("this machine", "\(ProcessInfo.processInfo.physicalMemory / 1_000_000) MB")
    }
}

struct ExportModel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes an autoregressive run's model as a folder that transformers loads.",
        discussion: """
            The folder gets model.safetensors, config.json, tokenizer.json and tokenizer_config.json: AutoModelForCausalLM and \
            AutoTokenizer of transformers read it and give the same logits. A fine-tuned pretrained model is one again with --set \
            pretrained=FOLDER; a compact decoder has no tokens for the paper's prompt.
            """)

    @Option(name: .customLong("run"), help: "The id of the run, or its first digits.")
    var id: String

    @Argument(help: "The folder that the model is written into.")
    var folder: String

    @OptionGroup var results: ResultsOptions
    @OptionGroup var inputs: InputOptions

    func run() throws {
        let loaded = try LoadedRun(id, results: results, inputs: inputs, threads: 1)
        guard let ranker = loaded.ranker as? DecoderRanker else {
            throw ValidationError(
                "run \(loaded.record.id.prefix(12)) is a \(loaded.record.configuration.model.rawValue): only decoders are exported"
            )
        }
        let target = URL(fileURLWithPath: folder)
        try ranker.modelFolder().write(to: target)
        print("\(target.path): model.safetensors, config.json, tokenizer.json, tokenizer_config.json")
    }
}
