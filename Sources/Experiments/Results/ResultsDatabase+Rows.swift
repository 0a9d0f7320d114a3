import GRDB

/// Which runs make one row: those of the same options with other seeds, whose means a report gives.
extension RunConfiguration {
    /// Whether two runs have the same options, but for the seed.
    /// - Parameter ignoringSteps: For a budget in points, which may be another number of steps with another seed.
    func isOfOneRow(with other: RunConfiguration, ignoringSteps: Bool) -> Bool {
        var (mine, theirs) = (self, other)
        (mine.seed, theirs.seed) = (0, 0)
        if ignoringSteps { (mine.ranker.steps, theirs.ranker.steps) = (0, 0) }
        return mine == theirs
    }
}

/// A run that stands in a row of a sweep.
struct RowMember {
    /// The run's id.
    let id: String
    /// The seed of its place.
    let seed: UInt64
    /// Whether its results are there, or somebody works on them.
    let isBegun: Bool
    /// Whether it was, or is to be, trained here.
    let isOwn: Bool
    /// Nil for runs of an earlier schema whose options are not read any more.
    private let configuration: RunConfiguration?
    private let points: Int?

    fileprivate init(_ row: Row) throws {
        id = try row.checked("id")
        seed = UInt64(bitPattern: try row.checked("place_seed") as Int64)
        isBegun = try ["finished", "running"].contains(row.checked("state") as String)
        isOwn = try row.checked("imported") as Int == 0
        configuration = try? RunConfiguration(canonicalJSON: row.checked("configuration"))
        points = try row.checked("training_points")
    }

    /// Whether the two are one row's runs of two seeds.
    fileprivate func isOfOneRow(with other: RowMember) -> Bool {
        guard seed != other.seed else { return false }
        guard let configuration, let theirs = other.configuration else {
            // What is not read cannot be compared: such runs stay beside each other as they stood.
            return configuration == nil && other.configuration == nil
        }
        return configuration.isOfOneRow(with: theirs, ignoringSteps: hasBudget(of: other))
    }

    /// Whether both have trained on as many points, to within two steps': so it is where the budget was one in points.
    private func hasBudget(of other: RowMember) -> Bool {
        guard let points, let theirs = other.points, let steps = configuration?.steps,
            let theirSteps = other.configuration?.steps, steps > 0, theirSteps > 0
        else { return false }
        return abs(points - theirs) <= 2 * max(points / steps, theirs / theirSteps)
    }
}

extension ResultsDatabase {
    /// Runs in the row of `place` that make no row with `run`: another one at the place itself, and those of other options or data.
    /// - Parameter run: The id of a run that is there, whether or not it stands in the row.
    static func strangers(to run: String, at place: Membership, _ database: Database) throws -> [RowMember] {
        let seed = Int64(bitPattern: place.seed)
        let others = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT run.*, sweep_run.seed AS place_seed FROM sweep_run JOIN run ON run.id = sweep_run.run
                    WHERE sweep = ? AND scale = ? AND panel = ? AND row = ? AND run.id <> ?
                    """),
            arguments: [place.sweep, place.scale, place.panel, place.row, run])
        guard !others.isEmpty,
            let mine = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT *, ? AS place_seed FROM run WHERE id = ?"),
                arguments: [seed, run])
        else { return [] }
        let member = try RowMember(mine)
        return try others.map(RowMember.init).filter { !$0.isOfOneRow(with: member) }
    }

    /// Takes the places of `strangers` in the row of `place` away.
    static func remove(_ strangers: [RowMember], at place: Membership, _ database: Database) throws {
        for stranger in strangers {
            try database.cachedStatement(
                sql: """
                    DELETE FROM sweep_run WHERE sweep = ? AND scale = ? AND panel = ? AND row = ? AND run = ?
                    """
            ).execute(arguments: [place.sweep, place.scale, place.panel, place.row, stranger.id])
        }
    }
}
