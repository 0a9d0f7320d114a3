import Foundation
import Testing

@testable import RankingMetrics

@Suite struct MetricTests {
    struct Case: Decodable {
        let scores: [Float]
        let ndcg: Double
    }

    /// Random scores with many ties, from a linear congruential generator.
    static func randomScores(_ seed: UInt64) -> [Float] {
        var state = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        func next(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        let count = Int(next(19)) + 2
        return (0..<count).map { _ in Float(next(seed % 2 == 0 ? 4 : 1000)) }
    }

    @Test func ndcgEqualsScikitLearn() throws {
        let file = Bundle.module.resourceURL!.appendingPathComponent("Fixtures/ndcg.json")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
        #expect(cases.count == 80)
        for item in cases {
            #expect(
                abs(ScoredQuery(scores: item.scores).normalizedDiscountedCumulativeGain - item.ndcg) < 1e-6)
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func violationAndRAtKEqualTheirDefinitions(seed: UInt64) {
        let scores = Self.randomScores(seed)
        let query = ScoredQuery(scores: scores)
        let negative = scores[scores.count - 1]
        var violated = 0.0
        for score in scores.dropLast() where score < negative { violated = 1 }
        #expect(query.constraintViolation == violated)
        guard Set(scores).count == scores.count else { return }
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        for k in 1...25 { #expect(query.rAt(k) == Self.rAt(order, k)) }
        for k in 1...25 { #expect(query.recall(k) == Self.recall(order, k)) }
        #expect(query.reciprocalRank == 1 / Double(order.firstIndex(of: 0)! + 1))
    }

    /// With ties, the mean over every order that the scores allow, spelled out.
    @Test(arguments: [
        [1, 1, 1, 1], [2, 1, 1, 0], [0, 0, 3, 3, 3], [1, 2, 1, 2, 1], [5, 5], [-1, 4, 4, 4, 2, 2],
    ])
    func tiesAreExpectationsOverTheirOrders(scores: [Float]) {
        let query = ScoredQuery(scores: scores)
        let orders = Self.permutations(Array(scores.indices)).filter { order in
            zip(order, order.dropFirst()).allSatisfy { scores[$0] >= scores[$1] }
        }
        func mean(_ metric: ([Int]) -> Double) -> Double {
            orders.map(metric).reduce(0, +) / Double(orders.count)
        }
        for k in 1...8 {
            if let value = query.rAt(k) {
                #expect(abs(value - mean { Self.rAt($0, k) ?? .nan }) < 1e-12)
            } else {
                #expect(k > scores.count)
            }
            #expect(abs(query.recall(k) - mean { Self.recall($0, k) }) < 1e-12)
        }
        #expect(abs(query.reciprocalRank - mean { 1 / Double($0.firstIndex(of: 0)! + 1) }) < 1e-12)
    }

    /// |gold[:k] and predicted[:k]| / k; the gold order is 0, 1, 2, ...; nil for fewer than k candidates.
    private static func rAt(_ order: [Int], _ k: Int) -> Double? {
        guard k <= order.count else { return nil }
        return Double(Set(0..<k).intersection(order.prefix(k)).count) / Double(k)
    }

    private static func recall(_ order: [Int], _ k: Int) -> Double {
        Double(order.prefix(k).count { $0 < order.count - 1 }) / Double(order.count - 1)
    }

    private static func permutations(_ items: [Int]) -> [[Int]] {
        guard items.count > 1 else { return [items] }
        return items.indices.flatMap { index in
            var rest = items
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }

    /// Where equal scores stand for chance, CVR is the share of their orders in which a document comes below a negative.
    @Test(
        arguments: [[1, 1, 1, 1], [2, 1, 1, 1], [0, 1, 1, 1], [3, 3, 1, 1], [5, 5, 5, 2], [1, 1, 2, 1]]
            as [[Float]])
    func chanceViolatesAsOftenAsItsOrdersDo(scores: [Float]) throws {
        for negatives in 1...2 {
            let query = ScoredQuery(
                scores.enumerated().map { place, score in
                    let isNegative = place >= 4 - negatives
                    return .init(score: score, rank: isNegative ? 0 : place + 1, isNegative: isNegative)
                }, tiesAreChance: true)
            let orders = Self.permutations(Array(0..<4)).filter { order in
                zip(order, order.dropFirst()).allSatisfy { scores[$0] >= scores[$1] }
            }
            let violated = orders.count { order in
                let first = order.firstIndex { $0 >= 4 - negatives } ?? 4
                return order[first...].contains { $0 < 4 - negatives }
            }
            let value = try #require(query.constraintViolation)
            #expect(abs(value - Double(violated) / Double(orders.count)) < 1e-12)
        }
    }

    @Test func chanceOfDocumentsAndANegativeIsClosed() {
        for n in 1...20 {
            let candidates = (0...n).map {
                ScoredCandidate(score: 0, rank: $0 < n ? $0 + 1 : 0, isNegative: $0 == n)
            }
            let chance = ScoredQuery(candidates, tiesAreChance: true).constraintViolation
            #expect(abs((chance ?? -1) - Double(n) / Double(n + 1)) < 1e-12)
            #expect(ScoredQuery(candidates).constraintViolation == 0)
        }
    }

    @Test func perfectAndReversedRankings() {
        let perfect = ScoredQuery(scores: [4, 3, 2, 1])
        #expect(perfect.normalizedDiscountedCumulativeGain == 1)
        #expect(perfect.rAt(2) == 1)
        #expect(perfect.constraintViolation == 0)
        let reversed = ScoredQuery(scores: [1, 2, 3, 4])
        #expect(reversed.constraintViolation == 1)
        #expect(reversed.rAt(1) == 0)
        #expect(reversed.reciprocalRank == 0.25)
        #expect(reversed.normalizedDiscountedCumulativeGain < 0.8)
    }

    @Test func nanRanksLastAndViolates() {
        let query = ScoredQuery(scores: [.nan, 2, 1])
        #expect(query.predicted == [1, 2, 0])
        #expect(query.constraintViolation == 1)
        #expect(ScoredQuery(scores: [.nan, .nan]).constraintViolation == 0)
    }

    @Test func othersCountAsRankedButNotAsRelevant() {
        // Documents 0 and 1, the negative 2, others 3 and 4; one other ranks between the documents.
        let query = ScoredQuery(scores: [5, 3, 1, 4, 2], relevant: 2)
        #expect(query.predicted == [0, 3, 1, 4, 2])
        #expect(query.constraintViolation == 0)
        #expect(query.rAt(1) == 1)
        #expect(query.rAt(2) == 0.5)
        #expect(query.rAt(3) == nil, "the gold order ends with two documents")
        #expect(query.recall(3) == 1)
        #expect(query.reciprocalRank == 1)
        let (first, second) = (log(3.0), log(2.0))
        let ideal = first + second / log2(3)
        #expect(abs(query.normalizedDiscountedCumulativeGain - (first + second / 2) / ideal) < 1e-12)
    }

    /// Ranks and negatives are the candidates' own, wherever they stand.
    @Test func theOrderOfCandidatesSaysNothing() {
        let candidates: [ScoredCandidate] = [
            .init(score: 3, rank: 0, isNegative: true), .init(score: 2, rank: 2), .init(score: 9, rank: 1),
            .init(score: 1, rank: 0),
        ]
        let query = ScoredQuery(candidates)
        let inGoldOrder = ScoredQuery(scores: [9, 2, 3, 1], relevant: 2)
        for metric in Metric.all(cutoffs: [1, 2, 3, 10]) {
            #expect(query.value(metric) == inGoldOrder.value(metric), "\(metric)")
        }
        #expect(query.constraintViolation == 1)
    }

    @Test func withoutNegativesThereIsNoCVR() {
        let query = ScoredQuery([.init(score: 1, rank: 1), .init(score: 2, rank: 2)])
        #expect(query.constraintViolation == nil)
        #expect(query.rAt(1) == 0 && query.rAt(2) == 1 && query.rAt(3) == nil)
        #expect(query.value(.invalid) == nil)
    }

    @Test func anyOfSeveralNegativesIsViolated() {
        let query = ScoredQuery([
            .init(score: 1, rank: 1), .init(score: 0, rank: 0, isNegative: true),
            .init(score: 2, rank: 0, isNegative: true),
        ])
        #expect(query.constraintViolation == 1)
        #expect(query.rAt(2) == nil, "the gold ranking does not order several negatives")
    }

    /// A column that all queries have keeps its interval; another's is that of the queries that have it.
    @Test func intervalsLeaveOutQueriesWithoutTheMetric() throws {
        let whole = (0..<60).map { Double($0 % 7) }
        let part: [Double?] = whole.enumerated().map { $0 % 3 == 0 ? nil : $1 }
        let found = bootstrapIntervals(whereKnown: [whole, part, [Double?](repeating: nil, count: 60)])
        let expected = [bootstrapInterval(whole), bootstrapInterval(part.compactMap { $0 })]
        for (found, expected) in zip(found, expected) {
            let found = try #require(found)
            #expect(found.low == expected.low && found.high == expected.high)
        }
        #expect(found[2] == nil)
    }

    /// Where all queries have every metric the sum is taken query by query; where some lack one, what they share still goes together.
    @Test func sumsOfMeansAreResampledTogether() throws {
        let (one, two) = ((0..<80).map { Double($0 % 7) }, (0..<80).map { Double($0 % 5) })
        let joint = try #require(bootstrapInterval(ofSum: [(2, one), (-1, two)]))
        let single = bootstrapInterval(zip(one, two).map { 2 * $0 - $1 })
        #expect(abs(joint.low - single.low) < 1e-12 && abs(joint.high - single.high) < 1e-12)

        let part: [Double?] = one.enumerated().map { $0 == 3 ? nil : $1 }
        let same = try #require(bootstrapInterval(ofSum: [(1, one), (-1, part)]))
        let added = try #require(bootstrapInterval(ofSum: [(1, one), (1, part)]))
        #expect(same.high - same.low < 0.1, "the difference of two nearly equal columns")
        #expect(added.high - added.low > 1.6)
        #expect(bootstrapInterval(ofSum: [(1, one), (1, [Double?](repeating: nil, count: 80))]) == nil)
    }

    @Test func namesComeBack() {
        let metrics = Metric.all(cutoffs: [1, 5, 10], writes: true, sharesDocIDs: true)
        #expect(Set(metrics).count == 4 + 3 * 3)
        for metric in metrics { #expect(Metric(metric.description) == metric) }
        for text in [
            "R", "R@0", "R@x", "nDCG@3", "ndcg", "", "recall@-1", "R@1@2", "R-docID", "R-docID@0", "R@+3",
            "R@007",
        ] {
            #expect(Metric(text) == nil)
        }
    }

    @Test func intervalsCoverTheMeanAndNarrowWithQueries() {
        let few = (0..<100).map { Double($0 % 2) }
        let many = (0..<10_000).map { Double($0 % 2) }
        let wide = bootstrapInterval(few)
        let narrow = bootstrapInterval(many)
        #expect(wide.low < 0.5 && wide.high > 0.5)
        #expect(abs((wide.high - wide.low) - 2 * 1.96 * 0.05) < 0.03)
        #expect(abs((narrow.high - narrow.low) - 2 * 1.96 * 0.005) < 0.003)
    }

    @Test func intervalsAreReproducibleAndHaveEdges() {
        let values = (0..<50).map { Double($0) }
        let first = bootstrapIntervals([values, values], seed: 9)
        let second = bootstrapIntervals([values, values], seed: 9)
        #expect(first[0]!.low == second[0]!.low && first[0]!.high == second[1]!.high)
        #expect(bootstrapIntervals([[]])[0] == nil)
        let single = bootstrapInterval([3])
        #expect(single.low == 3 && single.high == 3)
    }
}
