import Foundation
import GRDB
import RankingData

/// A run as the database keeps it.
public struct RunRecord: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        case pending, running, finished, failed

        /// The state that a row of results.db names.
        ///
        /// - Throws: `ResultsError.unknownValue` for any other text.
        init(named name: String, run: String) throws(ResultsError) {
            guard let state = State(rawValue: name) else {
                throw .unknownValue(
                    run: run, column: "state", value: name, known: State.allCases.map(\.rawValue))
            }
            self = state
        }
    }

    /// The SHA-256 of the text of the run's configuration, in hexadecimal.
    public let id: String
    /// The kind of ranker.
    public let model: ModelKind
    /// How far the run has come.
    public let state: State
    /// How many times work on the run was begun.
    public let attempt: Int
    /// The options of the run, read from the text that is recorded.
    public let configuration: RunConfiguration
    /// The id of the run whose model this one starts from; nil where it starts from none.
    public let baseRun: String?
    /// Why the run failed; nil where it did not.
    public let error: String?

    init(_ row: Row) throws {
        id = try row.checked("id")
        state = try State(named: row.checked("state"), run: id)
        let name: String = try row.checked("model")
        guard let kind = ModelKind(rawValue: name) else {
            throw ResultsError.unknownValue(
                run: id, column: "kind of ranker", value: name, known: ModelKind.allCases.map(\.rawValue))
        }
        model = kind
        attempt = try row.checked("attempt")
        let text: String = try row.checked("configuration")
        do { configuration = try RunConfiguration(canonicalJSON: text) } catch {
            throw ResultsError.malformedRun(run: id, reason: "\(error)")
        }
        baseRun = try row.checked("base_run")
        error = try row.checked("error")
    }
}

extension ResultsDatabase {
    /// Enters a sweep's points and their bases as pending runs; what is there already stays as it is.
    ///
    /// A run that is no point's leaves the sweep, but for finished runs of the same options with other seeds: they are as good a
    /// part of a row as they were.
    /// - Parameters:
    ///   - wanted: The points that the plan works through, with their bases; nil: all.
    ///   - kept: Panels and names of rows that are not among the points, and whose runs stay in the sweep as they are.
    @discardableResult
    public func enter(
        _ spec: ExperimentSpec, scale: String, points: [SweepPoint], wanted: [SweepPoint]? = nil,
        keeping kept: Set<[String]> = []
    ) throws -> SweepPlan {
        let wanted = wanted ?? points
        // Each base just before the first row that needs it: a night that ends early then has rows, not bases alone.
        let runs = wanted.flatMap { [$0.configuration.baseRun, $0.configuration] }.compactMap { $0?.identity }
        let (left, places) = try insert(spec, scale: scale, points: points, keeping: kept)
        var seen: Set<String> = []
        return SweepPlan(
            sweep: spec.name, scale: scale, runs: runs.filter { seen.insert($0).inserted },
            places: places, rowsOfOtherData: left)
    }

    /// Rows of `points` whose finished runs in the sweep, of whatever seed, were of data of the same name and splits with another
    /// fingerprint.
    private static func rowsOfOtherData(
        _ database: Database, _ sweep: String, _ scale: String, _ points: [SweepPoint]
    ) throws -> [String] {
        let finished = try Row.fetchAll(
            database,
            sql: """
                SELECT panel, "row", data_fingerprint, configuration FROM sweep_run JOIN run ON run.id = sweep_run.run
                WHERE sweep = ? AND scale = ? AND state = 'finished'
                """, arguments: [sweep, scale])
        var known: [[String]: [DataConfiguration: Set<String>]] = [:]
        for row in finished {
            // Runs of an earlier schema may have options that are not read any more.
            guard let run = try? RunConfiguration(canonicalJSON: row.checked("configuration")) else {
                continue
            }
            try known[[row.checked("panel"), row.checked("row")], default: [:]][run.data, default: []].insert(
                row.checked("data_fingerprint"))
        }
        var seen: Set<String> = []
        return points.filter { point in
            let fingerprints = known[[point.panel, point.row]]?[point.configuration.data]
            return fingerprints.map { $0 != [point.configuration.dataFingerprint] } ?? false
        }.map(\.row).filter { seen.insert($0).inserted }
    }

    /// Panel, row and id of the finished runs in the sweep whose options are those of the point of their row, but for the seed.
    private static func finishedRunsOfOtherSeeds(
        _ database: Database, _ sweep: String, _ scale: String, _ points: [SweepPoint]
    ) throws -> [[String]] {
        let known = Dictionary(grouping: points) { [$0.panel, $0.row] }
        let finished = try Row.fetchAll(
            database,
            sql: """
                SELECT panel, "row", run, configuration, training_points FROM sweep_run JOIN run ON run.id = sweep_run.run
                WHERE sweep = ? AND scale = ? AND state = 'finished' AND position >= 0
                """, arguments: [sweep, scale])
        return try finished.compactMap { row in
            let place: [String] = try [row.checked("panel"), row.checked("row")]
            // Runs of an earlier schema may have options that are not read any more.
            guard let known = known[place],
                let configuration = try? RunConfiguration(canonicalJSON: row.checked("configuration")),
                try known.contains(where: {
                    try $0.isOfOneRow(with: configuration, points: row.checked("training_points"))
                })
            else { return nil }
            return place + [try row.checked("run") as String]
        }
    }

