import Foundation

/// A sweep's open runs, cut up for machines that share no database: first the runs that others start from, then all
/// others, several a task.
public struct ClusterPlan: Sendable, Equatable {
    /// Runs that others start from, and then the rest; each a list of tasks, each of them run ids in the order of
    /// running.
    public let stages: [[[String]]]
    /// Finished runs that some of these start from.
    public let finishedBases: [String]
    /// The sweep, and its scale.
    let sweep: String
    let scale: String

    /// - Parameters:
    ///   - plan: The sweep as it was entered. Runs that are finished or failed are left out.
    ///   - runsPerTask: At least 1.
    public init(_ plan: SweepPlan, in database: ResultsDatabase, runsPerTask: Int) throws {
        precondition(runsPerTask >= 1, "runsPerTask must be at least 1, is \(runsPerTask)")
        let runs = try database.runs(plan)
        let bases = Set(runs.compactMap(\.baseRun))
        let openRuns = runs.filter { $0.state == .pending || $0.state == .running }
        let open = openRuns.map(\.id)
        let needed = Set(openRuns.compactMap(\.baseRun))
        finishedBases = runs.filter { $0.state == .finished && needed.contains($0.id) }.map(\.id)
        (sweep, scale) = (plan.sweep, plan.scale)
        let stages = [open.filter(bases.contains), open.filter { !bases.contains($0) }]
        self.stages = stages.map { ids in
            stride(from: 0, to: ids.count, by: runsPerTask).map {
                Array(ids[$0..<min($0 + runsPerTask, ids.count)])
            }
        }
    }

    /// All ids, bases first.
    public var runs: [String] { stages.joined().flatMap { $0 } }
}

/// What each run of a cluster plan is started with.
public struct SweepCommandLine: Sendable {
    /// The program and what it is given, up to the results folder.
    public let arguments: [String]

    /// - Parameter arguments: Paths among them should be absolute: whoever runs the command stands elsewhere.
    public init(_ arguments: [String]) { self.arguments = arguments }

    /// The command that does one run, with its base if that is not done, for a shell.
    public func text(results: String, run: String) -> String {
        (arguments + ["--results", results, "--run", String(run.prefix(12))]).map(shellQuoted)
            .joined(separator: " ")
    }

    /// The command up to its results folder, for a shell.
    public var text: String { arguments.map(shellQuoted).joined(separator: " ") }
}

/// `text` as one word of a POSIX shell.
public func shellQuoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
            || "-_./=,:+@%".utf8.contains($0)
    }
    return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}
