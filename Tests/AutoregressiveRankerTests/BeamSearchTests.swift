import LanguageModels
import RankingData
import Tensors
import Testing

@testable import AutoregressiveRanker

@Suite struct BeamSearchTests {
    private func trained(_ steps: Int = 12) throws -> (task: RankingTask, ranker: DecoderRanker) {
        let task = ToyTask.make()
        let trainer = try AutoregressiveTrainer(
            configuration: ToyTask.configuration(steps: steps), task: task, seed: 3,
            workers: WorkerPool(threads: 1))
        try trainer.train { _ in .more }
        return (task, try #require(try trainer.ranker() as? DecoderRanker))
    }

    /// Negatives are drawn from all names, so candidates share prefixes and some end where others go on.
    @Test func aBeamAsWideAsTheCandidatesScoresThemAll() throws {
        let (task, ranker) = try trained()
        for (query, scores) in zip(task.evaluation, try ranker.scores(for: task.evaluation)) {
            let trie = DocumentTrie(query.candidates.map(\.entity), tokens: ranker.prompt.tokens)
            let results = ranker.beamSearch(
                query, trie: trie, width: query.candidates.count, constraint: .trie)
            #expect(Set(results.compactMap(\.document)) == Set(query.candidates.map(\.entity)))
            #expect(results.count == query.candidates.count, "no more results than candidates")
            for result in results {
                let place = try #require(query.candidates.firstIndex { $0.entity == result.document })
                #expect(abs(result.score - scores[place]) < 1e-4)
            }
            #expect(results.map(\.score) == results.map(\.score).sorted(by: >))
            #expect(
                ranker.beamSearch(query, trie: trie, width: 20, constraint: .trie) == results,
                "a wider beam finds nothing else")
        }
    }

    @Test func docIDsThatArePrefixesOfOthersAreFoundBesideThem() throws {
        let (task, ranker) = try trained(1)
        let prompt = ranker.promptTokens(task.evaluation[0])
        let tokens: [[Int32]] = [[40, 41], [40, 41, 42], [43], [40, 41, 42, 44]]
        let trie = DocumentTrie([0, 1, 2, 3], tokens: tokens)
        let search = BeamSearch(decoder: ranker.decoder, trie: trie, width: 4)
        let results = search.search(PackedSequence(prompt: prompt))
        #expect(Set(results.map(\.document)) == [0, 1, 2, 3])
        for result in results {
            let own = tokens[Int(try #require(result.document))]
            #expect(result.tokens == own)
            let batch = PackedBatch([PackedSequence(prompt: prompt + own.dropLast())])
            let asked = own.enumerated().map { t, token in
                RowToken(row: batch.row(sequence: 0, place: prompt.count - 1 + t), token: token)
            }
            let mean = ranker.decoder.logProbabilities([batch], [asked])[0].reduce(0, +) / Float(own.count)
            #expect(abs(mean - result.score) < 1e-4)
        }
        #expect(
            BeamSearch(decoder: ranker.decoder, trie: DocumentTrie([], tokens: tokens), width: 4).search(
                PackedSequence(prompt: prompt)
            ).isEmpty)
    }

    /// A free beam of one is greedy decoding; its output is a docID or is called none.
    @Test func aFreeBeamOfOneIsGreedyDecoding() throws {
        let (task, ranker) = try trained(60)
        let trie = DocumentTrie(Array(0..<Int32(task.collection.count)), tokens: ranker.prompt.tokens)
        var valid = 0
        let writes = try ranker.scoresAndWriting(for: task.evaluation).writesDocument
        for (query, writes) in zip(task.evaluation, writes) {
            let result = try #require(
                ranker.beamSearch(query, trie: trie, width: 1, constraint: .free).first)
            var decoded = ranker.promptTokens(query)
            for token in result.tokens {
                let batch = PackedBatch([PackedSequence(prompt: decoded)])
                let logits = ranker.decoder.logits(
                    batch, rows: [batch.row(sequence: 0, place: decoded.count - 1)])
                #expect(logits[Int(token)] == logits.max())
                decoded.append(token)
            }
            #expect(writes == (result.document != nil))
            guard let document = result.document else {
                #expect(!ranker.prompt.tokens.contains { $0.starts(with: result.tokens) })
                continue
            }
            #expect(result.tokens == ranker.prompt.tokens[Int(document)])
            valid += 1
        }
        #expect(valid > 0, "a trained model writes docIDs")
    }
}