    private func insert(
        _ spec: ExperimentSpec, scale: String, points: [SweepPoint], keeping kept: Set<[String]>
    ) throws -> (rowsOfOtherData: [String], places: [String: [Membership]]) {
        let rows = points.map(\.configuration.identity)
        var seen: Set<String> = []
        let bases = points.compactMap(\.configuration.baseRun).map { (id: $0.identity, run: $0) }
            .filter { seen.insert($0.id).inserted }
        return try transact { database in
            let left = try ResultsDatabase.rowsOfOtherData(database, spec.name, scale, points)
            try ResultsDatabase.insertSweep(database, name: spec.name, scale: scale, spec: spec.text)
            let keptRows = String(decoding: try JSONEncoder().encode(Array(kept)), as: UTF8.self)
            let otherSeeds = try ResultsDatabase.finishedRunsOfOtherSeeds(database, spec.name, scale, points)
            let keptRuns = String(decoding: try JSONEncoder().encode(otherSeeds), as: UTF8.self)
            try database.execute(
                sql: """
                    WITH kept AS (SELECT panel, "row", run FROM sweep_run WHERE sweep = :sweep AND scale = :scale
                        AND json_array(panel, "row") IN (SELECT json_array(value ->> 0, value ->> 1) FROM json_each(:rows))
                        UNION SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:runs))
                    DELETE FROM sweep_run WHERE sweep = :sweep AND scale = :scale
                        AND (panel, "row", run) NOT IN (SELECT * FROM kept)
                        AND NOT (position < 0 AND run IN
                            (SELECT base_run FROM run WHERE id IN (SELECT run FROM kept) AND base_run IS NOT NULL))
                    """, arguments: ["sweep": spec.name, "scale": scale, "rows": keptRows, "runs": keptRuns])
            // Bases first: a run refers to its base.
            let ownRows = Set(rows)
            var places: [(run: String, place: Membership)] = []
            for (id, base) in bases {
                try ResultsDatabase.insertRun(database, base)
                // A base may be a row of the sweep itself: it then stands there under its own name.
                guard !ownRows.contains(id) else { continue }
                let row = bases.count == 1 ? "base" : "base-\(id.prefix(6))"
                // An earlier call may have had fewer bases, and another name for this one.
                try database.execute(
                    sql: "DELETE FROM sweep_run WHERE sweep = ? AND scale = ? AND run = ? AND position < 0",
                    arguments: [spec.name, scale, id])
                let place = Membership(
                    sweep: spec.name, scale: scale, panel: "", row: row, position: -1, seed: base.seed)
                places.append((id, place))
            }
            for (position, point) in points.enumerated() {
                try ResultsDatabase.insertRun(database, point.configuration)
                let place = Membership(
                    sweep: spec.name, scale: scale, panel: point.panel, row: point.row,
                    position: position, seed: point.seed)
                places.append((rows[position], place))
            }
            for (run, place) in places { try ResultsDatabase.insertMembership(database, run: run, place) }
            return (left, Dictionary(grouping: places, by: \.run).mapValues { $0.map(\.place) })
        }
    }

    static func insertSweep(_ database: Database, name: String, scale: String, spec: String) throws {
        try requireStorable(name, scale)
        try database.execute(
            sql: """
                INSERT INTO sweep (name, scale, spec, created) VALUES (?, ?, ?, ?)
                ON CONFLICT (name, scale) DO UPDATE SET spec = excluded.spec
                """, arguments: [name, scale, spec, timestamp()])
    }

    /// SQLite's texts end at the first NUL: two names that are the same up to there would become one.
    static func requireStorable(_ names: String...) throws(ResultsError) {
        for name in names where name.utf8.contains(0) { throw .nameWithNUL(name) }
    }

    static func insertRun(_ database: Database, _ configuration: RunConfiguration) throws {
        let text = configuration.canonicalJSON
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO run (id, model, state, seed, configuration, data_fingerprint, base_run, steps)
                VALUES (?, ?, 'pending', ?, ?, ?, ?, ?)
                """,
            arguments: [
                RunConfiguration.identity(canonicalJSON: text), configuration.model.rawValue,
                Int64(bitPattern: configuration.seed), text, configuration.dataFingerprint,
                configuration.baseRun?.identity,
                configuration.steps,
            ])
    }

    public static func timestamp(_ date: Date = Date()) -> String {
        ISO8601DateFormatter().string(from: date)
    }

    /// The run whose id begins with `prefix`.
    public func run(_ prefix: String) throws -> RunRecord {
        let isHexadecimal = !prefix.isEmpty && prefix.allSatisfy { $0.isHexDigit }
        guard isHexadecimal else { throw ResultsError.unknownRun(prefix) }
        // A few matches are enough for a message that names them.
        let rows = try read {
            try Row.fetchAll(
                $0, sql: "SELECT * FROM run WHERE substr(id, 1, length(?1)) = ?1 LIMIT 5",
                arguments: [prefix.lowercased()])
        }
        guard let first = rows.first else { throw ResultsError.unknownRun(prefix) }
        guard rows.count == 1 else {
            throw ResultsError.ambiguousRun(prefix, matches: try rows.map { try $0.checked("id") })
        }
        return try RunRecord(first)
    }

    /// The sweep's runs in the order of running, bases first, each once.
    public func runs(sweep: String, scale: String) throws -> [RunRecord] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT run.* FROM run JOIN sweep_run ON sweep_run.run = run.id
                    WHERE sweep_run.sweep = ? AND sweep_run.scale = ?
                    GROUP BY run.id ORDER BY min(sweep_run.position)
                    """, arguments: [sweep, scale]
            ).map { try RunRecord($0) }
        }
    }
}
