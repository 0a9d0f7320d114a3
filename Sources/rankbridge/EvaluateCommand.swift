import ArgumentParser
import AutoregressiveRanker
import Experiments
import Foundation
import Rankers
import RankingData
import RankingMetrics
import Tensors

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Evaluates a finished run's model, and writes every candidate's score if asked.")

    @Option(name: .customLong("run"), help: "The id of the run, or its first digits.")
    var id: String

    @Option(
        help: "The split whose queries are evaluated: evaluation or development. The default is the run's.")
    var split: EvaluationConfiguration.Split?

    @Option(
        help:
            "What a query's documents are ranked with: own (its negatives) or corpus (all documents too). The default is the run's."
    )
    var candidates: EvaluationConfiguration.Candidates?

    @Option(help: "How an autoregressive ranker scores: own-path or greedy-path. The default is the run's.")
    var scoring: CandidateScoring?

    @Option(
        help:
            "Where each candidate's score is written, as TSV: a file, a pipe or /dev/stdout. The columns are the query, the candidate, its gold rank (0 for a negative) and its score."
    )
    var scores: String?

    @Option(
        help:
            "A folder that gets run.txt, qrels-gains.txt, qrels-ranks.txt and scores.tsv, which trec_eval and programs like it read, and ir_metadata.txt."
    )
    var trec: String?

    @Option(
        name: .customLong("by-margin"), parsing: .unconditional,
        help:
            "Print the metrics by how sure the ranker is too: of this many groups of queries, by the difference between a query's best score and its second best.",
        transform: TypedNumber("by-margin", in: 1...1000).read)
    var marginGroups: Int?

    @Flag(
        help:
            "Print the metrics of the model that the run's loss is least with, which knows the gold ranking, too: what a row could come to that learned its loss without error. Of autoregressive rankers with a loss of tokens."
    )
    var optimum = false

    @Flag(
        help:
            "Keep the metrics in results.db in place of those that the run has. Split, candidates and scoring must be the run's own."
    )
    var record = false

    @Option(
        parsing: .unconditional, help: "The number of threads.",
        transform: TypedNumber("threads", in: 1...256).read)
    var threads = ProcessInfo.processInfo.activeProcessorCount

    @OptionGroup var results: ResultsOptions
    @OptionGroup var inputs: InputOptions

    func run() throws {
        let loaded = try LoadedRun(id, results: results, inputs: inputs, threads: threads, scoring: scoring)
        var options = loaded.record.configuration.evaluation
        if let split { options.split = split }
        if let candidates { options.candidates = candidates }
        var asked = loaded.record.configuration
        asked.evaluation = options
        try asked.validate()
        if options.candidates == .corpus, scores != nil || trec != nil || marginGroups != nil {
            throw ValidationError(
                "--scores, --trec and --by-margin are of a query's own candidates: give --candidates own with them"
            )
        }
        guard !record || (options == loaded.record.configuration.evaluation && scoring == nil) else {
            throw ValidationError(
                "--record keeps an evaluation as the run's own: leave out the other options")
        }
        let optimal = try optimum ? loaded.optimum() : nil
        let ranker = FiniteRanker.checking(loaded.ranker, step: loaded.configuration.steps)
        let evaluation = try Evaluation(ranker, loaded.task, options)
        printSummaries(evaluation)
        if let optimal {
            print("of the model that the loss is least with:")
            printSummaries(try Evaluation(optimal, loaded.task, options))
        }
        if let marginGroups { printMargins(evaluation, groups: marginGroups) }
        if record {
            try results.database().record(evaluation, of: loaded.record, task: loaded.task)
            print("recorded")
        }
        if let trec { try writeTREC(evaluation, loaded, to: URL(fileURLWithPath: trec)) }
        guard let scores else { return }
        let table = ScoreTable(evaluation: evaluation, collection: loaded.task.collection)
        try OutputFile(scores).write(table.text)
        // Whoever reads the table from standard output must not get this line as its last.
        if !scores.hasPrefix("/dev/") { print("scores written to \(scores)") }
    }

    private func printSummaries(_ evaluation: Evaluation) {
        printSummaries(evaluation.summaries)
        for variant in evaluation.variants {
            print("by the score '\(variant.score)':")
            printSummaries(variant.summaries)
        }
    }

    private func printSummaries(_ summaries: [Evaluation.Summary]) {
        for summary in summaries {
            print(
                Format.column("\(summary.metric)", 12) + Format.column(Format.percent(summary.value), 10)
                    + "[\(Format.percent(summary.low)), \(Format.percent(summary.high))]  n \(summary.queries)"
            )
        }
    }

    private func printMargins(_ evaluation: Evaluation, groups: Int) {
        let groups = evaluation.byMargin(groups: groups)
        let metrics = evaluation.metrics.filter { metric in
            switch metric {
            case .cvr, .ndcg: true
            case .rAt(let k): k <= 5
            case .mrr, .invalid, .docIDRAt, .recall: false
            }
        }
        print("by the margin between the best score and the second best:")
        print(
            Format.column("margin", 18) + Format.column("n", 8)
                + metrics.map { Format.column("\($0)", 8) }.joined())
        for group in groups {
            print(
                Format.column(String(format: "%.2f to %.2f", group.low, group.high), 18)
                    + Format.column("\(group.queries)", 8)
                    + metrics.map { Format.column(group.means[$0].map(Format.percent) ?? "", 8) }.joined())
        }
    }

    private func writeTREC(_ evaluation: Evaluation, _ loaded: LoadedRun, to folder: URL) throws {
        let rankings = evaluation.namedRankings(loaded.task.collection)
        let files = [
            ("run.txt", TRECFiles.run(rankings, tag: String(loaded.record.id.prefix(12)))),
            ("qrels-gains.txt", TRECFiles.gainQrels(rankings)),
            ("qrels-ranks.txt", TRECFiles.rankQrels(rankings)),
            ("scores.tsv", ScoreTable(evaluation: evaluation, collection: loaded.task.collection).text),
            (
                "ir_metadata.txt",
                try results.readableDatabase().snapshot {
                    try $0.metadataHeader(
                        of: loaded.record, as: loaded.configuration,
                        split: split ?? loaded.record.configuration.evaluation.split)
                }
            ),
        ]
        try FileFailure.naming(folder) {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        for (name, text) in files { try OutputFile(folder.appendingPathComponent(name).path).write(text) }
        print("TREC files written to \(folder.path); with its metadata (www.ir-metadata.org) the run is")
        print("  cat ir_metadata.txt run.txt")
        print("our metrics by trec_eval:")
        print("  nDCG: trec_eval -m \(TRECFiles.gainLevels(rankings)) qrels-gains.txt run.txt")
        print(
            "  R@k:  trec_eval -l \(TRECFiles.rankLevel(rankings))-k -q -m P.k qrels-ranks.txt run.txt, averaged over the queries with at least k lines in run.txt"
        )
    }
}

