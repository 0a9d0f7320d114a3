import Options
import Tensors

extension CapacityLab {
    /// Numbers of documents of which orders are drawn, as they are too many to go through.
    static let sampledDocuments = [10, 20, 50, 100, 200, 500, 1000]
    /// Orders drawn of each.
    static let sampledOrders = 100
    /// m: the numbers of tokens that tables' docIDs are made of.
    static let alphabets = [2, 3, 4, 16]
    static let decoderWidths = [2, 4, 8, 16]
    /// Steps of a decoder's training for each document.
    static let decoderSteps = 500

    static func orderBudget(_ documents: Int) -> String {
        documents > 7 ? "\(sampledOrders) orders drawn" : "all orders"
    }

    /// All orders where they can be gone through, else a sample.
    private static func orders(_ cell: CapacityCell) -> [[Int]] {
        guard cell.documents > 7 else { return Orders.all(cell.documents) }
        var stream = RandomStream(
            seed: UInt64(cell.seed), name: "capacity.sampled", index: UInt64(cell.documents))
        return Orders.sample(sampledOrders, documents: cell.documents, stream: &stream)
    }

    /// Hidden vectors' tables, of width m - 1: nothing is drawn but which orders are asked for.
    var tables: [CapacityCell] {
        CapacityLab.alphabets.flatMap { alphabet in
            (Array(2...mostDocuments) + CapacityLab.sampledDocuments).flatMap {
                cells(.table, "m = \(alphabet)", documents: $0, dimension: alphabet - 1)
            }
        }
    }

    static func table(_ cell: CapacityCell) -> CapacityMeasurement {
        let docIDs = DigitDocIDs(alphabet: cell.dimension + 1, documents: cell.documents)
        let orders = orders(cell)
        return CapacityMeasurement(
            cell, orders: orders.count,
            right: orders.filter { PrefixTable(docIDs, order: $0).ranks($0) }.count)
    }

    static func decoder(documents: Int, width: Int) -> OrderDecoderConfiguration {
        OrderDecoderConfiguration(
            documents: documents, width: width, steps: decoderSteps * documents)
    }

    /// Decoders with binary docIDs, every k at every width.
    var decoders: [CapacityCell] {
        stride(from: mostDocuments, through: 2, by: -1).flatMap { documents in
            CapacityLab.decoderWidths.reversed().flatMap {
                cells(.decoder, "m = 2", documents: documents, dimension: $0)
            }
        }
    }

    static func decoder(_ cell: CapacityCell) throws(ConfigurationError) -> CapacityMeasurement {
        let decoder = try OrderDecoder(
            decoder(documents: cell.documents, width: cell.dimension), seed: UInt64(cell.seed),
            workers: WorkerPool(threads: 1))
        decoder.train()
        let orders = orders(cell)
        return CapacityMeasurement(cell, orders: orders.count, right: decoder.rightOrders(orders))
    }
}
