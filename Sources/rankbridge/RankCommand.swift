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
    @OptionGroup var wordNet: WordNetOptions

    func run() throws {
        let loaded = try LoadedRun(id, results: results, wordNet: wordNet, threads: 1)
        let task = loaded.task
        let splits = [
            ("evaluation", task.evaluation), ("development", task.development), ("training", task.training),
        ]
        let place = splits.lazy.compactMap { name, queries in
            queries.first { task.names[Int($0.query)] == query }.map { (name, $0) }
        }.first
        guard let (split, ranked) = place else { throw ResultsError.unknownQuery(query) }
        print("query   \(query) (\(split) split)")
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
}
