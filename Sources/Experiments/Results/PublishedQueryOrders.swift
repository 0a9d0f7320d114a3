import Foundation
import GRDB
import RankingData
import RankingMetrics

/// The predicted orders of some queries of a published run: of 200 at most, evenly spaced over the names of all.
public struct PublishedQueryOrders: Codable, Sendable, Equatable {
    /// The split that was evaluated: `evaluation` or `development`.
    public var split: String
    /// The scores that the orders are by; the run's own is empty.
    public var scores: [String]
    /// A line for each query of the run's list, under zlib: its orders by these scores as `PredictedOrder` writes them,
    /// tabs between them. An order like the one before it is left empty, and one that is not known is a tilde.
    public var orders: Data
}

/// The documents of those queries.
public struct PublishedGoldLists: Codable, Sendable, Equatable {
    /// As in `PublishedQueryOrders`.
    public var split: String
    /// A `GoldList` for each query of the run's list, a JSON array under zlib.
    public var lists: Data
}

extension PublishedQueryOrders {
    /// What can be wrong with a published run's orders.
    enum Fault: Error, CustomStringConvertible {
        case damaged
        case wrongCount(orders: Int, queries: Int)
        case noNames
        case noOrder(String, query: String)
        case otherDocuments(order: String, query: String)

        var description: String {
            switch self {
            case .damaged: "its orders by query are damaged"
            case .wrongCount(let orders, let queries):
                "it has orders or documents of \(orders) queries, and names of \(queries)"
            case .noNames: "it has orders by query, and neither it nor a run above it names the queries"
            case .noOrder(let text, let query): "'\(text)' is no order of the documents of \(query)"
            case .otherDocuments(let order, let query):
                "the order '\(order)' is of another number of documents than \(query) has"
            }
        }
    }

    /// The most queries that are published.
    static let mostQueries = 200
    private static let unknown = "~"

    /// At most `mostQueries` of some names, evenly spaced.
    static func chosen(_ names: [String]) -> [String] {
        guard names.count > mostQueries else { return names }
        // Chosen by their places and not drawn, so that all runs on the same queries publish the same ones, and name
        // them once.
        return (0..<mostQueries).map { names[$0 * names.count / mostQueries] }
    }

    /// - Parameter orders: For each query its order by each score; nil where it is not known.
    static func packed(_ orders: [[String?]]) throws -> Data {
        let lines = orders.map { orders in
            orders.enumerated().map { place, order in
                place > 0 && order == orders[place - 1] ? "" : order ?? unknown
            }.joined(separator: "\t")
        }
        return try Zlib.compressed(Data(lines.joined(separator: "\n").utf8))
    }

    /// For each query its order by each score.
    ///
    /// - Throws: `Fault.damaged` where the bytes are none that `packed` gives for so many scores.
    func unpacked() throws -> [[String?]] {
        guard let bytes = try? Zlib.expanded(orders), let text = String(validating: bytes, as: UTF8.self)
        else { throw Fault.damaged }
        return try text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var orders: [String?] = []
            for part in line.split(separator: "\t", omittingEmptySubsequences: false) {
                // An empty order is like the one before it, and before the first there is none.
                guard !part.isEmpty || !orders.isEmpty else { throw Fault.damaged }
                let order = part == Self.unknown ? nil : String(part)
                orders.append(part.isEmpty ? orders[orders.count - 1] : order)
            }
            guard orders.count == scores.count else { throw Fault.damaged }
            return orders
        }
    }
}

extension PublishedGoldLists {
    static func packed(_ lists: [GoldList]) throws -> Data {
        let encoder = JSONEncoder()
        // Without sorted keys equal lists would not always give equal bytes, as published files do.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try Zlib.compressed(encoder.encode(lists))
    }

    /// - Throws: `PublishedQueryOrders.Fault.damaged` where the bytes are none that `packed` gives.
    func unpacked() throws -> [GoldList] {
        guard let bytes = try? Zlib.expanded(lists),
            let lists = try? JSONDecoder().decode([GoldList].self, from: bytes)
        else { throw PublishedQueryOrders.Fault.damaged }
        return lists
    }
}

extension PublishedRun {
    /// The queries that a run's orders are of.
    ///
    /// - Parameter above: Those of the run above it in its file; nil where none has named any.
    func orderNames(above: [String]?) throws -> [String]? {
        guard let orderQueries else { return above }
        guard let bytes = try? Zlib.expanded(orderQueries),
            let names = try? JSONDecoder().decode([String].self, from: bytes)
        else { throw PublishedQueryOrders.Fault.damaged }
        return names
    }

