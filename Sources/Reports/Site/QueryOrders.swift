import Experiments
import Foundation

/// What a query page keeps of some queries: their documents and each row's predicted order.
///
/// A page has as many of them as fit, so that a site stays small whatever the database keeps.
struct QueryOrders: Encodable {
    /// Of one query.
    struct Entry: Encodable {
        /// The gold lists that rows were evaluated on, each the relevant documents and the negatives as places in `documents`.
        /// Mostly there is one: data drawn anew have other negatives.
        let lists: [[[Int]]]
        /// For each row its predicted order, as `PredictedOrder` writes it; empty for the gold order, nil where the row keeps
        /// none.
        let orders: [String?]
        /// For each row which of the lists its order is of.
        let of: [Int]
    }

    /// Bytes that the entries of a page may take; the first is there even so.
    static let mostBytes = 90_000

    /// Each document once: WordNet's hypernyms are those of many queries.
    private(set) var documents: [String] = []
    /// By the places of their queries in the page's list.
    private(set) var entries: [String: Entry] = [:]

    /// - Parameters:
    ///   - runs: The page's rows.
    ///   - queries: The page's list.
    ///   - preferred: Places in it, those first that are kept where there are too many.
    init(_ runs: [FinishedRun], queries: [String], preferred: [Int], reader: ResultsReader) throws {
        let orders = try runs.map { try reader.orders($0) }
        var places: [String: Int] = [:]
        var bytes = 0
        for query in preferred where orders.contains(where: { $0[queries[query]] != nil }) {
            var lists: [GoldList] = []
            let of = try runs.map { run in
                let list = try reader.goldList(queries[query], run)
                if !lists.contains(list) { lists.append(list) }
                return lists.firstIndex(of: list) ?? 0
            }
            let own = zip(orders, of).map { orders, list in
                orders[queries[query]].map { $0 == lists[list].order ? "" : $0 }
            }
            let new = Set(lists.flatMap { $0.relevant + $0.negatives }).filter { places[$0] == nil }
            // Quotes and commas count too.
            bytes += (own.map { $0 ?? "" } + new).reduce(0) { $0 + $1.utf8.count + 3 } + 2 * runs.count
            guard bytes <= Self.mostBytes || entries.isEmpty else { return }
            // Sorted, because the order of a set changes with each process.
            for document in new.sorted() {
                places[document] = documents.count
                documents.append(document)
            }
            entries["\(query)"] = Entry(
                lists: lists.map { list in
                    [list.relevant, list.negatives].map { $0.map { places[$0] ?? 0 } }
                }, orders: own, of: of)
        }
    }
}

extension GoldList {
    /// The gold order in the writing of `PredictedOrder`.
    fileprivate var order: String {
        (relevant.indices.map { "\($0 + 1)" } + negatives.indices.map { "\(-$0 - 1)" })
            .joined(separator: " ")
    }
}

extension ResultsReader {
    /// The predicted order of each evaluation query of `run`, by the score that it shows; empty where the run keeps none.
    fileprivate func orders(_ run: FinishedRun) throws -> [String: String] {
        try snapshot.orders(of: run.id, split: ResultsReader.split, score: run.score)
    }

    /// The documents of an evaluation query of the data that `run` was made on; empty where they are not kept.
    fileprivate func goldList(_ query: String, _ run: FinishedRun) throws -> GoldList {
        try snapshot.goldList(of: query, split: ResultsReader.split, run: run.id)
    }
}
