import GRDB

/// What a merge took from one database.
public struct MergeOutcome: Sendable, Equatable {
    /// Runs that were not there.
    public var new = 0
    /// Runs that were there in a lesser state, or imported, and have been replaced.
    public var replaced = 0
    /// Runs that stay as they are.
    public var kept = 0
    /// Measurements of the capacity lab that were not there.
    public var measurements = 0
    /// The runs whose finished work was taken: their models belong to it.
    public var taken: [String] = []
    /// The runs that had finished in both: an earlier merge may have ended before it copied their models.
    public var agreed: [String] = []
}

/// A metric of one run that two databases have with different values, or a query's order.
public struct MergeConflict: Sendable, Equatable, CustomStringConvertible {
    /// The run's id; `capacity lab` for a measurement of the lab.
    public let run: String
    /// Its split, name and, of a variant, score: `evaluation R@1`; of an order `evaluation order of deer.n.01`.
    public let metric: String
    /// The database that has the second value.
    public let file: String
    /// The value in the database that was read first.
    public let first: String
    /// The value in `file`.
    public let second: String

    public var description: String {
        "run \(run.prefix(12)), \(metric): \(first), but \(second) in \(file)"
    }
}

extension ResultsDatabase {
    /// Takes in what other databases of the same sweeps have: runs, their measurements and places, and the capacity lab's.
    ///
    /// Finished beats failed beats pending, and a run that was finished here beats one that was imported. So it is with runs that two
    /// databases have in one row of a sweep, of other settings say. Runs that others work on come as pending. A merge that is repeated changes nothing, and one that was killed goes on: each file is
    /// one transaction.
    /// - Parameter listener: Hears the outcome of each file once it is in.
    /// - Throws: `ResultsError.conflictingMetrics` if two databases, this one among them, have different values for one
    ///   run's metric, or orders of one of its queries; `ResultsError.newerDatabase` for a newer schema. Then nothing has been merged.
    public func merge(_ sources: [ResultsDatabase], listener: (ResultsDatabase, MergeOutcome) -> Void) throws
    {
        // Before anything is written, as each file is a transaction of its own and could not be taken back.
        try refuseConflicts(sources)
        for source in sources {
            let outcome = try source.snapshot { snapshot in
                try transact { try MergeTransaction(source: snapshot.database, target: $0).run() }
            }
            listener(source, outcome)
        }
    }

    /// Compares the finished runs of all databases, metric by metric and bit by bit, then their orders.
    private func refuseConflicts(_ sources: [ResultsDatabase]) throws {
        var known: [FinishedMetric.Key: Double] = [:]
        var conflicts: [MergeConflict] = []
        for database in [self] + sources {
            for metric in try database.snapshot({ try $0.finishedMetrics() }) {
                guard let first = known[metric.key] else {
                    known[metric.key] = metric.value
                    continue
                }
                // Equal configurations give equal bits, so any difference means that one of the two is not what it
                // says.
                guard first.bitPattern != metric.value.bitPattern else { continue }
                conflicts.append(
                    MergeConflict(
                        run: metric.key.run, metric: metric.key.name, file: database.path, first: "\(first)",
                        second: "\(metric.value)"))
            }
        }
        conflicts += try orderConflicts(sources)
        guard conflicts.isEmpty else { throw ResultsError.conflictingMetrics(conflicts) }
    }
}

/// A finished run's metric, or a measurement of the capacity lab.
private struct FinishedMetric {
    struct Key: Hashable {
        let run: String
        let name: String
    }

    let key: Key
    let value: Double
}

extension ResultsSnapshot {
    fileprivate func finishedMetrics() throws -> [FinishedMetric] {
        let sql = """
            SELECT run, split || ' ' || metric || iif(k > 0, '@' || k, '') || iif(score = '', '', ' ' || score) AS name,
                value
            FROM metric WHERE run IN (SELECT id FROM run WHERE state = 'finished')
            UNION ALL
            SELECT 'capacity lab' AS run, experiment || ', ' || variant || ', k ' || documents || ', n ' || dimension
                || ', seed ' || seed || ', ' || budget, right_orders FROM capacity
            """
        var metrics: [FinishedMetric] = []
        let rows = try Row.fetchCursor(database, sql: sql)
        while let row = try rows.next() {
            metrics.append(
                FinishedMetric(
                    key: .init(run: try row.checked("run"), name: try row.checked("name")),
                    value: try row.checked("value")))
        }
        return metrics
    }
}

