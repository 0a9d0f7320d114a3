import Foundation
import GRDB

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

    public let id: String
    public let model: ModelKind
    public let state: State
    public let attempt: Int
    public let configuration: RunConfiguration
    public let baseRun: String?
    public let error: String?

    init(_ row: Row) throws {
        id = row["id"]
        state = try State(named: row["state"], run: id)
        let name: String = row["model"]
        guard let kind = ModelKind(rawValue: name) else {
            throw ResultsError.unknownValue(
                run: id, column: "kind of ranker", value: name, known: ModelKind.allCases.map(\.rawValue))
        }
        model = kind
        attempt = row["attempt"]
        do { configuration = try RunConfiguration(canonicalJSON: row["configuration"]) } catch {
            throw ResultsError.malformedRun(run: id, reason: "\(error)")
        }
        baseRun = row["base_run"]
        error = row["error"]
    }
}

/// Where a run stands in sweeps.
public struct Membership: Codable, Sendable, Equatable {
    public var sweep: String
    public var scale: String
    public var panel: String
    public var row: String
    public var position: Int
    public var seed: UInt64
}

extension ResultsDatabase {
    /// Enters a sweep's points and their bases as pending runs; what is there already stays as it is.
    ///
    /// - Parameter wanted: The points that the plan works through, with their bases; nil: all.
    @discardableResult
    public func enter(
        _ spec: ExperimentSpec, scale: String, points: [SweepPoint], wanted: [SweepPoint]? = nil
    ) throws -> SweepPlan {
        let wanted = wanted ?? points
        var runs: [String] = []
        for run in wanted.compactMap(\.configuration.baseRun) + wanted.map(\.configuration)
        where !runs.contains(run.identity) { runs.append(run.identity) }
        try insert(spec, scale: scale, points: points)
        return SweepPlan(sweep: spec.name, scale: scale, runs: runs)
    }

    private func insert(_ spec: ExperimentSpec, scale: String, points: [SweepPoint]) throws {
        try transact { database in
            try ResultsDatabase.insertSweep(database, name: spec.name, scale: scale, spec: spec.text)
            try database.execute(
                sql: "DELETE FROM sweep_run WHERE sweep = ? AND scale = ?", arguments: [spec.name, scale])
            for (position, point) in points.enumerated() {
                if let base = point.configuration.baseRun {
                    try ResultsDatabase.insertRun(database, base)
                    let own = points.firstIndex { $0.configuration.identity == base.identity }
                    if own == nil {
                        try ResultsDatabase.insertMembership(
                            database, run: base.identity,
                            Membership(
                                sweep: spec.name, scale: scale, panel: "",
                                row: ResultsDatabase.baseRow(base, among: points), position: -1,
                                seed: base.seed))
                    }
                }
                try ResultsDatabase.insertRun(database, point.configuration)
                try ResultsDatabase.insertMembership(
                    database, run: point.configuration.identity,
                    Membership(
                        sweep: spec.name, scale: scale, panel: point.panel, row: point.row,
                        position: position,
                        seed: point.seed))
            }
        }
    }

    /// `base`, or, where a sweep has several bases, `base` and part of the run's id.
    private static func baseRow(_ base: RunConfiguration, among points: [SweepPoint]) -> String {
        let bases = Set(points.compactMap { $0.configuration.baseRun?.identity })
        return bases.count == 1 ? "base" : "base-\(base.identity.prefix(6))"
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
    private static func requireStorable(_ names: String...) throws(ResultsError) {
        for name in names where name.utf8.contains(0) { throw .nameWithNUL(name) }
    }

    static func insertRun(_ database: Database, _ configuration: RunConfiguration) throws {
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO run (id, model, state, seed, configuration, data_fingerprint, base_run, steps)
                VALUES (?, ?, 'pending', ?, ?, ?, ?, ?)
                """,
            arguments: [
                configuration.identity, configuration.model.rawValue, Int64(bitPattern: configuration.seed),
                configuration.canonicalJSON, configuration.dataFingerprint, configuration.baseRun?.identity,
                configuration.steps,
            ])
    }

    static func insertMembership(_ database: Database, run: String, _ place: Membership) throws {
        try requireStorable(place.sweep, place.scale, place.panel, place.row)
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO sweep_run (sweep, scale, panel, row, position, seed, run)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                place.sweep, place.scale, place.panel, place.row, place.position,
                Int64(bitPattern: place.seed), run,
            ])
    }

    public static func timestamp(_ date: Date = Date()) -> String {
        ISO8601DateFormatter().string(from: date)
    }

    /// The run whose id begins with `prefix`.
    public func run(_ prefix: String) throws -> RunRecord {
        let isHexadecimal = !prefix.isEmpty && prefix.allSatisfy { $0.isHexDigit }
        guard isHexadecimal else { throw ResultsError.unknownRun(prefix) }
        let rows = try read {
            try Row.fetchAll(
                $0, sql: "SELECT * FROM run WHERE substr(id, 1, length(?1)) = ?1 LIMIT 5",
                arguments: [prefix.lowercased()])
        }
        guard let first = rows.first else { throw ResultsError.unknownRun(prefix) }
        guard rows.count == 1 else { throw ResultsError.ambiguousRun(prefix, matches: rows.map { $0["id"] }) }
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

    public func memberships(of run: String) throws -> [Membership] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM sweep_run WHERE run = ? ORDER BY sweep, scale, panel, row, seed",
                arguments: [run]
            ).map { row in
                Membership(
                    sweep: row["sweep"], scale: row["scale"], panel: row["panel"], row: row["row"],
                    position: row["position"], seed: UInt64(bitPattern: row["seed"] as Int64))
            }
        }
    }
}
