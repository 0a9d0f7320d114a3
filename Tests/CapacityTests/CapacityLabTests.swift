import Testing

@testable import Capacity

@Suite struct CapacityLabTests {
    private static let lab = CapacityLab(seeds: [1, 2], mostDocuments: 4)

    @Test func everyCellIsThereOnceAndOfTodaysBudget() {
        let cells = Self.lab.cells
        #expect(Set(cells).count == cells.count)
        #expect(cells.allSatisfy(CapacityLab.isCurrent))
        for experiment in CapacityCell.Experiment.allCases {
            #expect(cells.contains { $0.experiment == experiment })
        }
        var other = cells[0]
        other.budget = "an afternoon"
        #expect(!CapacityLab.isCurrent(other))
    }

    /// Whatever is measured agrees with what is counted; a decoder's few steps are left to its own test.
    @Test func measurementsAgreeWithTheCounts() throws {
        for cell in Self.lab.cells
        where cell.experiment != .decoder && cell.documents <= 20 && cell.seed == 1 {
            let measurement = try CapacityLab.measure(cell)
            #expect(measurement.right <= measurement.orders)
            switch cell.experiment {
            case .dualEncoder:
                let similarity = try #require(Similarity(rawValue: cell.variant))
                let count = OrderCount.orders(
                    similarity, dimension: cell.dimension, documents: cell.documents)
                #expect(measurement.certified?.reachable == count, "\(cell)")
                #expect(measurement.right <= count)
            case .permutations:
                let count = OrderCount.orders(
                    .innerProduct, dimension: cell.dimension - 1, documents: cell.documents)
                #expect(measurement.right == count, "\(cell)")
            case .distributions:
                let all = cell.dimension == cell.documents
                #expect(measurement.right == (all ? measurement.orders : 0), "\(cell)")
            case .table, .decoder:
                #expect(measurement.right == measurement.orders, "\(cell)")
            }
        }
    }

    @Test func sharesAreTheCountsDividedByAllOrders() {
        for similarity in Similarity.allCases {
            for k in 1...20 {
                for n in 0...20 {
                    let count = OrderCount.orders(similarity, dimension: n, documents: k)
                    let exact = Double(count) / Double(OrderCount.factorial(k))
                    let share = OrderCount.share(similarity, dimension: n, documents: k)
                    #expect(abs(share - exact) <= 1e-14 * exact, "\(similarity), n = \(n), k = \(k)")
                }
            }
        }
        #expect(OrderCount.share(.distance, dimension: 999, documents: 1000) == 1)
        #expect(OrderCount.share(.distance, dimension: 16, documents: 1000) < 1e-6)
    }
}
