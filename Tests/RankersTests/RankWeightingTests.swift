import Rankers
import Testing

@Suite struct RankWeightingTests {
    private func weights(_ weighting: RankWeighting, of count: Int) -> [Double] {
        (1...count).map { weighting.weight(rank: $0, of: count) }
    }

    @Test func theThreeWeightingsAreSection42s() {
        #expect(weights(.top1, of: 4) == [1, 0, 0, 0])
        #expect(weights(.fractional(alpha: 0), of: 4) == [1, 1, 1, 1])
        #expect(weights(.fractional(alpha: 2), of: 4) == [1, 0.25, 1 / 9.0, 0.0625])
        #expect(weights(.stepwise, of: 4) == [1, 0.75, 0.5, 0.25])
    }

    @Test(arguments: [RankWeighting.top1, .stepwise, .fractional(alpha: 3)])
    func aLoneDocumentCountsWhole(weighting: RankWeighting) {
        #expect(weights(weighting, of: 1) == [1])
    }

    @Test func pointsAreTheDocumentsOfPositiveWeight() {
        #expect(RankWeighting.top1.points(of: 7) == 1)
        #expect(RankWeighting.stepwise.points(of: 7) == 7)
        #expect(RankWeighting.fractional(alpha: 2).points(of: 7) == 7)
        #expect(RankWeighting.stepwise.points(of: 0) == 0)
        // 2^1100 is beyond a double's range: all but the first weigh 0.
        #expect(RankWeighting.fractional(alpha: 1100).points(of: 7) == 1)
    }

    @Test(arguments: RankWeighting.Kind.allCases)
    func alphaBelongsToFractionalAlone(kind: RankWeighting.Kind) {
        #expect(RankWeighting(kind, alpha: 2).kind == kind)
        let isSame = RankWeighting(kind, alpha: 2) == RankWeighting(kind, alpha: 3)
        #expect(isSame == (kind != .fractional))
    }
}
