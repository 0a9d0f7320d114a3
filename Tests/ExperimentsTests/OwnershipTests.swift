import Foundation
import GRDB
import Testing

@testable import Experiments

@Suite("One owner of results.db")
struct OwnershipTests {
    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")

    @Test("no file outside Experiments/Results imports the database's library or holds a statement")
    func noStatementElsewhere() throws {
        let files = try #require(
            FileManager.default.enumerator(at: Self.sources, includingPropertiesForKeys: nil))
        var seen = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            seen += 1
            guard !file.path.contains("Experiments/Results/") else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.contains("import GRDB") && !text.contains("sql:"), "\(file.lastPathComponent)")
        }
        #expect(seen > 100)
    }

    @Test("an unknown kind of ranker or state is an error that names it")
    func unknownValuesAreErrors() throws {
        let results = try TemporaryResults()
        let id = results.plan.runs[0]
        try results.execute("UPDATE run SET model = 'oracle' WHERE id = ?", [id])
        let error = #expect(throws: ResultsError.self) { try results.database.run(id) }
        #expect("\(try #require(error))".contains("'oracle'"))
        #expect(throws: ResultsError.self) { try RunRecord.State(named: "asleep", run: id) }
        try results.execute("UPDATE run SET model = 'dual-encoder', configuration = '{' WHERE id = ?", [id])
        #expect(throws: ResultsError.self) { try results.database.run(id) }
    }

    /// What a report, a sweep, an export and a list read of a run.
    private func readEverything(_ results: TemporaryResults, _ id: String) throws {
        _ = try results.database.run(id)
        try results.database.snapshot { snapshot in
            _ = try snapshot.entries("s", scale: "quick")
            _ = try snapshot.costs("s", scale: "quick")
            _ = try snapshot.progress("s", scale: "quick")
            _ = try snapshot.curves(of: id)
            _ = try snapshot.metrics(of: id)
            _ = try snapshot.listing(state: nil, sweep: nil)
            _ = try snapshot.facts(of: id)
        }
        _ = try results.database.memberships(of: id)
        let file = results.folder.root.appendingPathComponent("out.jsonl")
        _ = try results.database.export(sweep: "s", scale: "quick", to: file)
        _ = try results.database.exportEvents(sweep: "s", scale: "quick", to: results.folder.root)
    }

    @Test("a value of another type that somebody put into a column is an error with the run and the column")
    func wrongTypesAreErrors() throws {
        var named: [String] = []
        for (table, key) in [("run", "id"), ("sweep_run", "run"), ("curve", "run")] {
            for (column, type) in try ResultsDatabase.schemaColumns()[table] ?? [] {
                let results = try TemporaryResults()
                let id = results.plan.runs[0]
                try results.finish(id)
                try results.execute(
                    "UPDATE run SET host = 'h', lease_expires = 1, failed_step = 1, error = 'e' WHERE id = ?",
                    [id])
                try readEverything(results, id)
                let wrong = type == "TEXT" ? "x'ff00fe'" : "'many'"
                do {
                    try results.execute("UPDATE \(table) SET \(column) = \(wrong) WHERE \(key) = ?", [id])
                } catch {
                    // The schema itself refuses it.
                    continue
                }
                do { try readEverything(results, id) } catch {
                    let text = "\(error)"
                    guard case ResultsError.wrongType = error else {
                        #expect(error is ResultsError, "\(table).\(column): \(text)")
                        continue
                    }
                    #expect(text.contains(id.prefix(12)) && text.contains("column \(column),"), "\(text)")
                    named.append(column)
                }
            }
        }
        let expected = [
            "attempt", "configuration", "steps", "training_queries", "training_points", "evaluation_queries",
            "commit_hash", "host", "cpu", "threads", "blas", "started", "ended", "wall_seconds",
            "cpu_seconds",
            "peak_memory_bytes", "error", "precision", "failed_step", "row", "position", "value",
        ]
        #expect(Set(expected).isSubset(of: named), "\(Set(expected).subtracting(named))")
    }

    @Test("a lease of a wrong type stops a claim with an error")
    func leaseOfAWrongType() throws {
        let results = try TemporaryResults()
        let id = try #require(try results.claim(RunLease())).id
        try results.execute("UPDATE run SET lease_expires = 'soon' WHERE id = ?", [id])
        #expect(throws: ResultsError.wrongType(run: id, column: "lease_expires", value: "\"soon\"")) {
            try results.claim(RunLease())
        }
    }

    @Test("views show the columns of their tables, and figure4 no base, whatever its name")
    func viewsAreRight() throws {
        let columns = try ResultsDatabase.schemaColumns()
        #expect(
            columns["table2"]?.map(\.name).suffix(7)
                == ["nDCG", "R@1", "R@2", "R@5", "R@10", "R@25", "R@50"])
        let results = try TemporaryResults()
        let ids = results.plan.runs
        for id in ids { try results.finish(id) }
        try results.execute(
            "INSERT INTO sweep (name, scale, spec, created) VALUES ('figure4', 'quick', '', '')")
        for (row, position, id) in [("base-1f09ab", -1, ids[0]), ("de_n4", 0, ids[1])] {
            try results.execute(
                "INSERT INTO sweep_run VALUES ('figure4', 'quick', 'a', ?, ?, 1, ?)", [row, position, id])
        }
        let series = try results.database.read { try String.fetchAll($0, sql: "SELECT series FROM figure4") }
        #expect(series == ["de_n4"])
    }

    @Test("a sweep's name is a name and no pattern")
    func namesAreNoPatterns() throws {
        let results = try TemporaryResults("{name: a_b, model: dual-encoder}")
        let other = try ExperimentSpec(text: "{name: axb, model: cross-encoder}", file: "x.yaml")
        try results.database.enter(other, scale: "quick", points: other.points(scale: "quick"))
        let listed = try results.database.snapshot { try $0.listing(state: nil, sweep: "a_b") }
        #expect(listed.map { $0.cells[1] } == ["dual-encoder"])
        #expect(try results.database.snapshot { try $0.listing(state: nil, sweep: "%") }.isEmpty)
        #expect(try results.database.snapshot { try $0.listing(state: .failed, sweep: nil) }.isEmpty)
    }

    @Test("a lease that ends later than any lease can is not waited for")
    func leasesFromTheFutureAreVoid() throws {
        let results = try TemporaryResults("{name: s, model: dual-encoder}")
        _ = try results.claim(RunLease())
        let now = Date().timeIntervalSince1970
        for expires in [now + 86_400, 1e300, .infinity] {
            try results.execute(
                "UPDATE run SET lease_owner = 'elsewhere:1:x', lease_expires = ?", [expires])
            #expect(try results.claim(RunLease()) != nil)
        }
        try results.execute(
            "UPDATE run SET lease_owner = 'elsewhere:1:x', lease_expires = ?", [now + RunLease.duration])
        #expect(try results.claim(RunLease()) == nil, "an ordinary lease holds")
    }

    @Test(
        "a database that is opened for reading alone is read and not written, and one that is not there is not made"
    )
    func readOnlyDatabases() throws {
        let results = try TemporaryResults()
        let path = results.folder.root.appendingPathComponent("results.db").path
        let reading = try ResultsDatabase(readOnly: path)
        #expect(reading.isReadOnly)
        #expect(try reading.runs(sweep: "s", scale: "quick").map(\.id) == results.plan.runs)
        #expect(throws: ResultsError.self) { try reading.claim(results.plan, lease: RunLease()) }
        #expect(throws: ResultsError.noDatabase(path: "/nonexistent/results.db")) {
            try ResultsDatabase(readOnly: "/nonexistent/results.db")
        }
    }
}
