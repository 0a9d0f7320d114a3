import GRDB
import RankingData

/// The predicted order of each evaluated query, and the documents that it orders.
extension ResultsDatabase {
    static let orderTables = """
        ALTER TABLE run ADD COLUMN example_prompt TEXT;

        CREATE TABLE query_order (
            run INTEGER NOT NULL REFERENCES run (number), split TEXT NOT NULL, score TEXT NOT NULL DEFAULT '',
            query TEXT NOT NULL, predicted TEXT NOT NULL,
            PRIMARY KEY (run, split, score, query)) WITHOUT ROWID, STRICT;

        CREATE TABLE query_document (
            data_fingerprint TEXT NOT NULL, split TEXT NOT NULL, query TEXT NOT NULL, gold_rank INTEGER NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (data_fingerprint, split, query, gold_rank)) WITHOUT ROWID, STRICT;
        """

    /// Characters of a document's text that are kept: enough to know a title by.
    static let keptCharacters = 80

    /// A finished run's orders and example prompt, in place of any that were there, and its split's documents.
    static func insert(
        _ database: Database, ordersOf evaluation: Evaluation, split: String, run: String, task: RankingTask
    ) throws {
        try database.execute(
            sql: "UPDATE run SET example_prompt = ? WHERE id = ?", arguments: [evaluation.examplePrompt, run])
        try deleteOrders(database, run: run, split: split)
        let names = evaluation.queries.map { task.collection.id($0.query) }
        let all = [("", evaluation.orders)] + evaluation.variants.map { ($0.score, $0.orders) }
        for (score, orders) in all {
            try insert(database, zip(names, orders), split: split, score: score, run: run)
        }
        try insert(database, documentsOf: evaluation.queries, split: split, task)
    }

    /// Puts orders by the names of their queries into the database.
    static func insert(
        _ database: Database, _ orders: some Sequence<(String, String)>, split: String, score: String,
        run: String
    ) throws {
        let number = try Int.fetchOne(database, sql: "SELECT number FROM run WHERE id = ?", arguments: [run])
        let statement = try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO query_order (run, split, score, query, predicted) VALUES (?, ?, ?, ?, ?)
                """)
        for (query, order) in orders {
            try statement.execute(arguments: [number, split, score, query, order])
        }
    }

    /// - Parameter split: nil: all splits.
    static func deleteOrders(_ database: Database, run: String, split: String? = nil) throws {
        try database.execute(
            sql: """
                DELETE FROM query_order
                WHERE run = (SELECT number FROM run WHERE id = ?1) AND (?2 IS NULL OR split = ?2)
                """, arguments: [run, split])
    }

    /// The gold lists of a split, once for all runs on the same data.
    private static func insert(
        _ database: Database, documentsOf queries: [RankedQuery], split: String, _ task: RankingTask
    ) throws {
        let known = try Int.fetchOne(
            database,
            sql: "SELECT count(DISTINCT query) FROM query_document WHERE data_fingerprint = ? AND split = ?",
            arguments: [task.fingerprint, split])
        // Later runs on the same data bring the same documents again. A published file may have brought a part of them.
        guard known != queries.count else { return }
        func text(_ entity: Int32) -> String {
            let text = task.collection.text(entity)
            // A text has at least as many bytes as characters, and bytes are counted at once.
            return text.utf8.count > keptCharacters ? String(text.prefix(keptCharacters)) : text
        }
        for query in queries {
            let list = GoldList(
                relevant: query.documents.map(text), negatives: query.negatives.map(text))
            try insert(
                database, list, of: task.collection.id(query.query), split: split, data: task.fingerprint)
        }
    }

    /// Keeps a query's documents; those that are known stay as they are.
    static func insert(
        _ database: Database, _ list: GoldList, of query: String, split: String, data fingerprint: String
    ) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO query_document (data_fingerprint, split, query, gold_rank, document)
                VALUES (?, ?, ?, ?, ?)
                """)
        for (rank, document) in list.ranked {
            try statement.execute(arguments: [fingerprint, split, query, rank, document])
        }
    }
}

/// What a query's documents are called, as a person reads them.
public struct GoldList: Codable, Sendable, Equatable {
    /// The relevant documents, rank 1 first.
    public var relevant: [String]
    /// The negatives, -1 first.
    public var negatives: [String]

    /// Lists as given; each may be empty.
    public init(relevant: [String] = [], negatives: [String] = []) {
        (self.relevant, self.negatives) = (relevant, negatives)
    }

    /// Each document with the number that orders have for it.
    var ranked: [(rank: Int, document: String)] {
        relevant.enumerated().map { ($0 + 1, $1) } + negatives.enumerated().map { (-$0 - 1, $1) }
    }
}
