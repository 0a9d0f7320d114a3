import RandomRanker
import Rankers
import RankingData
import Tensors
import Testing

@Suite struct RandomRankerTests {
    private let queries = (0..<400).map { query in
        RankedQuery(query: Int32(query), documents: [1000, 1001, 1002], negatives: [Int32(2000 + query)])
    }

    @Test func aScoreBelongsToItsQueryAndCandidateAlone() {
        let ranker = RandomRanker(seed: 3)
        let all = ranker.scores(for: queries)
        #expect(ranker.scores(for: [queries[7]]) == [all[7]])
        let among = ranker.scores(for: [queries[7].among([5, 6])])
        #expect(Array(among[0].prefix(4)) == all[7] && among[0].count == 6)
        #expect(RandomRanker(seed: 4).scores(for: queries) != all)
    }

    /// The negative is the best of four in a quarter of the queries, but for chance: 100 of 400, deviation 8.7.
    @Test func everyOrderIsAsLikely() {
        let first = RandomRanker(seed: 1).scores(for: queries).count { $0.max() == $0[3] }
        #expect(abs(first - 100) < 45)
        #expect(RandomRanker(seed: 1).scores(for: queries).joined().allSatisfy { (0..<1).contains($0) })
    }

    /// The negative comes before one of three documents in three of four queries, but for chance: 300, deviation 8.7.
    @Test func constraintsAreViolatedAsByChance() {
        let violated = RandomRanker(seed: 1).scores(for: queries).count { $0[3] > ($0.prefix(3).min() ?? 1) }
        #expect(abs(violated - 300) < 45)
    }

    @Test func nothingIsTrained() throws {
        let task = RankingTask(
            collection: Collection(names: ["a", "b"]), training: [], development: [], evaluation: [])
        let inputs = RankerInputs(task: task, seed: 3, workers: WorkerPool(threads: 1))
        let trainer = try RandomConfiguration().trainer(inputs)
        try trainer.train { _ in
            Issue.record("a step"); return .more
        }
        #expect(try trainer.ranker().scores(for: queries) == RandomRanker(seed: 3).scores(for: queries))
        #expect(
            try RandomConfiguration().ranker(nil, inputs).scores(for: queries)
                == RandomRanker(seed: 3).scores(for: queries))
    }
}
