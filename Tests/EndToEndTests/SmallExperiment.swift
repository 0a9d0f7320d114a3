import Foundation
import GRDB

@testable import Experiments

/// A spec and a results folder in a temporary place: real WordNet, tiny models, few queries.
struct SmallExperiment {
    let folder: URL

    init(_ spec: String) throws {
        folder = try temporaryFolder()
        try Data(spec.utf8).write(to: self.spec)
    }

    var spec: URL { folder.appendingPathComponent("spec.yaml") }
    var results: URL { folder.appendingPathComponent("results") }

    func arguments(_ more: [String] = []) -> [String] {
        ["sweep", spec.path, "--scale", "smoke", "--results", results.path] + more
    }

    func sweep(_ more: [String] = []) throws -> RankBridgeCommand.Output {
        try RankBridgeCommand.run(arguments(more))
    }

    func text(_ path: String) throws -> String {
        try String(contentsOf: results.appendingPathComponent(path), encoding: .utf8)
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try ResultsDatabase(results: results).read(body)
    }

    func rows(_ sql: String) throws -> [Row] { try read { try Row.fetchAll($0, sql: sql) } }

    /// Three rows of Table 1 and their base.
    static let table1 = """
        name: table1
        model: autoregressive
        settings:
          data: {evaluationQueries: 60, developmentQueries: 10, trainingQueries: 2000}
          decoder: {vocabulary: 400, width: 16, layers: 1, heads: 2, keyValueHeads: 1, headDimension: 8, feedForward: 32}
          steps: 12
          queriesPerBatch: 8
          base: {steps: 12, queriesPerBatch: 8}
        rows:
          - {row: ntp, loss: {lambda: top1, targets: onehot}}
          - {row: frac_a2, loss: {lambda: fractional, alpha: 2, targets: onehot}}
          - {row: trie_b2, loss: {lambda: top1, targets: trie, beta: 2}}
        """

    /// A random Mistral of a few thousand weights, with a tokenizer: a pretrained model's files.
    static let tinyMistral = RankBridgeCommand.repository.appendingPathComponent(
        "Tests/LanguageModelsTests/Fixtures/tiny-mistral"
    ).path

    /// Fine-tuning of a pretrained model, long enough to be killed in training and in evaluation.
    static let pretrained = """
        name: tiny
        model: autoregressive
        settings:
          pretrained: \(tinyMistral)
          queriesPerBatch: 4
          steps: 60
          optimizer: {learningRate: 0.001, warmupSteps: 2}
          data: {evaluationQueries: 200}
        rows:
          - {row: tuned, loss: {lambda: fractional, alpha: 1, targets: trie, beta: 2}}
        """

    /// The same model, a few steps of it: all of it learns, or a part, or nothing.
    static let partsOfAPretrainedModel = """
        name: parts
        model: autoregressive
        settings:
          pretrained: \(tinyMistral)
          queriesPerBatch: 4
          steps: 8
          optimizer: {learningRate: 0.02, warmupSteps: 2}
          data: {evaluationQueries: 20}
        rows:
          - {row: whole}
          - {row: last, tuning: {lastLayers: 1}}
          - {row: adapters, tuning: {adapterRank: 2, adapterAlpha: 4}}
          - {row: question, prompt: question}
          - {row: half, tuning: {adapterRank: 2, frozenStorage: bfloat16}}
          - {row: half_last, tuning: {lastLayers: 1, frozenStorage: bfloat16}}
          - {row: zero, steps: 0, tuning: {frozenStorage: bfloat16}}
          - {row: ordered, order: fewest-first}
        """

    /// One run of each kind of model, with steps enough to be killed in the middle.
    static let oneOfEachKind = """
        name: each
        parts:
          - model: dual-encoder
            settings: {dimension: 4, batch: 256, steps: 400, data: {evaluationQueries: 60, protocol: all}}
            rows: [{row: de}]
          - model: cross-encoder
            settings: {dimension: 4, batch: 128, steps: 100, data: {evaluationQueries: 60, protocol: all}}
            rows: [{row: ce}]
          - model: autoregressive
            settings:
              data: {evaluationQueries: 60, trainingQueries: 2000}
              decoder: {vocabulary: 400, width: 16, layers: 1, heads: 2, keyValueHeads: 1, headDimension: 8, feedForward: 32}
              steps: 150
              queriesPerBatch: 8
              base: {steps: 150, queriesPerBatch: 8}
            rows: [{row: arr}]
        """
}
