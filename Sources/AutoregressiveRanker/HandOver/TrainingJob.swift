import Foundation
import LanguageModels
import Options
import RankingData
import Tensors

/// A pretrained model's run as files, for a program on another machine to train and to score by: the packed minibatches
/// in the order of training, and the evaluated queries' candidates. Tools/finetune.py is such a program and describes
/// the files.
public struct TrainingJob {
    private let configuration: AutoregressiveConfiguration
    private let task: RankingTask
    private let seed: UInt64
    private let prompt: PretrainedPrompt

    /// Minibatches, and evaluated queries, in one file.
    private static let stepsPerShard = 250
    private static let queriesPerShard = 1000

    public init(
        configuration: AutoregressiveConfiguration, task: RankingTask, seed: UInt64,
        pretrained: PretrainedModel
    ) throws {
        try configuration.validate()
        let tuning = configuration.fineTuning
        let legal = "0 in a run handed over, all of whose weights learn"
        try ConfigurationError.require(tuning.lastLayers == 0, "tuning.lastLayers", tuning.lastLayers, legal)
        try ConfigurationError.require(
            tuning.adapterRank == 0, "tuning.adapterRank", tuning.adapterRank, legal)
        guard task.training.contains(where: { !$0.documents.isEmpty }) else {
            throw ConfigurationError.noTrainingPairs
        }
        self.configuration = configuration
        self.task = task
        self.seed = seed
        prompt = try PretrainedPrompt(pretrained, configuration, task)
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

    /// Writes minibatches-N.safetensors, candidates-N.safetensors and last of all job.json.
    ///
    /// - Parameters:
    ///   - run: The run's id, which comes back with the scores.
    ///   - queries: The evaluated queries.
    public func write(to folder: URL, run: String, model: String, queries: [RankedQuery]) throws {
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
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let file = folder.appendingPathComponent("job.json")
        let text = try encoder.encode(description)
        try FileFailure.naming(file) { try text.write(to: file, options: .atomic) }
    }

    private func writeMinibatches(to folder: URL) throws -> (files: [String], points: Int) {
        let packer = MinibatchPacker(
            prompt: prompt, loss: configuration.loss, promptWeight: configuration.promptWeight, seed: seed)
        var sampler = QuerySampler(task, configuration, seed: seed)
        var files: [String] = []
        var allPoints = 0
        for first in stride(from: 0, to: configuration.steps, by: Self.stepsPerShard) {
            var shard = SequenceShard()
            var stepStarts: [Int32] = [0]
            var (places, tokens, weights): ([Int32], [Int32], [Float]) = ([], [], [])
            for step in first..<min(first + Self.stepsPerShard, configuration.steps) {
                let packed = sampler.draw(step: step, count: configuration.queriesPerBatch).map {
                    packer.pack($0.query, draw: $0.draw)
                }
                let points = packed.reduce(0) { $0 + $1.points }
                allPoints += points
                for query in packed {
                    let start = shard.append(query.sequence)
                    for target in query.targets where target.weight != 0 {
                        places.append(start + target.place)
                        tokens.append(target.token)
                        weights.append(target.weight / Float(max(1, points)))
                    }
                }
                stepStarts.append(Int32(shard.count))
            }
            let name = String(format: "minibatches-%05d.safetensors", files.count)
            try shard.write(
                to: folder.appendingPathComponent(name),
                integers: ["step_starts": stepStarts, "target_places": places, "target_tokens": tokens],
                floats: ["target_weights": weights])
            files.append(name)
        }
        return (files, allPoints)
    }

    private func writeCandidates(_ queries: [RankedQuery], to folder: URL) throws -> [String] {
        try stride(from: 0, to: queries.count, by: Self.queriesPerShard).enumerated().map { number, first in
            var shard = SequenceShard()
            var (places, tokens): ([Int32], [Int32]) = ([], [])
            var documentStarts: [Int32] = [0]
            var queryStarts: [Int32] = [0]
            for query in queries[first..<min(first + Self.queriesPerShard, queries.count)] {
                let packed = PackedCandidates(query, prompt: prompt)
                let start = shard.append(packed.sequence)
                for (place, token) in packed.tokens {
                    places.append(start + Int32(place))
                    tokens.append(token)
                }
                for length in packed.lengths {
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

/// Packed sequences one after another, as a file of a job holds them.
private struct SequenceShard {
    private var tokens: [Int32] = []
    private var parents: [Int32] = []
    private var positions: [Int32] = []
    private var starts: [Int32] = [0]

    var count: Int { starts.count - 1 }

    /// - Returns: The place of the sequence's first token.
    mutating func append(_ sequence: PackedSequence) -> Int32 {
        let start = tokens.count
        tokens += sequence.tokens
        for place in 0..<sequence.tokens.count {
            let parent =
                place < sequence.promptLength
                ? place - 1 : Int(sequence.branchParents[place - sequence.promptLength])
            parents.append(Int32(parent))
            positions.append(parent < 0 ? 0 : positions[start + parent] + 1)
        }
        starts.append(Int32(tokens.count))
        return Int32(start)
    }

    func write(to file: URL, integers: [String: [Int32]], floats: [String: [Float]] = [:]) throws {
        var integers = integers
        integers["tokens"] = tokens
        integers["parents"] = parents
        integers["positions"] = positions
        integers["sequence_starts"] = starts
        let shapes = integers.mapValues { [$0.count] }.merging(floats.mapValues { [$0.count] }) { own, _ in
            own
        }
        try TensorArchive.write(shapes, integers: Set(integers.keys), metadata: [:], to: file) { name, body in
            if let values = integers[name] {
                try values.withUnsafeBytes(body)
            } else if let values = floats[name] {
                try values.withUnsafeBytes(body)
            }
        }
    }
}
