import AutoregressiveRanker
import Foundation
import LanguageModels
import RankingData
import Tensors

/// Scoring of all candidates by a pretrained model, against transformers scoring each with its prompt's cache.
struct ScoringBenchmark {
    let model: PretrainedModel
    let task: RankingTask
    let workers: WorkerPool
    let pytorch: PyTorchStep?

    /// Queries scored here, and there one after another.
    private static let queries = 32
    private static let pytorchQueries = 8

    private struct Export: Encodable {
        struct Query: Encodable {
            let prompt: [Int32]
            let documents: [[Int32]]
        }
        let config: MinibatchExport.Shape
        let queries: [Query]
    }

    func run() throws {
        let queries = Array(task.evaluation.prefix(Self.queries))
        let candidates = queries.reduce(0) { $0 + $1.candidates.count }
        for precision in Precision.allCases {
            print(
                String(
                    format: "scoring in %@: ours %.0f ms a query (%d queries, %.1f candidates each)",
                    precision.rawValue, try time(precision, queries), queries.count,
                    Double(candidates) / Double(queries.count)))
        }
        guard let pytorch else { return }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rankbridge-queries-\(ProcessInfo.processInfo.processIdentifier).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let ranker = try ranker(.float32)
        let export = Export(
            config: MinibatchExport.Shape(model.configuration),
            queries: queries.prefix(Self.pytorchQueries).map { query in
                Export.Query(
                    prompt: ranker.promptTokens(query),
                    documents: query.candidates.map { ranker.prompt.tokens[Int($0.entity)] })
            })
        try JSONEncoder().encode(export).write(to: file)
        let arguments = [
            file.path, "--steps", "\(Self.pytorchQueries)", "--warmup", "2", "--threads",
            "\(workers.threads)",
        ]
        try PeerComparison(unit: "ms a query", peer: "transformers with its cache, PyTorch").run(
            rounds: 3,
            theirs: { try pytorch.run(arguments + ($0 == .bfloat16 ? ["--autocast"] : [])) },
            ours: { try time($0, queries) })
    }

    private func ranker(_ precision: Precision) throws -> DecoderRanker {
        var configuration = AutoregressiveConfiguration(decoder: model.configuration)
        configuration.precision = precision
        return try DecoderRanker(
            pretrained: model, archive: nil, configuration: configuration, task: task, workers: workers)
    }

    /// Milliseconds a query, once the model is read.
    private func time(_ precision: Precision, _ queries: [RankedQuery]) throws -> Double {
        let ranker = try ranker(precision)
        _ = try ranker.scores(for: Array(queries.prefix(8)))
        let start = DispatchTime.now().uptimeNanoseconds
        _ = try ranker.scores(for: queries)
        return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6 / Double(queries.count)
    }
}
