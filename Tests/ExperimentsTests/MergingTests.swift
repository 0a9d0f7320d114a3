import Capacity
import Foundation
import GRDB
import Testing

@testable import Experiments

/// `rankbridge runs merge`.
@Suite("Merging")
struct MergingTests {
    /// All that readers see of a database but the order of entering and the clock.
    private func contents(_ database: ResultsDatabase) throws -> [String] {
        try database.read { database in
            try [
                "SELECT id, model, state, seed, configuration, base_run, imported, error, example_prompt FROM run ORDER BY id",
                "SELECT * FROM metric", "SELECT * FROM curve",
                "SELECT * FROM query_metric ORDER BY 1, 2, 3, 4, 5",
                "SELECT * FROM sweep_run ORDER BY 1, 2, 3, 4, 5, 6", "SELECT name, scale, spec FROM sweep",
                "SELECT * FROM task_statistic",
                "SELECT id, split, score, query, predicted FROM query_order JOIN run ON run = number ORDER BY 1, 2, 3, 4",
                "SELECT * FROM query_document",
                "SELECT * FROM capacity",
            ].flatMap { try Row.fetchAll(database, sql: $0).map(\.description) }
        }
    }

    private func empty() throws -> ResultsDatabase {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rankbridge-\(UUID().uuidString)")
        return try ResultsDatabase(results: root)
    }

    @discardableResult
    private func merge(_ target: ResultsDatabase, _ sources: [ResultsDatabase]) throws -> [MergeOutcome] {
        var outcomes: [MergeOutcome] = []
        try target.merge(sources) { outcomes.append($1) }
        return outcomes
    }

    /// Two tasks of one sweep, each with one of its runs finished, and one machine that did both.
    private func tasks() throws -> (
        first: TemporaryResults, second: TemporaryResults, whole: TemporaryResults
    ) {
        let all = try (0..<3).map { _ in try TemporaryResults() }
        let ids = all[0].plan.runs
        for (results, own) in zip(all, [[ids[0]], [ids[1]], ids]) {
            for id in own {
                try results.finish(id)
                try results.execute(
                    """
                    INSERT INTO query_value (run, split, metric, k, query, value)
                    SELECT number, 'evaluation', 'nDCG', 0, 'deer.n.01', 0.1 FROM run WHERE id = ?
                    """, [id])
                try results.addOrders(id)
            }
        }
        return (all[0], all[1], all[2])
    }

