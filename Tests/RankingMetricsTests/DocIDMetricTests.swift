import Testing

@testable import RankingMetrics

/// R@k of docIDs that documents share.
@Suite struct DocIDMetricTests {
    /// Four documents in gold order: a and c have the docID 12, b has 3, d has 4.
    static let docIDs = [12, 3, 12, 4]

    private func query(_ scores: [Float], docIDs: [Int?] = docIDs) -> ScoredQuery {
        ScoredQuery(
            zip(scores, docIDs).enumerated().map { .init(score: $1.0, rank: $0 + 1, docID: $1.1) })
    }

    /// Worked out by hand. The ranker writes 12 before 4 before 3: a and c in either order, then d, then b.
    @Test func aSharedDocIDCountsWhicheverDocumentStandsThere() {
        let query = query([-1, -3, -1, -2])
        // {12} and {12}; a is first in half of the orders.
        #expect(query.docIDRAt(1) == 1 && query.rAt(1) == 0.5)
        // {12, 3} and {12, 12} have one 12; of a and b only a is among the first two.
        #expect(query.docIDRAt(2) == 0.5 && query.rAt(2) == 0.5)
        // {12, 3, 12} and {12, 12, 4}; a and c of a, b and c.
        #expect(query.docIDRAt(3) == 2.0 / 3 && query.rAt(3) == 2.0 / 3)
        #expect(query.docIDRAt(4) == 1 && query.docIDRAt(5) == nil)
        #expect(query.value(.docIDRAt(1)) == 1)
    }

    /// All equal: two of four places. 12 is among them in 5 of 6 draws, 3 in 3 of 6.
    @Test func chanceIsTheExpectationOverOrders() throws {
        let value = try #require(query([0, 0, 0, 0]).docIDRAt(2))
        #expect(abs(value - (5.0 / 6 + 1.0 / 2) / 2) < 1e-15)
    }

    /// Against every order that the scores allow, spelled out.
    @Test(
        arguments: [
            [0, 0, 0, 0, 0, 0], [1, 0, 0, 2, 0, 2], [3, 3, 2, 2, 1, 1], [0, 1, 1, 1, 1, 2],
            [5, 4, 3, 2, 1, 0],
        ] as [[Float]])
    func tiesAreExpectations(scores: [Float]) throws {
        let docIDs = [7, 8, 7, 7, 9, 8]
        let query = query(scores, docIDs: docIDs)
        let orders = Self.orders(Array(0..<6)).filter { order in
            zip(order, order.dropFirst()).allSatisfy { scores[$0] >= scores[$1] }
        }
        for k in 1...6 {
            let common = orders.reduce(0) { sum, order in
                let written = order.prefix(k).map { docIDs[$0] }
                return sum
                    + [7, 8, 9].reduce(0) { sum, docID in
                        sum + min(written.count { $0 == docID }, docIDs.prefix(k).count { $0 == docID })
                    }
            }
            let value = try #require(query.docIDRAt(k))
            #expect(abs(value - Double(common) / Double(orders.count * k)) < 1e-12, "k = \(k)")
        }
    }

    @Test func withoutSharingItIsRAtK() throws {
        for scores in [[1, 2, 3, 4], [4, 4, 1, 1], [0, 0, 0, 0]] as [[Float]] {
            let query = query(scores, docIDs: [1, 2, 3, 4])
            for k in 1...4 {
                #expect(abs(try #require(query.docIDRAt(k)) - (query.rAt(k) ?? -1)) < 1e-15)
            }
        }
    }

    @Test func withoutDocIDsThereIsNone() {
        #expect(query([1, 2, 3, 4], docIDs: [nil, nil, nil, nil]).docIDRAt(1) == nil)
    }

    /// A thousand equal scores, as a collapsed ranker's over a corpus: nothing overflows.
    @Test func manyEqualScoresAreCounted() throws {
        let query = query(
            [Float](repeating: 0, count: 20_000), docIDs: (0..<20_000).map { $0 % 2 })
        let value = try #require(query.docIDRAt(1_000))
        // Both docIDs are drawn about 500 times of 500, the mean shortfall that of a deviation of 15.4.
        #expect(abs(value - (1 - 15.4 * 0.3989 * 2 / 1_000)) < 1e-3)
    }

    private static func orders(_ items: [Int]) -> [[Int]] {
        guard items.count > 1 else { return [items] }
        return items.indices.flatMap { index in
            var rest = items
            let first = rest.remove(at: index)
            return orders(rest).map { [first] + $0 }
        }
    }
}