/// One file's merge, inside a transaction of the target.
private struct MergeTransaction {
    let source: Database
    let target: Database
    private var outcome = MergeOutcome()

    init(source: Database, target: Database) {
        self.source = source
        self.target = target
    }

    func run() throws -> MergeOutcome {
        var copy = self
        // Sweeps first, then runs, then the places of runs in sweeps: each refers to the one before.
        try copy.mergeSweeps()
        let rows = try Row.fetchCursor(source, sql: "SELECT * FROM run ORDER BY number")
        while let row = try rows.next() { try copy.merge(row) }
        try copy.mergePlaces()
        for table in ["task_statistic", "query_document"] { try copy.copyRows(of: table) }
        let before = try copy.measurements()
        try copy.copyRows(of: "capacity")
        copy.outcome.measurements = try copy.measurements() - before
        return copy.outcome
    }

    private func measurements() throws -> Int {
        try Int.fetchOne(target, sql: "SELECT count(*) FROM capacity") ?? 0
    }

    private func mergeSweeps() throws {
        try copyRows(of: "sweep")
        // Of sweeps that came with published runs alone the spec is not known here.
        for row in try Row.fetchAll(source, sql: "SELECT name, scale, spec FROM sweep WHERE spec <> ''") {
            try target.cachedStatement(
                sql: "UPDATE sweep SET spec = ? WHERE name = ? AND scale = ? AND spec = ''"
            )
            .execute(arguments: [row["spec"] as DatabaseValue, row["name"], row["scale"]])
        }
    }

    private mutating func merge(_ row: Row) throws {
        let id: String = try row.checked("id")
        let mine = try Row.fetchOne(target, sql: "SELECT * FROM run WHERE id = ?", arguments: [id])
        guard let mine else {
            try insertRun(row)
            outcome.new += 1
            try takeMeasurements(row, id)
            return
        }
        let (theirRank, myRank) = (try Self.rank(row), try Self.targetRank(mine))
        guard theirRank > myRank else {
            // Both have finished, and with the same metrics and orders where both have them: `refuseConflicts` has
            // seen to it.
            if theirRank >= 2, myRank >= 2 {
                try add(id, examplePrompt: row["example_prompt"])
                outcome.agreed.append(id)
            }
            outcome.kept += 1
            return
        }
        try updateRun(row)
        outcome.replaced += 1
        try takeMeasurements(row, id)
    }

    /// Puts runs where they stand there. Of runs that make no row together, those stay that have come further, and those here where they
    /// have come equally far.
    private func mergePlaces() throws {
        let rows = try Row.fetchAll(
            source,
            sql: """
                SELECT sweep_run.*, run.state, run.imported FROM sweep_run JOIN run ON run.id = sweep_run.run
                ORDER BY sweep_run.rowid
                """)
        let sweepRows = SweepRows(target)
        // The runs that have come furthest first: they decide whose options a row has.
        let byRank = try Dictionary(grouping: rows, by: Self.rank).sorted { $0.key > $1.key }
        for row in byRank.flatMap(\.value) {
            let (place, run) = (try Membership(row), try row.checked("run") as String)
            let strangers = try sweepRows.strangers(to: run, at: place)
            if let mine = try strangers.map({ try rank(of: $0.id) }).max(), try mine >= rank(of: run) {
                continue
            }
            try sweepRows.remove(strangers.map(\.id), at: place)
            try ResultsDatabase.insertMembership(target, run: run, place, replacing: false)
        }
    }

    /// How far one of the target's runs has come.
    private func rank(of id: String) throws -> Int {
        let run = try target.cachedStatement(sql: "SELECT * FROM run WHERE id = ?")
        return try Row.fetchOne(run, arguments: [id]).map(Self.targetRank) ?? 0
    }

    /// The same for one of the target's: what is under way here yields to no failure elsewhere, as the process that works on it would
    /// lose it.
    private static func targetRank(_ row: Row) throws -> Int {
        try row.checked("state") == "running" ? 1 : rank(row)
    }