    @Test("the parts make the whole, in any order, and once more changes nothing")
    func partsMakeTheWhole() throws {
        let (first, second, whole) = try tasks()
        let expected = try contents(whole.database)
        for sources in [[first, second], [second, first]] {
            let target = try empty()
            let outcomes = try merge(target, sources.map(\.database))
            #expect(outcomes.map(\.new) == [2, 0] && outcomes.map(\.replaced) == [0, 1])
            #expect(
                outcomes.map(\.taken)
                    == sources.map {
                        [$0.database === first.database ? first.plan.runs[0] : first.plan.runs[1]]
                    })
            #expect(try contents(target) == expected)
            let again = try merge(target, sources.map(\.database))
            #expect(again.allSatisfy { $0.new == 0 && $0.replaced == 0 && $0.taken.isEmpty })
            #expect(again.map(\.agreed) == outcomes.map(\.taken), "models that were not copied may be now")
            #expect(try contents(target) == expected)
        }
        // Into a database that has entered the sweep: its numbers stay.
        let entered = try TemporaryResults()
        try merge(entered.database, [second.database, first.database])
        #expect(try contents(entered.database) == expected)
        #expect(try entered.database.runs(sweep: "s", scale: "quick").map(\.id) == entered.plan.runs)
    }

    @Test("finished beats failed, failed beats pending, and work of one's own beats an imported run")
    func betterStatesWin() throws {
        let (first, _, _) = try tasks()
        let id = first.plan.runs[0]
        let failed = try TemporaryResults()
        try failed.execute("UPDATE run SET state = 'failed', error = 'out of memory' WHERE id = ?", [id])
        let target = try TemporaryResults()
        #expect(try merge(target.database, [failed.database])[0].replaced == 1)
        #expect(try target.database.run(id).error == "out of memory")
        #expect(try merge(target.database, [first.database])[0].taken == [id])
        #expect(try target.state(id) == .finished && target.database.run(id).error == nil)
        #expect(try merge(target.database, [failed.database])[0].replaced == 0)
        #expect(try target.state(id) == .finished)

        try target.execute("UPDATE run SET imported = 1 WHERE id = ?", [id])
        #expect(try merge(target.database, [first.database])[0].replaced == 1)
        let imported = try target.database.read {
            try Int.fetchOne($0, sql: "SELECT imported FROM run WHERE id = ?", arguments: [id])
        }
        #expect(imported == 0)
    }

    @Test("a run that somebody works on comes as pending, and one that is worked on here keeps its lease")
    func leasesStayAtHome() throws {
        let away = try TemporaryResults()
        let id = try #require(try away.claim(RunLease())).id
        let target = try empty()
        try merge(target, [away.database])
        #expect(try target.run(id).state == .pending)
        let home = try TemporaryResults()
        #expect(try home.claim(RunLease())?.id == id)
        try merge(home.database, [target])
        #expect(try home.state(id) == .running)
        // Whoever works on it would lose it to a failure elsewhere.
        let failed = try TemporaryResults()
        let lease = RunLease()
        #expect(try failed.claim(lease)?.id == id)
        try failed.database.fail(id, lease: lease, error: "full disk")
        try merge(home.database, [failed.database])
        #expect(try home.state(id) == .running)
        let other = try TemporaryResults()
        try merge(other.database, [failed.database])
        #expect(try other.state(id) == .failed)
    }

    @Test("different metrics of one run are told, and nothing is merged from any file")
    func conflicts() throws {
        let (first, second, _) = try tasks()
        let id = first.plan.runs[0]
        let other = try TemporaryResults()
        try other.finish(id)
        // The smallest difference that there is.
        try other.execute("UPDATE metric SET value = ? WHERE run = ?", [(0.5).nextUp, id])
        let target = try empty()
        let error = #expect(throws: ResultsError.self) {
            try merge(target, [second.database, first.database, other.database])
        }
        guard case .conflictingMetrics(let conflicts) = error else {
            Issue.record("not a conflict: \(String(describing: error))")
            return
        }
        #expect(conflicts.map(\.run) == [id] && conflicts[0].metric == "evaluation R@1")
        #expect(conflicts[0].first == "0.5" && conflicts[0].second == "\((0.5).nextUp)")
        #expect(try contents(target).isEmpty)
    }

    @Test("a metric that one has and the other lacks is added")
    func metricsAreAdded() throws {
        let (first, _, _) = try tasks()
        let id = first.plan.runs[0]
        let richer = try TemporaryResults()
        try richer.finish(id)
        try richer.execute(
            "INSERT INTO metric (run, split, metric, k, value, n) VALUES (?, 'evaluation', 'invalid', 0, 0.25, 10)",
            [id])
        try richer.execute(
            """
            INSERT INTO query_value (run, split, metric, k, query, value)
            SELECT number, 'evaluation', 'invalid', 0, 'deer.n.01', 0.25 FROM run WHERE id = ?
            """, [id])
        #expect(try merge(first.database, [richer.database])[0].kept == 2)
        let byQuery = try first.database.read {
            try String.fetchAll($0, sql: "SELECT metric FROM query_metric WHERE run = ?", arguments: [id])
        }
        #expect(byQuery.sorted() == ["invalid", "nDCG"])
        let names = try first.database.snapshot { try $0.metrics(of: id) }.map(\.name)
        #expect(names.sorted() == ["R@1", "invalid"])
    }

    @Test("where two runs are at one place of a sweep, the one that has come further stays there")
    func placesOfFinishedRuns() throws {
        // The target's place has a run of other settings, which is pending; the source's run is finished.
        let (source, target) = (try TemporaryResults(), try TemporaryResults())
        let (id, other) = (source.plan.runs[0], String(repeating: "e", count: 64))
        try source.finish(id)
        try target.execute(
            """
            INSERT INTO run (id, model, state, seed, configuration, data_fingerprint, steps)
            SELECT ?, model, 'pending', seed, configuration, data_fingerprint, steps FROM run WHERE id = ?
            """, [other, id])
        try target.execute("UPDATE sweep_run SET run = ? WHERE run = ?", [other, id])
        func placed(_ results: TemporaryResults) throws -> Set<String> {
            try results.database.read { try Set(String.fetchAll($0, sql: "SELECT run FROM sweep_run")) }
        }
        #expect(try placed(target).contains(other))
        try merge(target.database, [source.database])
        #expect(try placed(target) == placed(source))
        // And back: what is pending takes no finished run's place.
        try target.execute("UPDATE sweep_run SET run = ? WHERE run = ?", [other, id])
        try merge(source.database, [target.database])
        #expect(try placed(source).contains(id) && !placed(source).contains(other))
    }

    @Test("a newer schema is refused")
    func schemas() throws {
        let newer = try TemporaryResults()
        try newer.execute("INSERT INTO grdb_migrations VALUES ('of the future')")
        let path = newer.database.path
        #expect(throws: ResultsError.newerDatabase(path: path)) { try ResultsDatabase(readOnly: path) }
    }

    @Test("measurements of the capacity lab are merged too")
    func capacity() throws {
        let cells = CapacityLab(seeds: [1], mostDocuments: 3).cells
        let measurements = cells.map { CapacityMeasurement($0, orders: 6, right: 3) }
        let (first, second) = (try empty(), try empty())
        try first.record(Array(measurements.prefix(8)))
        try second.record(Array(measurements.dropFirst(4)))
        let target = try empty()
        let added = try merge(target, [first, second]).map(\.measurements)
        #expect(added == [8, cells.count - 8], "those that were there are not counted")
        #expect(try target.snapshot { try $0.capacity() }.count == cells.count)
        let contrary = try empty()
        try contrary.record([CapacityMeasurement(cells[0], orders: 6, right: 4)])
        #expect(throws: ResultsError.self) { try merge(target, [contrary]) }
    }

    /// Ten thousand runs with ten metrics and twenty points of a curve each, from ten files.
    @Test("ten thousand runs are merged within a minute")
    func manyRuns() throws {
        let sources = try (0..<10).map { try manyRuns(file: $0) }
        let target = try empty()
        let clock = ContinuousClock()
        let time = try clock.measure { try merge(target, sources) }
        print("10,000 runs, 100,000 metrics, 200,000 points of curves merged in \(time)")
        #expect(time < .seconds(60))
        let counts = try target.read { database in
            try ["run", "metric", "curve"].map {
                try Int.fetchOne(database, sql: "SELECT count(*) FROM \($0)") ?? 0
            }
        }
        #expect(counts == [10_000, 100_000, 200_000])
    }

    private func manyRuns(file: Int) throws -> ResultsDatabase {
        let database = try empty()
        try database.transact { database in
            try database.execute(
                sql: """
                    INSERT INTO run (id, model, state, seed, configuration, data_fingerprint, steps)
                    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
                    SELECT printf('%064d', ? * 1000 + i), 'dual-encoder', 'finished', 1, printf('%1200d', i), '', 5
                    FROM n
                    """, arguments: [file])
            try database.execute(
                sql: """
                    INSERT INTO metric (run, split, metric, k, value, n)
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
                    SELECT id, 'evaluation', 'R', i, 0.5, 10 FROM run, n
                    """)
            try database.execute(
                sql: """
                    INSERT INTO curve WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
                    SELECT id, i, 'loss', 0.5 FROM run, n
                    """)
        }
        return database
    }
}
