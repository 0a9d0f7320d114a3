import Options

/// Section 3 of the paper as an experiment: what dual encoders, token embeddings and autoregressive rankers can
/// express, cell by cell.
///
/// Cells do not depend on one another. Each is computed on one thread, from named random streams.
public struct CapacityLab: Sendable {
    /// The seeds of everything that is trained or drawn.
    public let seeds: [Int]
    /// The largest k of which all k! orders are gone through.
    public let mostDocuments: Int

    /// - Parameters:
    ///   - seeds: At least one.
    ///   - mostDocuments: In 2...7: eight documents have 40,320 orders.
    public init(seeds: [Int] = [1, 2, 3], mostDocuments: Int = 7) {
        precondition(!seeds.isEmpty, "the lab needs a seed")
        precondition((2...7).contains(mostDocuments), "mostDocuments must be in 2...7, is \(mostDocuments)")
        self.seeds = seeds
        self.mostDocuments = mostDocuments
    }

    /// All cells, those that take longest first.
    public var cells: [CapacityCell] { decoders + dualEncoders + embeddings + tables }

    /// Makes one measurement.
    ///
    /// - Throws: `ConfigurationError` if the cell is none that can be trained.
    public static func measure(_ cell: CapacityCell) throws(ConfigurationError) -> CapacityMeasurement {
        switch cell.experiment {
        case .dualEncoder: try dualEncoder(cell)
        case .permutations: permutations(cell)
        case .distributions: distributions(cell)
        case .table: table(cell)
        case .decoder: try decoder(cell)
        }
    }

    /// Whether the cell, with any seed, is one of this version's lab, its budget included.
    ///
    /// A cell may come from a file and hold any numbers; nothing is computed of them.
    public static func isCurrent(_ cell: CapacityCell) -> Bool {
        var cell = cell
        cell.seed = 0
        return current.contains(cell)
    }

    private static let current = Set(CapacityLab(seeds: [0]).cells)

    /// What a cell gets, in words.
    private static func budget(_ experiment: CapacityCell.Experiment, documents: Int) -> String {
        switch experiment {
        case .dualEncoder:
            let steps = freeVectors(documents: documents, dimension: 1, .distance).steps
            return "\(steps) steps, the best of up to \(starts) starts"
        case .permutations: return "all permutations"
        case .distributions: return "\(distributions) distributions"
        case .table: return orderBudget(documents)
        case .decoder:
            let orders = decoder(documents: documents, width: 1).ordersPerStep
            return "\(decoderSteps) steps of \(orders) orders for each document; " + orderBudget(documents)
        }
    }

    /// The cells of one place, a seed each.
    func cells(
        _ experiment: CapacityCell.Experiment, _ variant: String, documents: Int, dimension: Int
    ) -> [CapacityCell] {
        seeds.map {
            CapacityCell(
                experiment, variant: variant, documents: documents, dimension: dimension, seed: $0,
                budget: CapacityLab.budget(experiment, documents: documents))
        }
    }
}
