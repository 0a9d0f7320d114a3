import Foundation
import GRDB

/// Which runs make one row: those of the same options and data with other seeds, whose means a report gives.
extension RunConfiguration {
    /// Whether two runs have the same options and data, but for the seed.
    /// - Parameter hasPointBudget: A budget in points is another number of steps with another seed: steps may then differ by a tenth.
    func isOfOneRow(with other: RunConfiguration, hasPointBudget: Bool) -> Bool {
        var (mine, theirs) = (self, other)
        (mine.seed, theirs.seed) = (0, 0)
        guard hasPointBudget, abs(steps - other.steps) <= max(1, max(steps, other.steps) / 10) else {
            return mine == theirs
        }
        (mine.ranker.steps, theirs.ranker.steps) = (0, 0)
        return mine == theirs
    }
}

/// A run that stands in a row of a sweep.
struct RowMember {
    /// The run's id.
    let id: String
    /// The seed of its place.
    let seed: Int64
    /// Whether its results are there, or somebody works on them.
    let isBegun: Bool
    /// Whether it was, or is to be, trained here.
    let isOwn: Bool
}

/// The rows of a database's sweeps within one transaction, and what runs may stand in one beside each other.
///
/// However runs come into a row (a sweep that is entered, published runs, another database), it takes in only those of one set of
/// options. Each run's options are looked up once.
final class SweepRows {
    private let database: Database
    private var texts: [String: String] = [:]
    private var configurations: [String: RunConfiguration?] = [:]
    private var budgets: [[String]: Bool] = [:]

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
        return try members.map { row in
            RowMember(
                id: try row.checked("id"), seed: try row.checked("seed"),
                isBegun: try ["finished", "running"].contains(row.checked("state") as String),
                isOwn: try row.checked("imported") as Int == 0)
        }.filter { try $0.seed == seed || !areOfOneRow($0.id, run, at: place) }
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

    private func areOfOneRow(_ first: String, _ second: String, at place: Membership) throws -> Bool {
        // As nearly always, and a hundred times faster than reading them.
        if try text(of: first) == text(of: second) { return true }
        guard let mine = try configuration(of: first), let theirs = try configuration(of: second) else {
            // What is not read cannot be compared: such runs stay beside each other as they stood.
            return try configuration(of: first) == nil && configuration(of: second) == nil
        }
        return try mine.isOfOneRow(with: theirs, hasPointBudget: mayHavePointBudget(place))
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

    /// Whether the sweep's budgets may be in points: its spec says so, or is not known, as that of published runs.
    private func mayHavePointBudget(_ place: Membership) throws -> Bool {
        let sweep = [place.sweep, place.scale]
        if let known = budgets[sweep] { return known }
        let spec = try String.fetchOne(
            database, sql: "SELECT spec FROM sweep WHERE name = ? AND scale = ?",
            arguments: StatementArguments(sweep))
        let own = spec.map { $0.isEmpty || $0.contains(#/(^|[\s{,"'])points["']?\s*:/#) } ?? true
        budgets[sweep] = own
        return own
    }
}
