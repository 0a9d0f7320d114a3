import ArgumentParser
import Experiments
import Foundation

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains and evaluates one model; the run goes into results.db like any other.",
        subcommands: [TrainDualEncoder.self, TrainCrossEncoder.self, TrainAutoregressive.self])
}

/// What all kinds of training share: seed, further settings, results, data, workers.
struct TrainOptions: ParsableArguments {
    @Option(help: "Seed of everything that the run draws at random.")
    var seed: UInt64 = 1

    @Option(help: "A budget in (query, document) points, in place of one in steps.")
    var points: Int?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: "Any option by its dotted name, as specs have it: --set data.protocol=all; may be repeated.")
    var settings: [String] = []

    @OptionGroup var workers: WorkerOptions
    @OptionGroup var results: ResultsOptions
    @OptionGroup var inputs: InputOptions

    /// - Parameter named: Options that have a flag of their own, as `name=value`; nil values are not given.
    func train(_ model: ModelKind, _ named: [(String, String?)]) throws {
        let overrides = named.compactMap { name, value in value.map { "\(name)=\($0)" } } + settings
        let budget = points.map { "points: \($0)\n" } ?? ""
        let text = "name: train\nmodel: \(model.rawValue)\nseeds: [\(seed)]\n\(budget)"
        let spec = try ExperimentSpec(text: text, file: "train")
        guard !overrides.contains(where: { $0.split(separator: "=").last?.contains(",") ?? false }) else {
            throw ValidationError("train makes one run: give each option one value, or use rankbridge sweep")
        }
        let library = inputs.open(results)
        let database = try results.database()
        var runs = try spec.points(scale: "full", overrides: overrides).map(library.resolve)
        for index in runs.indices { runs[index].row = String(runs[index].configuration.identity.prefix(12)) }
        let scale = runs[0].row
        let plan = try database.enter(spec, scale: scale, points: runs)
        try database.reopen(plan, force: false, in: results.folder)
        let session = SweepSession(
            database: database, folder: results.folder, inputs: library, options: workers.options)
        try session.run(plan)
        print("run \(scale)")
    }
}

struct TrainDualEncoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dual-encoder", abstract: "The lookup-table dual encoder of equation 13.")

    @Option(help: "n, the embeddings' length (32).") var dimension: Int?
    @Option(help: "alpha of lambda(r) = 1/r^alpha (1).") var alpha: Double?
    @Option(help: "tau (0.05).") var temperature: Double?
    @Option(help: "SGD's learning rate (1.0).") var learningRate: Double?
    @Option(help: "SGD's momentum (0.9).") var momentum: Double?
    @Option(help: "Pairs in a minibatch (2048).") var batch: Int?
    @Option(help: "Optimiser steps (50000).") var steps: Int?
    @Option(help: "Where embeddings start: sphere or normal.") var initialization: String?
    @Option(help: "How pairs are drawn: epochs or replacement.") var sampling: String?
    @OptionGroup var common: TrainOptions

    func run() throws {
        try common.train(
            .dualEncoder,
            [
                ("dimension", dimension.map { "\($0)" }), ("alpha", alpha.map { "\($0)" }),
                ("temperature", temperature.map { "\($0)" }), ("learningRate", learningRate.map { "\($0)" }),
                ("momentum", momentum.map { "\($0)" }), ("batch", batch.map { "\($0)" }),
                ("steps", steps.map { "\($0)" }), ("initialization", initialization), ("sampling", sampling),
            ])
    }
}

struct TrainCrossEncoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cross-encoder", abstract: "The MLP cross encoder of equation 14.")

    @Option(help: "n, the embeddings' length (32).") var dimension: Int?
    @Option(help: "alpha of lambda(r) = 1/r^alpha (1).") var alpha: Double?
    @Option(help: "Adam's learning rate (0.001).") var learningRate: Double?
    @Option(help: "Weight decay (0.001).") var weightDecay: Double?
    @Option(help: "Positives in a minibatch, and as many negatives (2048).") var batch: Int?
    @Option(help: "Optimiser steps (20000).") var steps: Int?
    @OptionGroup var common: TrainOptions

    func run() throws {
        try common.train(
            .crossEncoder,
            [
                ("dimension", dimension.map { "\($0)" }), ("alpha", alpha.map { "\($0)" }),
                ("learningRate", learningRate.map { "\($0)" }), ("weightDecay", weightDecay.map { "\($0)" }),
                ("batch", batch.map { "\($0)" }), ("steps", steps.map { "\($0)" }),
            ])
    }
}

struct TrainAutoregressive: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "autoregressive",
        abstract: "The autoregressive ranker with the SToICaL loss of equation 11.")

    @Option(help: "lambda(r): top1, fractional or stepwise (fractional).") var lambda: String?
    @Option(help: "alpha of the fractional lambda (2).") var alpha: Double?
    @Option(help: "y(r,t): onehot or trie (onehot).") var targets: String?
    @Option(help: "beta of the trie's masses (2).") var beta: Double?
    @Option(help: "Optimiser steps (10000).") var steps: Int?
    @Option(help: "Queries in a minibatch, each with all its documents (64).") var queriesPerBatch: Int?
    @Option(help: "Peak learning rate.") var learningRate: Double?
    @Option(help: "adamw or adafactor.") var optimizer: String?
    @Option(help: "Steps of the base model; 0 starts from random weights.") var baseSteps: Int?
    @OptionGroup var common: TrainOptions

    func run() throws {
        try common.train(
            .autoregressive,
            [
                ("loss.lambda", lambda), ("loss.alpha", alpha.map { "\($0)" }), ("loss.targets", targets),
                ("loss.beta", beta.map { "\($0)" }), ("steps", steps.map { "\($0)" }),
                ("queriesPerBatch", queriesPerBatch.map { "\($0)" }),
                ("optimizer.learningRate", learningRate.map { "\($0)" }), ("optimizer.kind", optimizer),
                ("base.steps", baseSteps.map { "\($0)" }),
            ])
    }
}
