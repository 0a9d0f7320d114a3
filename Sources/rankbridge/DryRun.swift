import Experiments
import Foundation

/// What a sweep would do.
struct DryRun {
    let database: ResultsDatabase
    let folder: ResultsFolder
    let points: [SweepPoint]
    let mode: Sweep.Mode
    /// The beginnings of the ids of the runs that were asked for; none: all.
    let runs: [String]

    private struct Planned {
        var row: String
        var configuration: RunConfiguration
    }

    func printPlan() throws {
        var planned: [Planned] = []
        var seen: Set<String> = []
        for point in points {
            if let base = point.configuration.baseRun, seen.insert(base.identity).inserted {
                planned.append(Planned(row: "base", configuration: base))
            }
            if seen.insert(point.configuration.identity).inserted {
                planned.append(Planned(row: point.row, configuration: point.configuration))
            }
        }
        if !runs.isEmpty {
            let wanted = try SweepPlan.ids(
                beginning: runs,
                among: planned.map { ($0.configuration.identity, $0.configuration.baseRun?.identity) })
            planned.removeAll { !wanted.contains($0.configuration.identity) }
        }
        let states = try planned.map { try state(of: $0.configuration) }
        // Bases that rows are still to start from; the sweep makes those anew whose model is nowhere.
        let needed = Set(
            zip(planned, states).compactMap { run, state in
                state == .finished && mode != .force ? nil : run.configuration.baseRun?.identity
            })
        var total: Double? = 0
        for (run, state) in zip(planned, states) {
            let id = run.configuration.identity
            let lacksModel =
                needed.contains(id) && !FileManager.default.fileExists(atPath: folder.model(id).path)
            let left: String? =
                switch state {
                case .finished where mode != .force && !lacksModel: "cached"
                case .failed where mode == .cached: "left alone"
                default: nil
                }
            let estimate = left == nil ? try database.estimatedSeconds(run.configuration) : 0
            // One unknown time makes the sum unknown.
            total = total.flatMap { sum in estimate.map { sum + $0 } }
            let time = left ?? estimate.map { "about " + Format.duration($0) } ?? "time unknown"
            print(
                Format.column(run.row, 32) + Format.column(String(run.configuration.identity.prefix(12)), 14)
                    + Format.column("\(run.configuration.steps) steps", 14)
                    + Format.column(state?.rawValue ?? "new", 10) + time)
        }
        print(
            "\(planned.count) runs, \(total.map { "about " + Format.duration($0) + " left" } ?? "time left unknown")"
        )
    }

    /// nil for a run that has not been entered.
    private func state(of run: RunConfiguration) throws -> RunRecord.State? {
        do {
            return try database.run(run.identity).state
        } catch ResultsError.unknownRun {
            return nil
        }
    }
}
