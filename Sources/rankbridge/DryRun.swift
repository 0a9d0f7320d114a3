import Experiments
import Foundation

/// What a sweep would do.
struct DryRun {
    let database: ResultsDatabase
    let points: [SweepPoint]

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
        var total: Double? = 0
        for run in planned {
            // An error says that no such run has been entered.
            let state = (try? database.run(run.configuration.identity).state.rawValue) ?? "new"
            let estimate = state == "finished" ? 0 : try database.estimatedSeconds(run.configuration)
            // One unknown time makes the sum unknown.
            total = total.flatMap { sum in estimate.map { sum + $0 } }
            let time =
                state == "finished"
                ? "cached" : estimate.map { "about " + Format.duration($0) } ?? "time unknown"
            print(
                Format.column(run.row, 32) + Format.column(String(run.configuration.identity.prefix(12)), 14)
                    + Format.column("\(run.configuration.steps) steps", 14) + Format.column(state, 10) + time)
        }
        print(
            "\(planned.count) runs, \(total.map { "about " + Format.duration($0) + " left" } ?? "time left unknown")"
        )
    }
}
