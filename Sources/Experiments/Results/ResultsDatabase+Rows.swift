import Foundation
import GRDB

/// Which runs make one row: those of the same options and data with other seeds, whose means a report gives.
extension RunConfiguration {
    /// Whether two runs have the same options and data, but for the seed.
    /// - Parameter ignoringSteps: For a budget in points, which is another number of steps with another seed.
    func isOfOneRow(with other: RunConfiguration, ignoringSteps: Bool) -> Bool {
        var (mine, theirs) = (self, other)
        (mine.seed, theirs.seed) = (0, 0)
        if ignoringSteps { (mine.ranker.steps, theirs.ranker.steps) = (0, 0) }
        return mine == theirs
    }
}

/// What a run was, or is to be, trained for.
struct RunLength {
    let steps: Int
    /// The (query, document) points of a finished run; nil where they are not known.
    let points: Int?

    /// Whether two runs may be of one budget in points, which each overshoots by less than a step. Where that is not known of one that
    /// is still to be run, their steps differ by less than a factor of 2.
    func mayBeOfOneBudget(with other: RunLength) -> Bool {
        guard let points, let theirs = other.points, steps > 0, other.steps > 0 else {
            return max(steps, other.steps) < 2 * max(1, min(steps, other.steps))
        }
        return 2 * abs(points - theirs) <= 3 * max(points / steps, theirs / other.steps)
    }

    /// Whether a finished run's budget may have been this many points.
    func mayBeOfBudget(_ budget: Int, steps ofBudget: Int) -> Bool {
        mayBeOfOneBudget(with: RunLength(steps: ofBudget, points: points.map { _ in budget }))
    }
}

/// A run that stands in a row of a sweep.
struct RowMember {
    /// The run's id.
    let id: String
    /// Whether its results are there, or somebody works on them.
    let isBegun: Bool
    /// Whether it was, or is to be, trained here.
    let isOwn: Bool
}

/// The rows of a database's sweeps within one transaction, and what runs may stand in one beside each other.
///
/// However runs come into a row (published, from another database, or as a training ends), it takes in only those of one set of
/// options. A sweep that is entered compares its points with what stands there. Each run's options are looked up once.
final class SweepRows {
    private let database: Database
    private var texts: [String: String] = [:]
    private var configurations: [String: RunConfiguration?] = [:]
    private var budgets: [[String]: Budgets] = [:]

    init(_ database: Database) { self.database = database }

    /// Runs in the row of `place` that make no row with `run`: another one at the place itself, and those of other options or data.
    /// - Parameter run: The id of a run that is there, whether or not it stands in the row.
    func strangers(to run: String, at place: Membership) throws -> [RowMember] {
        let members = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT run.id, run.state, run.imported, sweep_run.seed FROM sweep_run JOIN run ON run.id = sweep_run.run
                    WHERE sweep = ? AND scale = ? AND panel = ? AND row = ? AND run.id <> ?
                    """),
            arguments: [place.sweep, place.scale, place.panel, place.row, run])
        let seed = Int64(bitPattern: place.seed)
        return try members.filter { row in
            try row.checked("seed") == seed || !areOfOneRow((row.checked("id"), run), at: place)
        }.map { row in
            RowMember(
                id: try row.checked("id"),
                isBegun: try ["finished", "running"].contains(row.checked("state") as String),
                isOwn: try row.checked("imported") as Int == 0)
        }
    }

    /// Takes the places of runs in the row of `place` away.
    func remove(_ runs: [String], at place: Membership) throws {
        for run in runs {
            try database.cachedStatement(
                sql:
                    "DELETE FROM sweep_run WHERE sweep = ? AND scale = ? AND panel = ? AND row = ? AND run = ?"
            ).execute(arguments: [place.sweep, place.scale, place.panel, place.row, run])
        }
    }

    private func areOfOneRow(_ runs: (String, String), at place: Membership) throws -> Bool {
        // As nearly always, and a hundred times faster than reading them.
        if try text(of: runs.0) == text(of: runs.1) { return true }
        guard let mine = try configuration(of: runs.0), let theirs = try configuration(of: runs.1) else {
            // What is not read cannot be compared: such runs stay beside each other as they stood.
            return try configuration(of: runs.0) == nil && configuration(of: runs.1) == nil
        }
        if mine.isOfOneRow(with: theirs, ignoringSteps: false) { return true }
        guard mine.isOfOneRow(with: theirs, ignoringSteps: true) else { return false }
        let lengths = (try length(of: runs.0, mine), try length(of: runs.1, theirs))
        switch try budgets(of: place) {
        case .steps: return false
        case .points: return lengths.0.mayBeOfOneBudget(with: lengths.1)
        // Steps that differ are then of a budget in points only where the points say so.
        case .unknown:
            return lengths.0.points != nil && lengths.1.points != nil
                && lengths.0.mayBeOfOneBudget(with: lengths.1)
        }
    }

    private func length(of run: String, _ configuration: RunConfiguration) throws -> RunLength {
        let points = try Int.fetchOne(
            database.cachedStatement(
                sql: "SELECT training_points FROM run WHERE id = ? AND state = 'finished'"),
            arguments: [run])
        return RunLength(steps: configuration.steps, points: points)
    }

    /// A run's options as they are recorded, without the seed.
    private func text(of run: String) throws -> String {
        if let known = texts[run] { return known }
        let text = try recorded(run)
        // Keys are sorted, and no other comes behind it. In a text that an edit gave another order it stays, and the two are read.
        let key = text.range(of: #""seed":"#, options: .backwards)
        let own = key.flatMap {
            text[$0.upperBound...].drop { $0.isNumber } == "}" ? String(text[..<$0.lowerBound]) : nil
        }
        texts[run] = own ?? text
        return own ?? text
    }

    /// A run's options; nil for those of an earlier schema that are not read any more.
    private func configuration(of run: String) throws -> RunConfiguration? {
        if let known = configurations[run] { return known }
        let own = try? RunConfiguration(canonicalJSON: recorded(run))
        configurations[run] = .some(own)
        return own
    }

    private func recorded(_ run: String) throws -> String {
        try String.fetchOne(
            database.cachedStatement(sql: "SELECT configuration FROM run WHERE id = ?"), arguments: [run])
            ?? ""
    }

    private enum Budgets { case steps, points, unknown }

    /// What the sweep's spec has budgets in; not known of published runs whose sweep was never entered here.
    private func budgets(of place: Membership) throws -> Budgets {
        let sweep = [place.sweep, place.scale]
        if let known = budgets[sweep] { return known }
        let spec =
            try String.fetchOne(
                database, sql: "SELECT spec FROM sweep WHERE name = ? AND scale = ?",
                arguments: StatementArguments(sweep)) ?? ""
        let own: Budgets =
            spec.isEmpty ? .unknown : spec.contains(#/(^|[\s{,"'])points["']?\s*:/#) ? .points : .steps
        budgets[sweep] = own
        return own
    }
}
