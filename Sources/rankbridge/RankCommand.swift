import ArgumentParser
import AutoregressiveRanker
import Experiments
import Foundation
import LanguageModels
import RankingData

struct Rank: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ranks one query's candidates with a finished run's model, gold rank beside each.")

    @Option(name: .customLong("run"), help: "The id of the run, or its first digits.")
    var id: String

    @Argument(help: "The id of a query, for example the synset deer.n.01, or its text.")
    var query: String

    @Option(
        parsing: .unconditional,
        help:
            "The width of a beam. With it, what an autoregressive ranker writes is shown in place of its candidates' scores, by the mean of log p over the tokens whatever `score` is.",
        transform: TypedNumber("beam", in: 1...1000).read)
    var beam: Int?

    @Option(
        help:
            "What the beam may write: docIDs of the query's candidates (candidates), any docID of the task (corpus), or any tokens (free)."
    )
    var decode: Decoding = .candidates

    enum Decoding: String, ExpressibleByArgument, CaseIterable {
        case candidates, corpus, free
    }

    @OptionGroup var results: ResultsOptions
    @OptionGroup var inputs: InputOptions

    func run() throws {
        let loaded = try LoadedRun(id, results: results, inputs: inputs, threads: 1)
        let (split, ranked) = try find(loaded)
        print("query   \(query) (\(split))")
        if let prompt = loaded.ranker.promptText(for: ranked) { print("prompt  \(prompt)") }
        if let beam {
            try printBeam(width: beam, ranked, loaded)
            return
        }
        let scores = try loaded.ranker.scores(for: [ranked])[0]
        let order = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
        print(Format.column("rank", 6) + Format.column("gold", 10) + Format.column("score", 12) + "document")
        for (position, index) in order.enumerated() {
            let candidate = ranked.candidates[index]
            print(
                Format.column("\(position + 1)", 6) + Format.column(gold(candidate), 10)
                    + Format.column(String(format: "%.4f", scores[index]), 12)
                    + loaded.task.collection.id(candidate.entity))
        }
    }

    func validate() throws {
        if decode != .candidates, beam == nil { throw ValidationError("--decode goes with --beam") }
    }

    private func printBeam(width: Int, _ query: RankedQuery, _ loaded: LoadedRun) throws {
        guard let ranker = loaded.ranker as? DecoderRanker else {
            throw ValidationError(
                "--beam needs an autoregressive ranker: this run is a \(loaded.record.configuration.model.rawValue)"
            )
        }
        let documents = decode == .candidates ? query.candidates.map(\.entity) : loaded.task.documents
        let results = ranker.beamSearch(
            query, trie: DocumentTrie(documents, tokens: ranker.prompt.tokens), width: width,
            constraint: decode == .free ? .free : .trie)
        print(Format.column("rank", 6) + Format.column("gold", 10) + Format.column("score", 12) + "written")
        for (position, result) in results.enumerated() {
            // Documents may share a docID; the tree knows one of them, which need not be the query's.
            let gold =
                query.candidates.first { ranker.prompt.tokens[Int($0.entity)] == result.tokens }.map(gold)
                ?? "-"
            let text =
                result.document.map { loaded.task.collection.docID($0) }
                ?? "\(ranker.prompt.text(result.tokens)) (no docID)"
            print(
                Format.column("\(position + 1)", 6) + Format.column(gold, 10)
                    + Format.column(String(format: "%.4f", result.score), 12) + text)
        }
    }

    private func gold(_ candidate: Candidate) -> String {
        candidate.isRelevant ? "\(candidate.rank)" : candidate.isNegative ? "negative" : "-"
    }

    /// The query with its documents, and the split that it stands in, whether or not the run trained on it.
    ///
    /// A query is known by its id, or, where none has that, by its text.
    private func find(_ loaded: LoadedRun) throws -> (split: String, RankedQuery) {
        var data = loaded.record.configuration.data
        // Without a limit every query of the data is in a split.
        data.trainingQueries = 0
        let whole = try inputs.open(results).task(data)
        let splits = [
            ("evaluation split", loaded.task.evaluation), ("development split", loaded.task.development),
            ("training split", loaded.task.training), ("in no split of this run", whole.training),
        ]
        let asked = UTF8Text(query)
        for part in [whole.collection.id, whole.collection.text] {
            for (split, queries) in splits {
                let found = queries.first { UTF8Text(part($0.query)) == asked }
                if let found { return (split, found) }
            }
        }
        let example = loaded.task.evaluation.first.map { whole.collection.id($0.query) } ?? "none"
        throw ResultsError.unknownQuery(query, example: example)
    }
}