    /// How far a run has come: its own finished work, imported work, a failure, anything less.
    private static func rank(_ row: Row) throws -> Int {
        switch try row.checked("state") as String {
        case "finished": try row.checked("imported") as Int == 0 ? 3 : 2
        case "failed": 1
        default: 0
        }
    }

    /// A run's columns without its number, which is the target's own, the lease of whoever works on it, and what was spent on
    /// what is not done.
    private static func columns(_ row: Row) throws -> [(name: String, value: DatabaseValue)] {
        let isOpen = try rank(row) == 0
        return row.filter { $0.0 != "number" }.map { name, value in
            switch name {
            case "state" where isOpen: (name, "pending".databaseValue)
            case "wall_seconds" where isOpen, "cpu_seconds" where isOpen: (name, 0.databaseValue)
            case "training_queries" where isOpen, "training_points" where isOpen: (name, .null)
            case "lease_owner", "lease_expires": (name, .null)
            default: (name, value)
            }
        }
    }

    private func insertRun(_ row: Row) throws {
        let columns = try Self.columns(row)
        let names = columns.map(\.name).joined(separator: ", ")
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        try target.cachedStatement(sql: "INSERT INTO run (\(names)) VALUES (\(places))")
            .execute(arguments: StatementArguments(columns.map(\.value)))
    }

    private func updateRun(_ row: Row) throws {
        let columns = try Self.columns(row).filter { $0.name != "id" }
        let settings = columns.map { "\($0.name) = ?" }.joined(separator: ", ")
        try target.cachedStatement(sql: "UPDATE run SET \(settings) WHERE id = ?")
            .execute(arguments: StatementArguments(columns.map(\.value) + [row["id"] as DatabaseValue]))
    }

    /// A finished or failed run's measurements in place of any that were there. What is pending brings none: whoever claims
    /// it begins without a checkpoint.
    private mutating func takeMeasurements(_ row: Row, _ id: String) throws {
        guard try Self.rank(row) > 0 else { return }
        try ResultsDatabase.deleteMeasurements(target, run: id)
        try copyRows(of: "metric", where: "run = ?", id)
        try copyRows(of: "curve", where: "run = ?", id)
        try copyByQuery("query_value", id)
        try copyByQuery("query_order", id)
        if try row.checked("state") == "finished" { outcome.taken.append(id) }
    }

    /// Metrics, their values by query, orders and prompts that one has and the other lacks are nothing to quarrel over.
    private func add(_ id: String, examplePrompt: DatabaseValue) throws {
        try copyRows(of: "metric", where: "run = ?", id)
        try copyByQuery("query_value", id)
        try copyByQuery("query_order", id)
        try target.cachedStatement(
            sql: "UPDATE run SET example_prompt = ? WHERE id = ? AND example_prompt IS NULL"
        ).execute(arguments: [examplePrompt, id])
    }

    /// Copies a run's rows of a table that knows runs by their numbers, which differ from database to database.
    private func copyByQuery(_ table: String, _ id: String) throws {
        let select = "SELECT number FROM run WHERE id = ?"
        guard let mine = try Int.fetchOne(target, sql: select, arguments: [id]),
            let theirs = try Int.fetchOne(source, sql: select, arguments: [id])
        else { return }
        try copyRows(of: table, where: "run = ?", theirs, replacing: ("run", mine.databaseValue))
    }

    /// Copies a table's rows; those whose key is there stay as they are.
    private func copyRows(
        of table: String, where condition: String = "?", _ argument: any DatabaseValueConvertible = 1,
        replacing replacement: (column: String, value: DatabaseValue)? = nil
    ) throws {
        let rows = try Row.fetchCursor(
            source.cachedStatement(sql: "SELECT * FROM \(table) WHERE \(condition)"), arguments: [argument])
        var insertion: Statement?
        while let row = try rows.next() {
            // All rows of a table have the same columns, so the statement that the first needs serves all.
            let statement =
                try insertion
                ?? target.cachedStatement(
                    sql: "INSERT OR IGNORE INTO \(table) (\(row.columnNames.joined(separator: ", "))) "
                        + "VALUES (\(row.columnNames.map { _ in "?" }.joined(separator: ", ")))")
            insertion = statement
            let values = row.map { $0.0 == replacement?.column ? replacement?.value : $0.1 }
            try statement.execute(arguments: StatementArguments(values))
        }
    }
}