extension EvaluationConfiguration.Split: ExpressibleByArgument {}
extension EvaluationConfiguration.Candidates: ExpressibleByArgument {}
extension CandidateScoring: ExpressibleByArgument {}

/// A finished run with its model and its data.
struct LoadedRun {
    let record: RunRecord
    /// The run's configuration, with the scoring that was asked for in place of its own.
    let configuration: RunConfiguration
    let task: RankingTask
    let ranker: any Ranker

    /// - Parameter scoring: In place of the run's own, where it is an autoregressive ranker.
    init(
        _ id: String, results: ResultsOptions, inputs: InputOptions, threads: Int,
        scoring: CandidateScoring? = nil
    ) throws {
        record = try results.readableDatabase().run(id)
        guard record.state == .finished else {
            throw ResultsError.notFinished(run: record.id, state: record.state.rawValue)
        }
        let library = inputs.open(results)
        // Nothing is trained in no steps, and no model is kept.
        let archive = record.configuration.steps > 0 ? try results.folder.loadModel(record.id) : nil
        task = try library.task(of: record)
        var configuration = record.configuration
        if let scoring { try configuration.set("scoring", .scalar(scoring.rawValue)) }
        self.configuration = configuration
        let workers = WorkerPool(threads: threads)
        ranker = try configuration.ranker.ranker(
            archive,
            RankerInputs(
                task: task, seed: configuration.seed, workers: workers,
                pretrained: library.pretrainedModel(of: record),
                // A trained model holds what it took from an encoder where training began.
                textEmbedder: configuration.ranker.ranksByTextEncoder
                    ? library.textEmbedder(of: record, workers: workers) : nil))
    }
}

extension LoadedRun {
    /// What the run's loss is least with, asked as the run's model is.
    ///
    /// - Throws: `ValidationError` for a run of another kind or of another loss.
    func optimum() throws -> OptimumRanker {
        guard let ranker = ranker as? DecoderRanker,
            let configuration = record.configuration.ranker as? AutoregressiveConfiguration,
            // A base that learns to match, and a model that is not trained here, have no such loss.
            configuration.objective == .ranking, configuration.steps > 0,
            let optimum = OptimumRanker(of: configuration.loss, like: ranker)
        else {
            throw ValidationError(
                "--optimum needs the run of an autoregressive ranker that was trained with loss.kind "
                    + "\(LossKind.stoical.rawValue) and objective ranking")
        }
        guard ranker.scoring == .ownPath else {
            throw ValidationError(
                "--optimum scores a docID along its own path: add --scoring \(CandidateScoring.ownPath.rawValue)"
            )
        }
        return optimum
    }
}

/// Every candidate's score as tab-separated values, so that any program can compute the metrics anew.
struct ScoreTable {
    let evaluation: Evaluation
    let collection: Collection

    /// A header, then a line a candidate: query and candidate by id, gold rank (0: not relevant), score.
    var text: String {
        var text = "query\tcandidate\tgold_rank\tscore\n"
        for (query, scores) in zip(evaluation.queries, evaluation.scores) {
            let id = collection.id(query.query)
            for (candidate, score) in zip(query.candidates, scores) {
                text += "\(id)\t\(collection.id(candidate.entity))\t\(candidate.rank)\t\(score)\n"
            }
        }
        return text
    }
}
