import Testing

@testable import RankingMetrics

@Suite struct PredictedOrderTests {
    private func order(_ candidates: [ScoredCandidate]) -> String {
        PredictedOrder(ScoredQuery(candidates)).description
    }

    @Test func aPersonCanReadIt() {
        let plain: [ScoredCandidate] = [
            .init(score: 3, rank: 1), .init(score: 1, rank: 2), .init(score: 2, rank: 3),
            .init(score: 0, rank: 0, isNegative: true),
        ]
        #expect(order(plain) == "1 3 2 -1")
        let tied: [ScoredCandidate] = [
            .init(score: .nan, rank: 1), .init(score: 1, rank: 2), .init(score: 1, rank: 0, isNegative: true),
            .init(score: 2, rank: 0, isNegative: true),
        ]
        #expect(order(tied) == "-2 2=-1 1")
        let corpus: [ScoredCandidate] =
            [.init(score: 5, rank: 1), .init(score: 2, rank: 2)]
            + [9, 8, 7, 5, 3, 3, 1].map { .init(score: $0, rank: 0) }
        #expect(order(corpus) == "x3 1=x1 x2 2 x1")
    }

    @Test func otherTextsAreNoOrders() {
        for text in [
            "", " ", "1 ", "1  2", "2", "1 1", "1 3", "0 1", "1 -2", "+1", "01", "2=1", "-1=1", "x0 1",
            "x1 x1 1",
            "1=x1=x2", "x1=1", "1,2", "1 2\n", "x-1 1", "99999999999999999999", "1 - 2", "=", "1=",
        ] {
            #expect(PredictedOrder(text) == nil, "'\(text)'")
        }
        #expect(PredictedOrder("2 1=-1=x4 -2")?.relevant == [2, 1])
        #expect(PredictedOrder("2 1=-1=x4 -2")?.negatives == 2)
    }

    /// Scores of few values, so that most lists have ties, among a corpus and with several negatives.
    @Test func everyMetricCanBeComputedAgain() throws {
        for seed in 0..<300 as Range<UInt64> {
            var relevant = 0
            let candidates = MetricTests.randomScores(seed).enumerated().map { place, score in
                guard place % 3 != 2 else {
                    return ScoredCandidate(score: score, rank: 0, isNegative: place % 2 == 0)
                }
                relevant += 1
                return ScoredCandidate(score: score, rank: relevant)
            }
            let query = ScoredQuery(candidates, tiesAreChance: seed % 3 == 0)
            let order = try #require(PredictedOrder(PredictedOrder(query).description))
            let again = ScoredQuery(order, tiesAreChance: seed % 3 == 0)
            for metric in Metric.all(cutoffs: [1, 2, 3, 5]) {
                #expect(again.value(metric) == query.value(metric), "\(metric) of \(order)")
            }
        }
    }
}

extension ScoredQuery {
    /// A query with scores that give an order.
    init(_ order: PredictedOrder, tiesAreChance: Bool) {
        self.init(
            order.groups.enumerated().flatMap { place, group in
                group.ranks.map {
                    ScoredCandidate(score: Float(-place), rank: max(0, $0), isNegative: $0 < 0)
                } + (0..<group.others).map { _ in ScoredCandidate(score: Float(-place), rank: 0) }
            }, tiesAreChance: tiesAreChance)
    }
}
