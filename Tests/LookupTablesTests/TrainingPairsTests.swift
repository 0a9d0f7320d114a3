import Options
import Rankers
import RankingData
import Tensors
import Testing

@testable import LookupTables

@Suite struct TrainingPairsTests {
    private let ranked = [
        RankedQuery(query: 3, documents: [2, 1, 0], negatives: [4]),
        RankedQuery(query: 4, documents: [0], negatives: [2]),
    ]

    @Test func everyDocumentOfEveryQueryIsOnePair() throws {
        let pairs = try TrainingPairs(ranked, entities: 5, weighting: .fractional(alpha: 2))
        let all = (0..<Int32(pairs.count)).map { pairs[$0] }
        #expect(all.map(\.query) == [3, 3, 3, 4])
        #expect(all.map(\.document) == [2, 1, 0, 0])
        #expect(all.map(\.rank) == [1, 2, 3, 1])
        #expect(all.map(\.weight) == [1, 0.25, Float(1.0 / 9), 1])
    }

    @Test(arguments: [RankWeighting.top1, .fractional(alpha: 0), .fractional(alpha: 1.5), .stepwise])
    func aPairWeighsWhatItsRankAmongItsQuerysDocumentsSays(weighting: RankWeighting) throws {
        let pairs = try TrainingPairs(ranked, entities: 5, weighting: weighting)
        let expected = [(1, 3), (2, 3), (3, 3), (1, 1)].map { Float(weighting.weight(rank: $0, of: $1)) }
        #expect((0..<4).map { pairs[$0].weight } == expected)
    }

    @Test func refusesNothingAndStrangers() {
        #expect(throws: ConfigurationError.noTrainingPairs) {
            try TrainingPairs([], entities: 5, weighting: .top1)
        }
        #expect(throws: ConfigurationError.unknownEntity(index: 4, entities: 4)) {
            try TrainingPairs(ranked, entities: 4, weighting: .top1)
        }
    }

    @Test func epochsDrawEachPairOncePerPassAcrossBatches() {
        var sampler = PairSampler(pairs: 10, batch: 4, sampling: .epochs, seed: 1)
        let drawn = (0..<5).flatMap { sampler.draw(step: $0) }
        #expect(drawn[..<10].sorted() == Array(0..<10))
        #expect(drawn[10...].sorted() == Array(0..<10))
        #expect(Array(drawn[..<10]) != Array(drawn[10...]))
    }

    @Test func aBatchMayHoldSeveralPasses() {
        var sampler = PairSampler(pairs: 3, batch: 7, sampling: .epochs, seed: 1)
        let drawn = sampler.draw(step: 0)
        #expect(drawn[..<3].sorted() == [0, 1, 2])
        #expect(drawn[3..<6].sorted() == [0, 1, 2])
    }

    @Test(arguments: PairSampling.allCases) func aStepsPairsDoNotDependOnEarlierDraws(sampling: PairSampling)
    {
        var through = PairSampler(pairs: 50, batch: 16, sampling: sampling, seed: 9)
        let all = (0..<8).map { through.draw(step: $0) }
        var jumping = PairSampler(pairs: 50, batch: 16, sampling: sampling, seed: 9)
        #expect(jumping.draw(step: 6) == all[6])
        #expect(jumping.draw(step: 2) == all[2])
        var other = PairSampler(pairs: 50, batch: 16, sampling: sampling, seed: 10)
        #expect(other.draw(step: 0) != all[0])
    }

    @Test func slotsFollowRolesAndKeepThePairs() throws {
        let pairs = try TrainingPairs(
            [
                RankedQuery(query: 5, documents: [4, 2], negatives: [0]),
                RankedQuery(query: 4, documents: [2, 1], negatives: [0]),
            ], entities: 6, weighting: .stepwise)
        var batch = PairBatch(entities: 6)
        for _ in 0..<2 {
            batch.assign([3, 0, 1, 1], of: pairs)
            #expect(batch.entities == [1, 2, 4, 5])
            #expect(batch.documentSlots == 0..<3)
            #expect(batch.querySlots == 2..<4)
            #expect(batch.queries.map { batch.entities[Int($0)] } == [4, 5, 5, 5])
            #expect(batch.documents.map { batch.entities[Int($0)] } == [1, 4, 2, 2])
            #expect(batch.weights == [0.5, 1, 0.5, 0.5])
        }
    }

    @Test func membersAreListedByKeyInOrder() {
        var members = MembersByKey()
        members.assign(keys: [7, 5, 7, 7], offset: 5, count: 4)
        #expect(Array(members[0]) == [1])
        #expect(members[1].isEmpty)
        #expect(Array(members[2]) == [0, 2, 3])
        #expect(members[3].isEmpty)
    }
}
