/// What one call of a sweep works through.
///
/// The database keeps which runs make up a sweep's table; whoever enters the sweep with other settings or seeds changes
/// that. A call that is under way keeps to its own plan.
public struct SweepPlan: Sendable, Equatable {
    public let sweep: String
    public let scale: String
    /// Ids in the order of running, bases first, each once.
    public let runs: [String]

    /// The ids as a JSON array, for `json_each`.
    var json: String { "[" + runs.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
}