    /// Refuses orders that are none, of other queries than are named, or of other documents than their lists have.
    ///
    /// - Throws: `PublishedQueryOrders.Fault`.
    func checkQueryOrders(_ names: [String]?) throws {
        guard queryOrders != nil || goldLists != nil else { return }
        guard let names else { throw PublishedQueryOrders.Fault.noNames }
        var known: [String: [GoldList]] = [:]
        for published in goldLists ?? [] {
            let lists = try published.unpacked()
            try Self.require(lists.count, names)
            known[published.split] = lists
        }
        for published in queryOrders ?? [] {
            let orders = try published.unpacked()
            try Self.require(orders.count, names)
            for (place, text) in orders.enumerated().flatMap({ place, all in all.map { (place, $0) } }) {
                guard let text else { continue }
                guard let order = PredictedOrder(text) else {
                    throw PublishedQueryOrders.Fault.noOrder(text, query: names[place])
                }
                // Only the first run on some data brings its documents: there is nothing to compare where none are
                // here.
                guard let list = known[published.split]?[place], list != GoldList() else { continue }
                let fits =
                    list.relevant.count == order.relevant.count && list.negatives.count == order.negatives
                guard fits else {
                    throw PublishedQueryOrders.Fault.otherDocuments(order: text, query: names[place])
                }
            }
        }
    }

    private static func require(_ count: Int, _ names: [String]) throws {
        // No line and an empty line look alike; there are no orders of no queries.
        guard count == names.count else {
            throw PublishedQueryOrders.Fault.wrongCount(orders: count, queries: names.count)
        }
    }
}

// MARK: Of a database

extension ResultsSnapshot {
    /// The queries of a run that are published, their orders, and their documents; all empty where the run keeps none.
    func publishedOrders(of run: String) throws -> (
        names: [String], orders: [PublishedQueryOrders], lists: [PublishedGoldLists]
    ) {
        let number = try Int.fetchOne(database, sql: "SELECT number FROM run WHERE id = ?", arguments: [run])
        let names = PublishedQueryOrders.chosen(
            try String.fetchAll(
                database, sql: "SELECT DISTINCT query FROM query_order WHERE run = ? ORDER BY query",
                arguments: [number]))
        let keys = try Row.fetchAll(
            database,
            sql: "SELECT DISTINCT split, score FROM query_order WHERE run = ? ORDER BY split, score",
            arguments: [number])
        // Keys come sorted by split, so that those of one split stand side by side.
        let splits = keys.map { $0["split"] as String }.reduce(into: [String]()) { splits, split in
            if splits.last != split { splits.append(split) }
        }
        let orders = try splits.map { split in
            let scores = keys.filter { $0["split"] == split }.map { $0["score"] as String }
            let orders = try names.map { name in
                try scores.map { score in
                    try String.fetchOne(
                        database.cachedStatement(
                            sql: """
                                SELECT predicted FROM query_order
                                WHERE run = ? AND split = ? AND score = ? AND query = ?
                                """), arguments: [number, split, score, name])
                }
            }
            return PublishedQueryOrders(
                split: split, scores: scores, orders: try PublishedQueryOrders.packed(orders))
        }
        let lists = try splits.compactMap { split -> PublishedGoldLists? in
            let lists = try names.map { try goldList(of: $0, split: split, run: run) }
            guard lists.contains(where: { $0 != GoldList() }) else { return nil }
            return PublishedGoldLists(split: split, lists: try PublishedGoldLists.packed(lists))
        }
        return (names, orders, lists)
    }
}

extension ResultsDatabase {
    /// Puts a published run's orders into the database.
    ///
    /// - Parameter names: The queries in the order of the orders.
    static func insert(
        _ database: Database, _ published: [PublishedQueryOrders], names: [String], run: String
    ) throws {
        for published in published {
            let orders = try published.unpacked()
            for (place, score) in published.scores.enumerated() {
                let known = zip(names, orders).compactMap { name, orders in
                    orders[place].map { (name, $0) }
                }
                try insert(database, known, split: published.split, score: score, run: run)
            }
        }
    }

    /// Keeps what a published run says of its queries' documents.
    static func insert(
        _ database: Database, _ published: [PublishedGoldLists], names: [String], data fingerprint: String
    ) throws {
        for published in published {
            for (name, list) in zip(names, try published.unpacked()) {
                try insert(database, list, of: name, split: published.split, data: fingerprint)
            }
        }
    }
}
