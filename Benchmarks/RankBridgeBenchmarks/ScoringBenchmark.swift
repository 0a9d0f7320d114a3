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
        let configuration = AutoregressiveConfiguration(decoder: model.configuration)
        let ranker = try DecoderRanker(
            pretrained: model, archive: nil, configuration: configuration, task: task, workers: workers)
        let queries = Array(task.evaluation.prefix(Self.queries))
        _ = try ranker.scores(for: Array(queries.prefix(8)))
        let own = try time(ranker, queries)
        let candidates = queries.reduce(0) { $0 + $1.candidates.count }
        print(
            String(
                format: "scoring: ours %.0f ms a query (%d queries, %.1f candidates each)", own,
                queries.count,
                Double(candidates) / Double(queries.count)))
        guard let pytorch else { return }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rankbridge-queries-\(ProcessInfo.processInfo.processIdentifier).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let export = Export(
            config: MinibatchExport.Shape(model.configuration),
            queries: queries.prefix(Self.pytorchQueries).map { query in
                Export.Query(
                    prompt: ranker.promptTokens(query),
                    documents: query.candidates.map { ranker.prompt.tokens[Int($0.entity)] })
            })
        try JSONEncoder().encode(export).write(to: file)
        let theirs = try pytorch.run([
            file.path, "--steps", "\(Self.pytorchQueries)", "--warmup", "2", "--threads",
            "\(workers.threads)",
        ])
        let again = try time(ranker, queries)
        print(
            String(
                format:
                    "  transformers with its cache, PyTorch %@: %.0f ms a query; ours beside it %.0f ms; ratio %.2f",
                theirs.torch, theirs.milliseconds_per_step, again, theirs.milliseconds_per_step / again))
    }

    /// Milliseconds a query.
    private func time(_ ranker: DecoderRanker, _ queries: [RankedQuery]) throws -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        _ = try ranker.scores(for: queries)
        return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6 / Double(queries.count)
    }
}
