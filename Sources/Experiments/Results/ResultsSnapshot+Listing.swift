import GRDB

extension ResultsSnapshot {
    /// One line of `runs list`: columns of the view `runs` as text, empty where nothing is known.
    public struct Listing: Sendable, Equatable {
        /// The columns that are listed, in this order.
        public static let columns = [
            "id", "model", "state", "steps", "seed", "nDCG", "R@1", "wall_seconds", "stands_in", "error",
        ]
        /// One text for each of `columns`.
        public let cells: [String]
    }

    /// Runs, oldest first.
    ///
    /// - Parameters:
    ///   - state: Only runs in this state; nil: in any.
    ///   - sweep: Only runs that stand in this sweep; nil: all.
    public func listing(state: RunRecord.State?, sweep: String?) throws -> [Listing] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT runs.* FROM runs JOIN run ON run.number = runs.number
                WHERE (?1 IS NULL OR run.state = ?1) AND (?2 IS NULL OR EXISTS (
                    SELECT 1 FROM sweep_run WHERE sweep_run.run = run.id AND sweep_run.sweep = ?2))
                ORDER BY run.number
                """, arguments: [state?.rawValue, sweep]
        ).map { row in
            Listing(cells: Listing.columns.map { (row[$0] as DatabaseValue).text })
        }
    }

    /// Every column of a run's row that has a value, but its number and configuration.
    public func facts(of run: String) throws -> [(name: String, value: String)] {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM run WHERE id = ?", arguments: [run])
        else {
            throw ResultsError.unknownRun(run)
        }
        return row.filter { $0.0 != "number" && $0.0 != "configuration" && !$0.1.isNull }
            .map { ($0.0, $0.1.text) }
    }
}

extension DatabaseValue {
    /// The value as a person reads it.
    fileprivate var text: String {
        switch storage {
        case .null: ""
        case .int64(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value
        case .blob: "(bytes)"
        }
    }
}
