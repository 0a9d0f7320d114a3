import ArgumentParser
import AutoregressiveRanker
import Experiments
import Foundation
import RankingData
import Tensors

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Evaluates a finished run's model, and writes every candidate's score if asked.")

    @Option(name: .customLong("run"), help: "The run's id, or its beginning.")
    var id: String

    @Option(help: "evaluation or development.")
    var split: EvaluationConfiguration.Split = .evaluation

    @Option(help: "How an autoregressive ranker scores: own-path or greedy-path; as the run did by default.")
    var scoring: CandidateScoring?

    @Option(help: "A TSV file for query, candidate, gold rank (0 for the negative) and score.")
    var scores: String?

    @Option(help: "Threads.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    @OptionGroup var results: ResultsOptions
    @OptionGroup var wordNet: WordNetOptions

    func validate() throws {
        guard threads >= 1 else { throw ValidationError("--threads is \(threads), it must be at least 1") }
    }

    func run() throws {
        let loaded = try LoadedRun(id, results: results, wordNet: wordNet, threads: threads, scoring: scoring)
        let evaluation = try Evaluation(
            loaded.ranker, loaded.task.queries(of: split),
            cutoffs: loaded.record.configuration.evaluation.cutoffs)
        for summary in evaluation.summaries {
            print(
                Format.column("\(summary.metric)", 12) + Format.column(Format.percent(summary.value), 10)
                    + "[\(Format.percent(summary.low)), \(Format.percent(summary.high))]  n \(summary.queries)"
            )
        }
        guard let scores else { return }
        try ScoreTable(evaluation: evaluation, names: loaded.task.names).write(
            to: URL(fileURLWithPath: scores))
        print("scores written to \(scores)")
    }
}

extension EvaluationConfiguration.Split: ExpressibleByArgument {}
extension CandidateScoring: ExpressibleByArgument {}

/// A finished run with its model and its data.
struct LoadedRun {
    let record: RunRecord
    let task: RankingTask
    let ranker: any Ranker

    /// - Parameter scoring: In place of the run's own, where it is an autoregressive ranker.
    init(
        _ id: String, results: ResultsOptions, wordNet: WordNetOptions, threads: Int,
        scoring: CandidateScoring? = nil
    ) throws {
        record = try results.database().run(id)
        guard record.state == .finished else {
            throw ResultsError.notFinished(run: record.id, state: record.state.rawValue)
        }
        let archive = try results.folder.loadModel(record.id)
        task = try wordNet.tasks.task(record.configuration.data)
        var configuration = record.configuration
        if let scoring { configuration.autoregressive?.scoring = scoring }
        ranker = try Models.ranker(
            configuration, archive: archive, task: task, workers: WorkerPool(threads: threads))
    }
}

/// Every candidate's score as tab-separated values, so that any program can compute the metrics anew.
struct ScoreTable {
    let evaluation: Evaluation
    let names: [String]

    func write(to file: URL) throws {
        var text = "query\tcandidate\tgold_rank\tscore\n"
        for (query, scores) in zip(evaluation.queries, evaluation.scores) {
            for (index, candidate) in query.candidates.enumerated() {
                let rank = index < query.documents.count ? index + 1 : 0
                text += "\(names[Int(query.query)])\t\(names[Int(candidate)])\t\(rank)\t\(scores[index])\n"
            }
        }
        try FileFailure.naming(file) { try Data(text.utf8).write(to: file, options: .atomic) }
    }
}
