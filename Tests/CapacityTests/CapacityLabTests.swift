import Options
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

    /// A file may hold any cell, and "all permutations" is the budget of each.
    @Test(arguments: [0, -1, 1, 21, 1_000_001, Int.max, Int.min]) func impossibleCellsAreNotOfTheLab(
        number: Int
    ) {
        for cell in Self.lab.cells {
            var (documents, dimension) = (cell, cell)
            (documents.documents, dimension.dimension) = (number, -abs(number % 1_000))
            #expect(!CapacityLab.isCurrent(dimension))
            #expect(!CapacityLab.isCurrent(documents), "\(documents)")
        }
    }

    @Test func impossibleNumbersOfAMeasurementAreNamed() throws {
        let cell = try #require(Self.lab.cells.first { $0.experiment == .permutations })
        func refusal(_ change: (inout CapacityMeasurement) -> Void) -> String? {
            var measurement = CapacityMeasurement(
                cell, orders: 6, right: 2, certified: .init(reachable: 2, unreachable: 3, unknown: 1))
            change(&measurement)
            do throws(ConfigurationError) { try measurement.validate() } catch {
                guard case .outOfRange(let option, _, _) = error else { return "\(error)" }
                return option
            }
            return nil
        }
        #expect(refusal { _ in } == nil)
        #expect(refusal { $0.certified = nil } == nil)
        #expect(refusal { $0.cell.documents = 0 } == "documents")
        #expect(refusal { $0.cell.documents = Int.max } == "documents")
        #expect(refusal { $0.cell.dimension = -1 } == "dimension")
        #expect(refusal { $0.cell.seed = -1 } == "seed")
        #expect(refusal { $0.orders = 0 } == "orders")
        #expect(refusal { $0.orders = Int.max } == "orders")
        #expect(refusal { $0.right = 7 } == "right")
        #expect(refusal { $0.right = -1 } == "right")
        #expect(refusal { $0.certified?.unknown = 2 } == "certified")
        #expect(
            refusal { $0.certified = .init(reachable: .max, unreachable: .max, unknown: 8) } == "certified")
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
