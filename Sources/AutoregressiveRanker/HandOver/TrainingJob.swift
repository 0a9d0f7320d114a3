import Foundation
import LanguageModels
import Options
import RankingData
import Tensors

/// A run of a pretrained model as files that a program on another machine trains and scores from: the packed minibatches in
/// the order of training, and the candidates of the evaluated queries. Tools/finetune.py is such a program, and describes
/// the files.
public struct TrainingJob {
    private let configuration: AutoregressiveConfiguration
    private let task: RankingTask
    private let seed: UInt64
    private let prompt: RankingPrompt

    /// The most evaluated queries in one file.
    private static let queriesPerShard = 1000

    /// - Parameters:
    ///   - seed: The run's seed, which orders queries and shuffles prompts as it would here.
    ///   - pretrained: The model whose tokenizer writes the prompts.
    /// - Throws: `ConfigurationError` for options that another machine does not implement, and for data without a training
    ///   query; `TokenizerError` for a text that the tokenizer cannot write.
    public init(
        configuration: AutoregressiveConfiguration, task: RankingTask, seed: UInt64,
        pretrained: PretrainedModel
    ) throws {
        try configuration.validate()
        let tuning = configuration.tuning
        let legal = "0 in a run handed over, all of whose weights learn"
        try ConfigurationError.require(tuning.lastLayers == 0, "tuning.lastLayers", tuning.lastLayers, legal)
        try ConfigurationError.require(
            tuning.adapterRank == 0, "tuning.adapterRank", tuning.adapterRank, legal)
        if case .ofScores = configuration.loss.training {
            throw ConfigurationError.outOfRange(
                option: "loss.kind", value: configuration.loss.kind.rawValue,
                legal: "a loss of tokens in a run handed over: its targets are written before training")
        }
        try ConfigurationError.require(
            configuration.objective == .ranking, "objective", configuration.objective.rawValue,
            "\(TrainingObjective.ranking.rawValue) in a run handed over")
        try ConfigurationError.require(
            configuration.optimizer.kind == .adamw, "optimizer.kind", configuration.optimizer.kind.rawValue,
            "adamw in a run handed over: Tools/finetune.py has no other")
        // Tools/finetune.py sends back scores by these formulas.
        try ConfigurationError.require(
            configuration.score == .mean, "score", configuration.score.rawValue,
            "mean in a run handed over")
        try ConfigurationError.require(
            configuration.scoring == .ownPath, "scoring", configuration.scoring.rawValue,
            "\(CandidateScoring.ownPath.rawValue) in a run handed over")
        // Its files tell what a token sees by the token before it.
        try ConfigurationError.require(
            configuration.attention == .dense, "attention", configuration.attention.rawValue,
            "dense in a run handed over")
        try ConfigurationError.require(
            configuration.precision == .float32, "precision", configuration.precision.rawValue,
            "float32 in a run handed over: Tools/finetune.py has a --dtype of its own")
        try ConfigurationError.require(
            configuration.tuning.frozenStorage == .float32, "tuning.frozenStorage",
            configuration.tuning.frozenStorage.rawValue,
            "float32 in a run handed over: Tools/finetune.py has a --dtype of its own")
        guard task.training.contains(where: { !$0.documents.isEmpty }) else {
            throw ConfigurationError.noTrainingPairs
        }
        self.configuration = configuration
        self.task = task
        self.seed = seed
        prompt = try RankingPrompt(pretrained, configuration, task)
    }

    /// What job.json says.
    private struct Description: Encodable {
        let format = "rankbridge-job-1"
        let run: String
        let model: String
        let seed: UInt64
        let steps: Int
        let queriesPerBatch: Int
        /// (query, document) points of all minibatches.
        let points: Int
        let optimizer: OptimizerConfiguration
        /// Of each step.
        let learningRates: [Double]
        let minibatches: [String]
        let candidates: [String]
    }

