import Options

extension CapacityLab {
    /// Starts of a dual encoder until all that is possible is right.
    static let starts = 3

    static func freeVectors(
        documents: Int, dimension: Int, _ similarity: Similarity
    ) -> FreeVectorConfiguration {
        FreeVectorConfiguration(documents: documents, dimension: dimension, similarity: similarity)
    }

    /// Every k at every n from 1 to k - 1.
    var dualEncoders: [CapacityCell] {
        stride(from: mostDocuments, through: 2, by: -1).flatMap { documents in
            Similarity.allCases.flatMap { similarity in
                (1..<documents).flatMap {
                    cells(.dualEncoder, similarity.rawValue, documents: documents, dimension: $0)
                }
            }
        }
    }

    /// Trains one, and certifies which orders its documents reach whatever the query.
    static func dualEncoder(_ cell: CapacityCell) throws(ConfigurationError) -> CapacityMeasurement {
        let similarity = Similarity(rawValue: cell.variant) ?? .distance
        let trainer = try FreeVectorTrainer.best(
            freeVectors(documents: cell.documents, dimension: cell.dimension, similarity),
            seed: UInt64(cell.seed), attempts: starts)
        return CapacityMeasurement(
            cell, orders: trainer.orders.count, right: trainer.rightOrders,
            certified: OrderCertifier(trainer.documentVectors, similarity).tally(trainer.orders))
    }
}
