import Tensors

extension CapacityLab {
    /// Distributions drawn for each E.
    static let distributions = 1000
    /// How E is drawn: with the vector of ones outside its span, so that rank(E') = rank(E) + 1, or inside.
    static let (onesOutside, onesInside) = ("ones outside the span", "ones in the span")

    /// Every |V| at every rank(E'), which is 1 only where the ones are E's whole span.
    var embeddings: [CapacityCell] {
        [CapacityCell.Experiment.permutations, .distributions].flatMap { experiment in
            (2...mostDocuments).flatMap { tokens in
                (1...tokens).flatMap { rank in
                    [CapacityLab.onesOutside, CapacityLab.onesInside].filter {
                        rank > 1 || $0 == CapacityLab.onesInside
                    }.flatMap { cells(experiment, $0, documents: tokens, dimension: rank) }
                }
            }
        }
    }

    /// E, of the cell's rank(E'), and the stream that drew it: the same for permutations and distributions.
    private static func draw(_ cell: CapacityCell) -> (TokenEmbeddings, RandomStream) {
        let spansOnes = cell.variant == onesInside
        // The index tells cells apart: neither number reaches 100.
        var stream = RandomStream(
            seed: UInt64(cell.seed), name: "capacity.embeddings.\(cell.variant)",
            index: UInt64(100 * cell.documents + cell.dimension))
        let embeddings = TokenEmbeddings(
            tokens: cell.documents, rank: spansOnes ? cell.dimension : cell.dimension - 1,
            spansOnes: spansOnes, stream: &stream)
        return (embeddings, stream)
    }

    static func permutations(_ cell: CapacityCell) -> CapacityMeasurement {
        let tally = draw(cell).0.permutations()
        return CapacityMeasurement(
            cell, orders: OrderCount.factorial(cell.documents), right: tally.reachable, certified: tally)
    }

    static func distributions(_ cell: CapacityCell) -> CapacityMeasurement {
        var (embeddings, stream) = draw(cell)
        return CapacityMeasurement(
            cell, orders: distributions, right: embeddings.distributions(distributions, stream: &stream))
    }
}
