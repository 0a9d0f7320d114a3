/// What can be wrong with a results folder or what is asked of it.
public enum ResultsError: Error, Equatable, CustomStringConvertible {
    case newerDatabase(path: String)
    case notWritable(path: String, reason: String)
    case noDatabase(path: String)
    case nameWithNUL(String)
    case unknownRun(String)
    case ambiguousRun(String, matches: [String])
    case unknownValue(run: String, column: String, value: String, known: [String])
    case malformedRun(run: String, reason: String)
    /// A column holds a value of a type that the program never writes there; `run` is the row's run, if it has one.
    case wrongType(run: String?, column: String, value: String)
    case notFinished(run: String, state: String)
    case noModel(run: String, file: String)
    case unknownQuery(String, example: String)
    case nothingToExport(sweep: String, scale: String)
    case malformedExport(file: String, line: Int, reason: String)
    case conflictingMetrics([MergeConflict])
    case usedPlan(folder: String)

    public var description: String {
        switch self {
        case .newerDatabase(let path):
            "\(path) was written by a newer version of rankbridge: update this one, or use another --results folder"
        case .notWritable(let path, let reason):
            "\(path) cannot be opened for writing (\(reason)): is its disk read-only, or its folder not yours? "
                + "name another with --results"
        case .noDatabase(let path):
            "there is no \(path): run a sweep or `rankbridge runs import` first, or name another results folder with --results"
        case .nameWithNUL(let name):
            "the name \(name.debugDescription) holds the character NUL, which no name of a sweep or a row can"
        case .unknownRun(let id): "no run's id begins with '\(id)': see rankbridge runs list"
        case .ambiguousRun(let id, let matches):
            "'\(id)' could be \(matches.map { String($0.prefix(12)) }.joined(separator: ", ")): give more of the id"
        case .unknownValue(let run, let column, let value, let known):
            "run \(run.prefix(12)) has the \(column) '\(value)', which this version does not know (it knows "
                + "\(known.joined(separator: ", "))): was results.db written by another version?"
        case .malformedRun(let run, let reason):
            "run \(run.prefix(12)) has a configuration that cannot be read: \(reason)"
        case .wrongType(let run, let column, let value):
            (run.map { "run \($0.prefix(12))" } ?? "a row of results.db")
                + " has \(value) in the column \(column), where a value of another type belongs: was it changed by hand?"
        case .notFinished(let run, let state): "run \(run.prefix(12)) is \(state), not finished"
        case .noModel(let run, let file):
            "run \(run.prefix(12)) has no model at \(file): it was imported or thinned by gc; "
                + "rankbridge runs show \(run.prefix(12)) has the command that trains it in a results folder of its own"
        case .unknownQuery(let name, let example):
            "'\(name)' is no query of this run's task: one of them is \(example)"
        case .nothingToExport(let sweep, let scale):
            "sweep '\(sweep)' has no finished run at scale '\(scale)'"
        case .malformedExport(let file, let line, let reason): "\(file):\(line): \(reason)"
        case .conflictingMetrics(let conflicts):
            "nothing was merged, because \(conflicts.count) metrics or orders differ for the same run: "
                + conflicts.prefix(10).map(\.description).joined(separator: "; ")
                + (conflicts.count > 10 ? "; ..." : "")
        case .usedPlan(let folder):
            "\(folder) holds a plan already, whose tasks may be queued or have brought work back: merge that with "
                + "\(folder)/merge.sh, and name another folder"
        }
    }
}