    /// Writes minibatches-N.safetensors and candidates-N.safetensors, and then job.json, whose presence says that the job is
    /// complete.
    ///
    /// - Parameters:
    ///   - run: The run's id, which comes back with the scores.
    ///   - model: What the run calls the pretrained model.
    ///   - queries: The evaluated queries.
    /// - Throws: `FileFailure`, and `ConfigurationError` for a minibatch too large for a file.
    public func write(to folder: URL, run: String, model: String, queries: [RankedQuery]) throws {
        try removeEarlierJob(in: folder)
        let (minibatches, points) = try writeMinibatches(to: folder)
        let candidates = try writeCandidates(queries, to: folder)
        let optimizer = configuration.optimizer
        let description = Description(
            run: run, model: model, seed: seed, steps: configuration.steps,
            queriesPerBatch: configuration.queriesPerBatch, points: points, optimizer: optimizer,
            learningRates: (0..<configuration.steps).map {
                optimizer.learningRate(step: $0, of: configuration.steps)
            }, minibatches: minibatches, candidates: candidates)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Names as Python spells them, in which the program that reads the file is written.
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let file = folder.appendingPathComponent("job.json")
        try OutputFile(file.path).write(Array(encoder.encode(description)))
    }

    /// An earlier job's description first: with it, files of two jobs would pass for one.
    private func removeEarlierJob(in folder: URL) throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let own = names.filter { name in
            name == "scores.safetensors"
                || ["minibatches-", "candidates-"].contains { name.hasPrefix($0) }
                    && name.hasSuffix(".safetensors")
        }
        for name in names.filter({ $0 == "job.json" }) + own {
            let file = folder.appendingPathComponent(name)
            try FileFailure.naming(file) { try FileManager.default.removeItem(at: file) }
        }
    }

    private func writeMinibatches(to folder: URL) throws -> (files: [String], points: Int) {
        let packer = MinibatchPacker(
            prompt: prompt, loss: configuration.loss, promptWeight: configuration.promptWeight, seed: seed)
        var sampler = QuerySampler(task, configuration, seed: seed)
        var files: [String] = []
        var points = 0
        var shard = MinibatchShard()
        for step in 0..<configuration.steps {
            let packed = sampler.draw(step: step, count: configuration.queriesPerBatch).map {
                packer.pack($0.query, draw: $0.draw)
            }
            points += try shard.append(packed)
            // Whole minibatches alone: none lies in two files.
            guard step + 1 == configuration.steps || shard.isFull else { continue }
            let name = String(format: "minibatches-%05d.safetensors", files.count)
            try shard.write(to: folder.appendingPathComponent(name))
            files.append(name)
            shard = MinibatchShard()
        }
        return (files, points)
    }

    private func writeCandidates(_ queries: [RankedQuery], to folder: URL) throws -> [String] {
        try stride(from: 0, to: queries.count, by: Self.queriesPerShard).enumerated().map { number, first in
            var shard = SequenceShard()
            var (places, tokens): ([Int32], [Int32]) = ([], [])
            var documentStarts: [Int32] = [0]
            var queryStarts: [Int32] = [0]
            for query in queries[first..<min(first + Self.queriesPerShard, queries.count)] {
                let packed = PackedCandidates(query, prompt: prompt)
                let start = try shard.append(packed.sequence)
                for (place, token) in packed.paths.tokens {
                    places.append(start + Int32(place))
                    tokens.append(token)
                }
                for length in packed.paths.lengths {
                    documentStarts.append(documentStarts[documentStarts.count - 1] + Int32(length))
                }
                queryStarts.append(Int32(documentStarts.count - 1))
            }
            let name = String(format: "candidates-%05d.safetensors", number)
            try shard.write(
                to: folder.appendingPathComponent(name),
                integers: [
                    "asked_places": places, "asked_tokens": tokens, "document_starts": documentStarts,
                    "query_starts": queryStarts,
                ])
            return name
        }
    }
}
