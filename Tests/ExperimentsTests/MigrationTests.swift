import Foundation
import GRDB
import Testing

@testable import Experiments

/// A results.db as the first version of the program wrote it, opened by this one.
@Suite("Migrations")
struct MigrationTests {
    /// The first version's file, put together again from its dump.
    private func firstVersion() throws -> URL {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rankbridge-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        let dump = try #require(
            Bundle.module.url(forResource: "first-version", withExtension: "sql", subdirectory: "Fixtures"))
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(
            path: root.appendingPathComponent("results.db").path, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: String(contentsOf: dump, encoding: .utf8)) }
        try queue.close()
        return root
    }

    @Test("its runs are all there, finished and whole")
    func keepsRuns() throws {
        let database = try ResultsDatabase(results: firstVersion())
        let runs = try database.runs(sweep: "first", scale: "smoke")
        #expect(runs.map(\.state) == [.finished, .finished])
        for run in runs {
            #expect(throws: Never.self) { try run.configuration.validate() }
            #expect(run.configuration.steps == 2 && run.configuration.data.evaluationQueries == 3)
        }
        func value<Value: DatabaseValueConvertible & Sendable>(_ sql: String, _ type: Value.Type) throws
            -> Value?
        {
            try database.read { try Value.fetchOne($0, sql: sql) }
        }
        #expect(try value("PRAGMA integrity_check", String.self) == "ok")
        #expect(try value("SELECT count(*) FROM pragma_foreign_key_check", Int.self) == 0)
        #expect(try value("SELECT count(*) FROM query_metric WHERE metric = 'nDCG'", Int.self) == 6)
        #expect(try value("SELECT count(*) FROM runs WHERE nDCG IS NOT NULL", Int.self) == 2)
    }

    @Test("for reading alone it is brought up to date in memory, and its file stays as it is")
    func isReadInMemory() throws {
        let path = try firstVersion().appendingPathComponent("results.db").path
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let database = try ResultsDatabase(readOnly: path)
        #expect(try database.runs(sweep: "first", scale: "smoke").map(\.state) == [.finished, .finished])
        let tables = try database.read {
            try String.fetchAll($0, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
        }
        #expect(tables.contains("capacity"), "a table of a later version")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test("its schema becomes that of a new database")
    func reachesTheSchema() throws {
        let schemas = try [firstVersion(), TemporaryResults().folder.root].map { root in
            try ResultsDatabase(results: root).read {
                try String.fetchAll(
                    $0, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")
            }
        }
        #expect(schemas[0] == schemas[1], "a migration that had shipped was edited")
    }
}
