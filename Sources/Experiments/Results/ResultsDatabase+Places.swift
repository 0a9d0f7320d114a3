import Foundation
import GRDB

/// Where a run stands in sweeps.
public struct Membership: Codable, Sendable, Equatable {
    /// The name of the sweep.
    public var sweep: String
    /// The scale of the sweep: `quick`.
    public var scale: String
    /// The panel of a figure; empty for a table.
    public var panel: String
    /// The name of the row.
    public var row: String
    /// The place in the order of running; -1 for a base that rows start from.
    public var position: Int
    /// The seed of the run.
    public var seed: UInt64
}

extension Membership {
    /// Reads a row of the table `sweep_run`.
    init(_ row: Row) throws {
        self.init(
            sweep: try row.checked("sweep"), scale: try row.checked("scale"), panel: try row.checked("panel"),
            row: try row.checked("row"), position: try row.checked("position"),
            seed: UInt64(bitPattern: try row.checked("seed") as Int64))
    }
}

extension ResultsDatabase {
    /// Where a run stands, in all sweeps.
    public func memberships(of run: String) throws -> [Membership] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM sweep_run WHERE run = ? ORDER BY sweep, scale, panel, row, seed",
                arguments: [run]
            ).map(Membership.init)
        }
    }

    /// Puts a run that has finished back where its plan has it, if it stands nowhere in that sweep any more: another call may
    /// have entered other seeds or published runs while it was trained. Where that call entered other options for the row, it stays
    /// theirs; published runs of other options leave it.
    func restore(_ run: String, in plan: SweepPlan) throws {
        try transact { database in
            let isThere = try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM sweep_run WHERE sweep = ? AND scale = ? AND run = ?)",
                arguments: [plan.sweep, plan.scale, run])
            guard isThere == false else { return }
            let rows = SweepRows(database)
            for place in plan.places[run] ?? [] {
                let strangers = try rows.strangers(to: run, at: place)
                guard !strangers.contains(where: \.isOwn) else { continue }
                try rows.remove(strangers.map(\.id), at: place)
                try ResultsDatabase.insertMembership(database, run: run, place)
            }
        }
    }

    /// - Parameter replacing: Whether the run takes the place of one that stands there.
    static func insertMembership(
        _ database: Database, run: String, _ place: Membership, replacing: Bool = true
    ) throws {
        try requireStorable(place.sweep, place.scale, place.panel, place.row)
        try database.execute(
            sql: """
                INSERT OR \(replacing ? "REPLACE" : "IGNORE") INTO sweep_run (sweep, scale, panel, row, position, seed, run)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                place.sweep, place.scale, place.panel, place.row, place.position,
                // SQLite has no unsigned integers; the same bits come back.
                Int64(bitPattern: place.seed), run,
            ])
    }
}
