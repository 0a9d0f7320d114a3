import Capacity
import Testing

@testable import Reports

@Suite struct CapacityReportTests {
    /// A small lab whose measurements are put down as the counts say, decoders being right throughout.
    private static let measurements = CapacityLab(seeds: [1, 2], mostDocuments: 4).cells.map { cell in
        let orders =
            switch cell.experiment {
            case .distributions: 1000
            case .table,
                .decoder where cell.documents > 7:
                100
            default: OrderCount.factorial(cell.documents)
            }
        var measurement = CapacityMeasurement(cell, orders: orders, right: 0)
        measurement.right = measurement.possible ?? orders
        if [.dualEncoder, .permutations].contains(cell.experiment) {
            measurement.certified = .init(
                reachable: measurement.right, unreachable: orders - measurement.right)
        }
        return measurement
    }

    @Test func theLeastDimensionIsWhereEverySeedIsWhollyRightFromThereOn() {
        let report = CapacityReport(Self.measurements)
        for k in 2...4 {
            for variant in Similarity.allCases.map(\.rawValue) {
                #expect(report.leastDimension(.dualEncoder, variant, documents: k) == k - 1)
            }
            #expect(report.leastDimension(.table, "m = 2", documents: k) == 1)
        }
        #expect(report.leastDimension(.dualEncoder, "distance", documents: 9) == nil)
        let worse = Self.measurements.map { measurement in
            var copy = measurement
            if copy.cell.experiment == .dualEncoder, copy.cell.documents == 4, copy.cell.seed == 2 {
                copy.right -= 1
            }
            return copy
        }
        #expect(CapacityReport(worse).leastDimension(.dualEncoder, "distance", documents: 4) == nil)
        #expect(CapacityReport(worse).points(.dualEncoder, "distance", documents: 4)[2].low == 23.0 / 24)
    }

    @Test func theOrderOfMeasurementsChangesNothing() {
        let report = CapacityReport(Self.measurements)
        let other = CapacityReport(Self.measurements.reversed())
        #expect(report.csv == other.csv && report.markdown == other.markdown && report.plot == other.plot)
    }

    /// A file may bring any cells, and "all permutations" is the budget of each: nothing is computed of those.
    @Test func cellsThatAreNoneOfTheLabsChangeNothing() {
        let hostile = [0, -1, 21, Int.max, Int.min].flatMap { number in
            Self.measurements.flatMap { measurement in
                [\CapacityCell.documents, \.dimension].map { path in
                    var copy = measurement
                    copy.cell[keyPath: path] = number
                    return copy
                }
            }
        }
        let (report, other) = (CapacityReport(Self.measurements), CapacityReport(Self.measurements + hostile))
        #expect(report.csv == other.csv && report.markdown == other.markdown && report.plot == other.plot)
    }

    @Test func theCSVHasEveryMeasurementAndTheCounts() {
        let lines = CapacityReport(Self.measurements).csv.split(separator: "\n")
        #expect(
            lines[0]
                == "experiment,variant,documents,dimension,seed,orders,right,possible,theorem_limit,reachable,unreachable,unknown,budget"
        )
        #expect(lines.count == 1 + 3 * 19 + Self.measurements.count)
        #expect(lines.contains("least dimension,theorem 3.1,7,2.1905,,,,,,,,,counted"))
        #expect(lines.contains("least dimension,distance,7,6,,,,,,,,,counted"))
        #expect(lines.contains { $0.hasPrefix("dual encoder,distance,4,2,1,24,18,18,24,18,6,0,") })
    }

    @Test func claimsHoldWhereTheCountsAreReachedAndNotWhereTheyAreNot() {
        let entries = CapacityClaims(report: CapacityReport(Self.measurements)).entries
        #expect(entries.map(\.verdict) == [.holds, .holds, .holds])
        let beyond = Self.measurements.map { measurement in
            var copy = measurement
            copy.right = copy.orders
            return copy
        }
        #expect(
            CapacityClaims(report: CapacityReport(beyond)).entries.map(\.verdict)
                == [.doesNotHold, .doesNotHold, .holds])
    }

    @Test func nothingMeasuredIsNotRunAndNoPicture() {
        let report = CapacityReport([])
        #expect(report.points.isEmpty && report.markdown.contains("Nothing has been measured yet"))
        let claims = CapacityClaims(report: report)
        #expect(claims.entries.map(\.verdict) == [.notRun, .notRun, .notRun])
        #expect(claims.markdown.contains("not run"))
    }

    @Test func measurementsOfAnotherBudgetAreLeftOut() {
        var old = Self.measurements[0]
        old.cell.budget = "1 step"
        #expect(CapacityReport([old]).points.isEmpty)
    }
}
