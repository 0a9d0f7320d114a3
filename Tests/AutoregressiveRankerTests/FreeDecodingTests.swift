import LanguageModels
import RankingData
import Tensors
import Testing

@testable import AutoregressiveRanker

/// What a model writes when it may write anything, over collections that give fewer pieces than the decoder has ids.
@Suite struct FreeDecodingTests {
    /// Small collections: shop titles, one letter each, other scripts, names of which some begin others, equal ones.
    static let collections: [[String]] = [
        [
            "hose 10 m green", "hose 20 m black", "ladder four steps", "ladder eight steps", "shelf wide",
            "shelf narrow", "lamp red", "lamp white", "blanket grey", "knife serrated", "bell brass",
        ],
        ["a", "b", "c", "d", "e", "f"],
        ["東京", "大阪", "京都", "名古屋", "札幌", "москва"],
        ["cat", "cats", "catsuit", "c", "ca", "at"],
        ["same", "same", "same", "same", "other", "\u{65}\u{301}"],
        (0..<40).map { "number \($0)" },
    ]

    private func ranker(_ names: [String], steps: Int, scoring: CandidateScoring = .ownPath) throws -> (
        task: RankingTask, ranker: DecoderRanker
    ) {
        let task = ToyTask.make(names: names)
        var configuration = ToyTask.configuration(steps: steps, vocabulary: 1000)
        configuration.scoring = scoring
        let trainer = try AutoregressiveTrainer(
            configuration: configuration, task: task, seed: 5, workers: WorkerPool(threads: 1))
        try trainer.train { _ in .more }
        return (task, try #require(try trainer.ranker() as? DecoderRanker))
    }

    @Test(arguments: collections)
    func piecesThatDoNotExistAreNeverWritten(names: [String]) throws {
        let (task, ranker) = try ranker(names, steps: 1)
        let pieces = Int32(ranker.prompt.pieceCount)
        #expect(pieces < 1000, "the collection leaves ids without a piece")
        for query in task.evaluation {
            for width in [1, 5, 1000] {
                let results = ranker.beamSearch(
                    query, trie: ranker.everyDocument, width: width, constraint: .free)
                #expect(!results.isEmpty && results.count <= width)
                #expect(results.allSatisfy { $0.tokens.allSatisfy { (0..<pieces).contains($0) } })
                for result in results {
                    #expect(!ranker.prompt.text(result.tokens).isEmpty)
                    guard let document = result.document else { continue }
                    #expect(result.tokens == ranker.prompt.tokens[Int(document)])
                }
            }
        }
    }

    /// Greedy decoding and a free beam of one choose the same pieces, so they agree on whether a docID is written; and
    /// the scores along the greedy path follow pieces too.
    @Test(arguments: collections)
    func greedyDecodingWritesPiecesToo(names: [String]) throws {
        let (task, ranker) = try ranker(names, steps: 30)
        let writes = try ranker.scoresAndWriting(for: task.evaluation).writesDocument
        for (query, writes) in zip(task.evaluation, writes) {
            let beam = ranker.beamSearch(query, trie: ranker.everyDocument, width: 1, constraint: .free)
            #expect((try #require(beam.first).document != nil) == writes)
        }
        let (_, greedy) = try self.ranker(names, steps: 1, scoring: .greedyPath)
        #expect(try greedy.scores(for: task.evaluation).joined().allSatisfy { $0 < 0 && $0.isFinite })
    }
}
