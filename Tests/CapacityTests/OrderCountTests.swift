import Tensors
import Testing

@testable import Capacity

@Suite struct OrderCountTests {
    /// Good and Tideman's numbers, sums of Stirling numbers of the first kind.
    @Test func countsByDistanceAreSumsOfStirlingNumbers() {
        #expect(
            (0...4).map { OrderCount.orders(.distance, dimension: $0, documents: 5) } == [1, 11, 46, 96, 120])
        var stirling: [[Int]] = [[1]]
        for k in 1...20 {
            stirling.append(
                (0...k).map { i in
                    (i > 0 ? stirling[k - 1][i - 1] : 0) + (i < k ? (k - 1) * stirling[k - 1][i] : 0)
                })
        }
        for k in 1...20 {
            for n in 0...20 {
                let sum = (max(0, k - n)...k).reduce(0) { $0 + stirling[k][$1] }
                #expect(OrderCount.orders(.distance, dimension: n, documents: k) == sum)
            }
        }
    }

    /// The triangle of OEIS A071223.
    @Test func countsByInnerProductAreCovers() {
        let triangle = [
            [2], [2, 6], [2, 12, 24], [2, 20, 72, 120], [2, 30, 172, 480, 720],
            [2, 42, 352, 1512, 3600, 5040],
        ]
        for (index, row) in triangle.enumerated() {
            #expect(
                (1...row.count).map { OrderCount.orders(.innerProduct, dimension: $0, documents: index + 2) }
                    == row)
        }
        #expect(OrderCount.orders(.innerProduct, dimension: 19, documents: 20) == OrderCount.factorial(20))
    }

    @Test func allOrdersAreThereExactlyFromOneDimensionLessThanDocuments() {
        for similarity in Similarity.allCases {
            for k in 2...20 {
                #expect(OrderCount.leastDimension(similarity, documents: k) == k - 1)
            }
        }
    }

    @Test func theTheoremIsALowerBoundThatTheCountsObey() {
        for k in 2...20 {
            // At k = 2 the bound is 1/2, at no k a whole number but for rounding.
            let least = Int(OrderCount.theoremBound(documents: k).rounded(.up))
            #expect(least <= k - 1)
            for n in 0...20 {
                let limit = OrderCount.theoremLimit(dimension: n, documents: k)
                #expect(OrderCount.orders(.distance, dimension: n, documents: k) <= limit)
                #expect((limit < OrderCount.factorial(k)) == (n < least))
            }
        }
        #expect(abs(OrderCount.theoremBound(documents: 7) - 2.190533145943083) < 1e-12)
    }

    @Test func allOrdersAreDifferentAndStartWithTheSmallest() {
        let orders = Orders.all(4)
        #expect(orders.count == 24 && Set(orders).count == 24)
        #expect(orders[0] == [0, 1, 2, 3] && orders[23] == [3, 2, 1, 0])
        #expect(orders.allSatisfy { $0.sorted() == [0, 1, 2, 3] })
        #expect(Orders.isStrict([1, 0]) { [1.0, 2.0][$0] })
        #expect(!Orders.isStrict([1, 0]) { _ in 1 } && !Orders.isStrict([1, 0]) { _ in .nan })
    }
}
