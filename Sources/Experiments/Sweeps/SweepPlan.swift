/// What one call of a sweep works through.
///
/// The database keeps which runs make up a sweep's table; whoever enters the sweep with other settings or seeds changes
/// that. A call that is under way keeps to its own plan.
public struct SweepPlan: Sendable, Equatable {
    /// The name of the sweep.
    public let sweep: String
    /// The scale at which it was entered.
    public let scale: String
    /// Ids in the order of running, each base before the rows that start from it, each once.
    public private(set) var runs: [String]
    /// Where each run stands in the sweep; runs of other plans, or published ones, may have taken its places since.
    var places: [String: [Membership]] = [:]
    /// Rows whose finished run has left the sweep because the data of its name are others now.
    public var rowsOfOtherData: [String] = []

    /// The ids as a JSON array, for `json_each`.
    var json: String { "[" + runs.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
}

extension SweepPlan {
    /// The plan with some of its runs alone, and the bases that they start from.
    ///
    /// - Parameter prefixes: The beginnings of their ids.
    /// - Throws: `ResultsError.unknownRun` or `.ambiguousRun` for what names no run of the plan, or several.
    public func narrowed(to prefixes: [String], in database: ResultsDatabase) throws -> SweepPlan {
        let wanted = try Self.ids(beginning: prefixes, among: database.runs(self).map { ($0.id, $0.baseRun) })
        var narrowed = self
        narrowed.runs = runs.filter(wanted.contains)
        return narrowed
    }

    /// The ids that begin so, and those of the bases that these runs start from.
    ///
    /// - Throws: As `narrowed(to:in:)`.
    public static func ids(
        beginning prefixes: [String], among runs: [(id: String, base: String?)]
    ) throws(ResultsError) -> Set<String> {
        var wanted: Set<String> = []
        for prefix in prefixes {
            let matches = runs.filter { !prefix.isEmpty && $0.id.hasPrefix(prefix.lowercased()) }
            guard let first = matches.first else { throw .unknownRun(prefix) }
            guard matches.count == 1 else { throw .ambiguousRun(prefix, matches: matches.map(\.id)) }
            wanted.insert(first.id)
            if let base = first.base { wanted.insert(base) }
        }
        return wanted
    }
}
