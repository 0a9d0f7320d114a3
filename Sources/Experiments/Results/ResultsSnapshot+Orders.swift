import GRDB
import RankingMetrics

extension ResultsSnapshot {
    /// The predicted order of each query of a split, by the query's name, as `PredictedOrder` writes it; empty where the run keeps
    /// none.
    ///
    /// - Parameter score: Which score orders; empty for the run's own.
    public func orders(of run: String, split: String, score: String = "") throws -> [String: String] {
        var orders: [String: String] = [:]
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT run.id, query, predicted FROM query_order JOIN run ON run.number = query_order.run
                WHERE run.id = ? AND split = ? AND score = ?
                """, arguments: [run, split, score])
        while let row = try rows.next() { orders[try row.checked("query")] = try row.checked("predicted") }
        return orders
    }

    /// A query's documents in the gold order, as the data of a run have it; empty where the database has none.
    public func goldList(of query: String, split: String, run: String) throws -> GoldList {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT gold_rank, document FROM query_document
                    WHERE data_fingerprint = (SELECT data_fingerprint FROM run WHERE id = ?) AND split = ? AND query = ?
                    ORDER BY abs(gold_rank)
                    """), arguments: [run, split, query])
        var list = GoldList()
        while let row = try rows.next() {
            let document: String = try row.checked("document")
            if try row.checked("gold_rank") as Int > 0 {
                list.relevant.append(document)
            } else {
                list.negatives.append(document)
            }
        }
        return list
    }

    /// The prompt of the split's first query as the run's model reads it; nil for a model that is asked by none, and for a run
    /// from before prompts were kept.
    public func examplePrompt(of run: String) throws -> String? {
        try Row.fetchOne(database, sql: "SELECT id, example_prompt FROM run WHERE id = ?", arguments: [run])?
            .checked("example_prompt")
    }
}
