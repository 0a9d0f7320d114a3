import Options
import Rankers
import RankingData
import RankingMetrics
import Tensors
import Testing

@testable import ReferenceRanker

@Suite struct ReferenceRankerTests {
    /// Five documents of which the second and the fifth, and the first and the third, share a docID; a negative.
    static let collection = Collection(
        entities: [
            Entity(id: "a", text: "a", docID: "1,2"), Entity(id: "b", text: "b", docID: "3"),
            Entity(id: "c", text: "c", docID: "1,2"), Entity(id: "d", text: "d", docID: "4"),
            Entity(id: "e", text: "e", docID: "3"), Entity(id: "n", text: "n", docID: "9"),
            Entity(id: "q", text: "q", docID: "q"),
        ])
    static let query = RankedQuery(query: 6, documents: [0, 1, 2, 3, 4], negatives: [5])

    private func scores(_ order: ReferenceOrder, _ query: RankedQuery = query) -> [Float] {
        ReferenceRanker(order, collection: Self.collection).scores(for: [query])[0]
    }

    private func scored(_ order: ReferenceOrder, _ query: RankedQuery = query) -> ScoredQuery {
        ScoredQuery(
            zip(query.candidates, scores(order, query)).map {
                ScoredCandidate(score: $1, rank: $0.rank, isNegative: $0.isNegative)
            }, tiesAreChance: ReferenceRanker(order, collection: Self.collection).tiesAreChance)
    }

    @Test func documentsOfOneDocIDScoreEqual() {
        #expect(scores(.random) == [0, 0, 0, 0, 0, 0])
        #expect(scores(.first) == [1, 0, 1, 0, 0, 0])
        #expect(scores(.ceiling) == [0, -1, 0, -3, -1, -5])
    }

    @Test func metricsAreExpectations() {
        let alone = RankedQuery(query: 6, documents: [0, 1, 3])
        #expect(scored(.random, alone).value(.rAt(1)) == 1.0 / 3)
        #expect(scored(.first, alone).value(.rAt(1)) == 1)
        #expect(scored(.first, alone).value(.rAt(2)) == 0.75)
        #expect(scored(.ceiling, alone).value(.ndcg) == 1)
        // The third document has the first one's docID.
        #expect(scored(.ceiling).value(.rAt(1)) == 0.5)
        #expect(scored(.ceiling).value(.rAt(3)) == (2 + 0.5) / 3)
    }

    /// The first and the third of three documents share a docID. No order of the two docIDs has a higher R@1 than the gold one, and that
    /// with the second's first has a higher R@2.
    @Test func goldOrderOfDocIDsIsABoundOfTheFirstRankAlone() throws {
        let query = RankedQuery(query: 6, documents: [0, 1, 2])
        let secondFirst = ScoredQuery(
            zip(query.candidates, [Float(0), 1, 0]).map {
                ScoredCandidate(score: $1, rank: $0.rank, isNegative: $0.isNegative)
            }, tiesAreChance: true)
        let gold = scored(.ceiling, query)
        #expect(gold.value(.rAt(1)) == 0.5 && secondFirst.value(.rAt(1)) == 0)
        #expect(gold.value(.rAt(2)) == 0.5 && secondFirst.value(.rAt(2)) == 0.75)
    }

    /// By chance the negative comes before one of five documents in 5 of 6 orders; behind the first docID, which two
    /// documents have, in 3 of 4; the gold order has it last.
    @Test func violationsAreExpectationsToo() throws {
        #expect(abs(try #require(scored(.random).value(.cvr)) - 5.0 / 6) < 1e-15)
        #expect(scored(.first).value(.cvr) == 0.75)
        #expect(scored(.ceiling).value(.cvr) == 0)
    }

    @Test func thereIsNothingToTrain() throws {
        let task = RankingTask(
            collection: Self.collection, training: [Self.query], development: [], evaluation: [Self.query])
        let inputs = RankerInputs(task: task, seed: 1, workers: WorkerPool(threads: 1))
        var configuration = ReferenceConfiguration(order: .ceiling)
        #expect(throws: ConfigurationError.self) {
            try configuration.setBudget(points: 100, task: task, seed: 1)
        }
        let trainer = try configuration.trainer(inputs)
        #expect(configuration.steps == 0 && trainer.totalSteps == 0)
        try trainer.train { _ in
            Issue.record("a step")
            return .more
        }
        #expect(try trainer.ranker().scores(for: [Self.query]) == [scores(.ceiling)])
        #expect(try configuration.ranker(nil, inputs).scores(for: [Self.query]) == [scores(.ceiling)])
    }
}
