import ArgumentParser
import AutoregressiveRanker
import Experiments
import Foundation
import RankingData

struct Rank: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ranks one query's candidates with a finished run's model, gold rank beside each.")

    @Option(name: .customLong("run"), help: "The run's id, or its beginning.")
    var id: String

    @Argument(help: "A synset, say deer.n.01.")
    var query: String

    @OptionGroup var results: ResultsOptions
    @OptionGroup var inputs: InputOptions

    func run() throws {
        let loaded = try LoadedRun(id, results: results, inputs: inputs, threads: 1)
        let task = loaded.task
        let (split, ranked) = try find(loaded)
        print("query   \(query) (\(split))")
        if let decoder = loaded.ranker as? DecoderRanker {
            print("prompt  \(decoder.prompt.text(decoder.promptTokens(ranked)))")
        }
        let scores = try loaded.ranker.scores(for: [ranked])[0]
        let order = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
        print(Format.column("rank", 6) + Format.column("gold", 10) + Format.column("score", 12) + "document")
        for (position, index) in order.enumerated() {
            let gold = index < ranked.documents.count ? "\(index + 1)" : "negative"
            print(
                Format.column("\(position + 1)", 6) + Format.column(gold, 10)
                    + Format.column(String(format: "%.4f", scores[index]), 12)
                    + task.names[Int(ranked.candidates[index])])
        }
    }

    /// The query with its documents, and the split that it stands in, whether or not the run trained on it.
    private func find(_ loaded: LoadedRun) throws -> (split: String, RankedQuery) {
        var data = loaded.record.configuration.data
        data.trainingQueries = 0
        let whole = try inputs.library(results).task(data)
        let splits = [
            ("evaluation split", loaded.task.evaluation), ("development split", loaded.task.development),
            ("training split", loaded.task.training), ("in no split of this run", whole.training),
        ]
        for (split, queries) in splits {
            if let found = queries.first(where: { whole.names[Int($0.query)] == query }) {
                return (split, found)
            }
        }
        throw ResultsError.unknownQuery(query)
    }
}
