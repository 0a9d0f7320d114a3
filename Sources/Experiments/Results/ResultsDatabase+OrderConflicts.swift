import GRDB
import RankingData

extension ResultsDatabase {
    /// Orders of one run and query in which this database and `sources` differ, of each run, split and score one.
    func orderConflicts(_ sources: [ResultsDatabase]) throws -> [MergeConflict] {
        let databases = [self] + sources
        var holders: [String: [Int]] = [:]
        for (place, database) in databases.enumerated() {
            for run in try database.snapshot({ try $0.runsWithOrders() }) {
                holders[run, default: []].append(place)
            }
        }
        // One run after another, so that no more than one run's orders are in memory.
        return try holders.sorted { $0.key < $1.key }.filter { $1.count > 1 }.flatMap { run, places in
            try orderConflicts(of: run, in: places.map { databases[$0] })
        }
    }

    private func orderConflicts(of run: String, in databases: [ResultsDatabase]) throws -> [MergeConflict] {
        var known: [PredictedOrderKey: String] = [:]
        var conflicts: [MergeConflict] = []
        for database in databases {
            var told: Set<String> = []
            for (key, order) in try database.snapshot({ try $0.orders(of: run) }) {
                guard let first = known[key] else {
                    known[key] = order
                    continue
                }
                // A model that was trained otherwise differs on most queries: one of them says it.
                guard first != order, told.insert(key.split + " " + key.score).inserted else { continue }
                conflicts.append(
                    MergeConflict(
                        run: run, metric: key.name, file: database.path, first: first, second: order))
            }
        }
        return conflicts
    }
}

/// What a run has one order of.
private struct PredictedOrderKey: Hashable {
    let split: String
    let score: String
    let query: UTF8Text

    var name: String { "\(split) order of \(query.text)" + (score.isEmpty ? "" : " \(score)") }
}

extension ResultsSnapshot {
    fileprivate func runsWithOrders() throws -> [String] {
        try String.fetchAll(
            database,
            sql: """
                SELECT id FROM run
                WHERE state = 'finished' AND EXISTS (SELECT 1 FROM query_order WHERE query_order.run = run.number)
                """)
    }

    fileprivate func orders(of run: String) throws -> [(PredictedOrderKey, String)] {
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT run.id, split, score, query, predicted FROM query_order JOIN run ON run.number = query_order.run
                WHERE run.id = ? ORDER BY split, score, query
                """, arguments: [run])
        var orders: [(PredictedOrderKey, String)] = []
        while let row = try rows.next() {
            let key = PredictedOrderKey(
                split: try row.checked("split"), score: try row.checked("score"),
                query: UTF8Text(try row.checked("query") as String))
            orders.append((key, try row.checked("predicted")))
        }
        return orders
    }
}
