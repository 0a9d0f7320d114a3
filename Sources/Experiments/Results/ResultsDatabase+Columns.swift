import GRDB

extension ResultsDatabase {
    /// A table or view of results.db for its readers.
    struct DescribedTable {
        let name: String
        /// One sentence.
        let meaning: String
        /// Each column's meaning, in the table's order.
        let columns: [(name: String, meaning: String)]
    }

    /// A Markdown table of every column: its table, name and type as the migrations leave them, and its meaning.
    ///
    /// - Throws: What SQLite throws; a column without a meaning is a programmer's mistake that a test finds.
    public static func columnDictionary() throws -> String {
        let schema = try schemaColumns()
        var text = "| table | column | type | meaning |\n|---|---|---|---|\n"
        for table in described {
            text += "| `\(table.name)` | | | \(table.meaning) |\n"
            for (name, type) in schema[table.name] ?? [] {
                let meaning = table.columns.first { $0.name == name }?.meaning ?? ""
                text += "| | `\(name)` | \(type) | \(meaning) |\n"
            }
        }
        return text
    }

    /// The columns of every table and view of a new database, with their types, in their order.
    static func schemaColumns() throws -> [String: [(name: String, type: String)]] {
        let database = try DatabaseQueue()
        try migrator.migrate(database)
        return try database.read { database in
            // GLOB and not LIKE, for which the underscore of `sqlite_` would be any character.
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT schema.name AS "table", info.name AS name, info.type AS type
                    FROM sqlite_schema AS schema JOIN pragma_table_info(schema.name) AS info
                    WHERE schema.type IN ('table', 'view') AND schema.name NOT GLOB 'sqlite_*'
                        AND schema.name <> 'grdb_migrations'
                    ORDER BY schema.name, info.cid
                    """)
            return Dictionary(grouping: rows) { $0["table"] as String }.mapValues { rows in
                rows.map { (name: $0["name"], type: $0["type"]) }
            }
        }
    }
}
