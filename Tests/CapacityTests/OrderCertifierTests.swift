import Tensors
import Testing

@testable import Capacity

@Suite struct OrderCertifierTests {
    private func documents(_ k: Int, _ n: Int, index: UInt64) -> [[Double]] {
        var stream = RandomStream(seed: 7, name: "capacity.test.documents", index: index)
        return (0..<k).map { _ in (0..<n).map { _ in Double(stream.normal()) } }
    }

    /// Every order is proved to be reached or not, and those reached are as many as the recurrences say.
    @Test(arguments: Similarity.allCases) func randomDocumentsHaveExactlyTheCountedOrders(
        _ similarity: Similarity
    ) {
        for k in 2...6 {
            let orders = Orders.all(k)
            for n in 1...k {
                let tally = OrderCertifier(documents(k, n, index: UInt64(10 * k + n)), similarity).tally(
                    orders)
                let count = OrderCount.orders(similarity, dimension: n, documents: k)
                #expect(
                    tally == .init(reachable: count, unreachable: orders.count - count), "k = \(k), n = \(n)")
            }
        }
    }

    /// What random queries see is reached, and where regions are few they see all of it.
    @Test(arguments: Similarity.allCases) func queriesSeeTheOrdersThatAreCertified(_ similarity: Similarity) {
        for (k, n) in [(3, 1), (3, 2), (4, 1), (4, 2), (4, 3), (5, 2)] {
            let certifier = OrderCertifier(documents(k, n, index: UInt64(100 + 10 * k + n)), similarity)
            var stream = RandomStream(seed: 3, name: "capacity.test.queries", index: UInt64(10 * k + n))
            var seen: Set<[Int]> = []
            for _ in 0..<200_000 {
                // Far and near queries: some regions are unbounded, some are small.
                let reach = Double(1 << stream.uniform(below: 6))
                let query = (0..<n).map { _ in reach * Double(stream.normal()) }
                let scores = certifier.documents.map { document in
                    zip(query, document).reduce(0.0) { sum, pair in
                        similarity == .innerProduct
                            ? sum + pair.0 * pair.1 : sum - (pair.0 - pair.1) * (pair.0 - pair.1)
                    }
                }
                seen.insert((0..<k).sorted { scores[$0] > scores[$1] })
            }
            #expect(
                seen.count == OrderCount.orders(similarity, dimension: n, documents: k), "k = \(k), n = \(n)")
            for order in Orders.all(k) {
                guard case .solution(let x) = certifier.certify(order) else {
                    #expect(!seen.contains(order))
                    continue
                }
                #expect(seen.contains(order))
                let query = similarity == .innerProduct ? x : x.dropLast().map { $0 / x[n] }
                let scores = certifier.documents.map { document in
                    zip(query, document).reduce(0.0) { sum, pair in
                        similarity == .innerProduct
                            ? sum + pair.0 * pair.1 : sum - (pair.0 - pair.1) * (pair.0 - pair.1)
                    }
                }
                #expect(Orders.isStrict(order) { scores[$0] })
            }
        }
    }

    /// The multipliers behind a contradiction, in whole numbers: positive, and their combination is 0.
    @Test func contradictionsHoldInExactArithmetic() {
        var stream = RandomStream(seed: 1, name: "capacity.test.systems")
        var contradictions = 0
        for _ in 0..<2_000 {
            let unknowns = 1 + stream.uniform(below: 3)
            let rows = (0..<unknowns + 1 + stream.uniform(below: 4)).map { _ in
                (0..<unknowns).map { _ in stream.uniform(below: 19) - 9 }
            }
            switch StrictSystem(rows: rows.map { $0.map(Double.init) }).decide() {
            case .solution(let x):
                #expect(rows.allSatisfy { row in zip(row, x).reduce(0) { $0 + Double($1.0) * $1.1 } > 0 })
            case .contradiction(let chosen) where chosen.count > 1:
                contradictions += 1
                var multipliers = chosen.indices.map { left in
                    (left.isMultiple(of: 2) ? 1 : -1)
                        * determinant(chosen.indices.filter { $0 != left }.map { rows[chosen[$0]] })
                }
                if multipliers[0] < 0 { multipliers = multipliers.map { -$0 } }
                #expect(multipliers.allSatisfy { $0 > 0 })
                for column in 0..<unknowns {
                    #expect(zip(multipliers, chosen).reduce(0) { $0 + $1.0 * rows[$1.1][column] } == 0)
                }
            case .contradiction(let chosen): #expect(rows[chosen[0]].allSatisfy { $0 == 0 })
            case .unknown: #expect(isDegenerate(rows))
            }
        }
        #expect(contradictions > 500)
    }

    private func determinant(_ matrix: [[Int]]) -> Int {
        guard matrix.count > 1 else { return matrix[0][0] }
        return matrix.indices.reduce(0) { sum, column in
            let minor = matrix.dropFirst().map { row in row.indices.filter { $0 != column }.map { row[$0] } }
            return sum + (column.isMultiple(of: 2) ? 1 : -1) * matrix[0][column] * determinant(minor)
        }
    }

    /// Whether some minor of full size is 0: only such systems may be left open.
    private func isDegenerate(_ rows: [[Int]]) -> Bool {
        func choose(_ count: Int, from start: Int) -> [[Int]] {
            guard count > 0 else { return [[]] }
            return (start..<max(start, rows.count)).flatMap { first in
                choose(count - 1, from: first + 1).map { [first] + $0 }
            }
        }
        return choose(rows[0].count, from: 0).contains { determinant($0.map { rows[$0] }) == 0 }
    }

    @Test func equalDocumentsAreNeverInStrictOrder() {
        let certifier = OrderCertifier([[1, 2], [1, 2], [0, 1]], .innerProduct)
        #expect(certifier.tally(Orders.all(3)).unreachable >= 4)
        #expect(certifier.certify([0, 1, 2]) == .contradiction(rows: [0]))
    }

    /// Documents on a line, in two dimensions, have the two orders of a line: nothing is proved of what is degenerate
    /// that does not hold.
    @Test func degenerateDocumentsAreNeverCertifiedBeyondWhatTheyReach() {
        let certifier = OrderCertifier((0..<4).map { [Double($0), Double(2 * $0)] }, .innerProduct)
        let tally = certifier.tally(Orders.all(4))
        #expect(tally.reachable == 2 && tally.unreachable + tally.unknown == 22)
    }

    @Test func scalingDocumentsChangesNothing() {
        let vectors = documents(4, 2, index: 5)
        let scaled = vectors.map { $0.map { $0 * 1024 } }
        for similarity in Similarity.allCases {
            #expect(
                OrderCertifier(vectors, similarity).documents == OrderCertifier(scaled, similarity).documents)
        }
    }
}
