import Capacity

/// Section 3 of the paper as an experiment: what dual encoders, token embeddings and autoregressive rankers can
/// express, beside what is counted and what the theorem says.
struct CapacityReport {
    /// One cell of the lab over its seeds.
    struct Point {
        /// By seed; at least one.
        var measurements: [CapacityMeasurement]

        var cell: CapacityCell { measurements[0].cell }
        var orders: Int { measurements[0].orders }
        /// The mean over the seeds, in 0...1.
        var share: Double { measurements.reduce(0) { $0 + $1.share } / Double(measurements.count) }
        var low: Double { measurements.map(\.share).min() ?? share }
        var high: Double { measurements.map(\.share).max() ?? share }
        /// Whether every seed got every order right.
        var isComplete: Bool { measurements.allSatisfy { $0.right == $0.orders } }
    }

    /// In the order of experiment, variant, documents and dimension.
    let points: [Point]

    /// - Parameter measurements: In any order; those of another budget than today's lab's are left out.
    init(_ measurements: [CapacityMeasurement]) {
        let current = measurements.filter { CapacityLab.isCurrent($0.cell) }
        let cells = Dictionary(grouping: current) { measurement in
            var cell = measurement.cell
            // Cells that differ in their seed alone are one point.
            cell.seed = 0
            return cell
        }
        points = cells.values.map { Point(measurements: $0.sorted { $0.cell.seed < $1.cell.seed }) }
            .sorted { CapacityReport.key($0.cell) < CapacityReport.key($1.cell) }
    }

    private static func key(_ cell: CapacityCell) -> (Int, String, Int, Int) {
        let experiment = CapacityCell.Experiment.allCases.firstIndex(of: cell.experiment) ?? 0
        return (experiment, cell.variant, cell.documents, cell.dimension)
    }

    func points(_ experiment: CapacityCell.Experiment, _ variant: String? = nil, documents: Int? = nil)
        -> [Point]
    {
        points.filter {
            $0.cell.experiment == experiment && $0.cell.variant == variant ?? $0.cell.variant
                && $0.cell.documents == documents ?? $0.cell.documents
        }
    }

    /// The smallest dimension from which on every seed gets all orders of k documents right; nil: at none that was tried.
    func leastDimension(_ experiment: CapacityCell.Experiment, _ variant: String, documents: Int) -> Int? {
        let tried = points(experiment, variant, documents: documents)
        return tried.reversed().prefix(while: \.isComplete).last?.cell.dimension
    }
}

extension CapacityMeasurement {
    /// The right orders (or distributions) that section 3 and the exact counts allow at most; nil for a trained
    /// decoder, whose width alone limits nothing.
    var possible: Int? {
        switch cell.experiment {
        case .dualEncoder:
            OrderCount.orders(
                Similarity(rawValue: cell.variant) ?? .distance, dimension: cell.dimension,
                documents: cell.documents)
        case .permutations:
            OrderCount.orders(.innerProduct, dimension: cell.dimension - 1, documents: cell.documents)
        case .distributions: cell.dimension == cell.documents ? orders : 0
        case .table: orders
        case .decoder: nil
        }
    }

    /// The orders that the proof of theorem 3.1 allows a dual encoder at most, and no other.
    var theoremLimit: Int? {
        guard cell.experiment == .dualEncoder else { return nil }
        return OrderCount.theoremLimit(dimension: cell.dimension, documents: cell.documents)
    }
}
