import ArgumentParser
import Experiments
import Foundation

/// A sweep's runs for machines that this process does not run on.
struct PlanOptions: ParsableArguments {
    @Option(
        name: .customLong("run"), parsing: .singleValue,
        help:
            "A run to do, with its base, named by the first digits of its id. May be repeated; without it all runs are done."
    )
    var runs: [String] = []

    @Option(
        name: .customLong("plan"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "Run nothing, but plan the sweep. `commands` prints a command for each open run, for GNU parallel and programs like "
                + "it, which are started from this folder; all work on one results folder. `slurm DIR` writes array jobs into DIR, and DIR/submit.sh, which submits "
                + "them; each task has a results folder of its own.",
            valueName: "commands|slurm DIR"))
    var plan: [String] = []

    @Option(
        parsing: .unconditional,
        help: "With --plan slurm, the number of runs that a task does; 10 if it is not given.",
        transform: TypedNumber("runs-per-task", in: 1...1_000_000).read)
    var runsPerTask: Int?

    @Option(
        parsing: .unconditional,
        help:
            "With --plan slurm, the minutes that a task may take before it is queued again; 240 if they are not given.",
        transform: TypedNumber("minutes", in: 1...1_000_000).read)
    var minutes: Int?

    @Option(
        parsing: .unconditional,
        help:
            "With --plan slurm, how many minutes before that limit a task writes its checkpoint; 5 if they are not given.",
        transform: TypedNumber("warning-minutes", in: 0...1_000_000).read)
    var warningMinutes: Int?

    /// What a plan for Slurm has, as the three options say or leave it.
    var limits: (runsPerTask: Int, minutes: Int, warningMinutes: Int) {
        (runsPerTask ?? 10, minutes ?? 240, warningMinutes ?? 5)
    }

    func validate() throws {
        guard plan.isEmpty || plan == ["commands"] || (plan.count == 2 && plan[0] == "slurm") else {
            throw ValidationError("--plan is `commands` or `slurm DIR`, not '\(plan.joined(separator: " "))'")
        }
        guard plan.first == "slurm" || [runsPerTask, minutes, warningMinutes].allSatisfy({ $0 == nil }) else {
            throw ValidationError("--runs-per-task, --minutes and --warning-minutes go with --plan slurm DIR")
        }
        guard limits.warningMinutes < limits.minutes else {
            throw ValidationError(
                "--minutes is \(limits.minutes) and --warning-minutes \(limits.warningMinutes): the warning comes first"
            )
        }
    }

    /// The plan with the runs that were asked for, and their bases, alone.
    func narrow(_ plan: SweepPlan, in database: ResultsDatabase) throws -> SweepPlan {
        try runs.isEmpty ? plan : plan.narrowed(to: runs, in: database)
    }
}

extension Sweep {
    /// Prints or writes what `--plan` asks for.
    func writePlan(_ plan: SweepPlan, in database: ResultsDatabase) throws {
        let kind = planning.plan
        // A base whose model is nowhere is trained once, by the first stage, and not by each task.
        if kind[0] == "slurm" { try database.reopenBases(plan, in: results.folder) }
        // One command a run; how many of them run at once is for the program that starts them to say.
        let cluster = try ClusterPlan(
            plan, in: database, runsPerTask: kind[0] == "slurm" ? planning.limits.runsPerTask : 1)
        guard kind[0] == "slurm" else {
            let folder = results.folder.root.path
            for run in cluster.runs {
                print(commandLine(threads: workers.threads).text(results: folder, run: run))
            }
            return
        }
        guard !cluster.runs.isEmpty else {
            print("nothing is left to run, so no plan was written")
            return
        }
        let limits = SlurmPlan.Limits(
            minutes: planning.limits.minutes, warningMinutes: planning.limits.warningMinutes,
            threads: workers.threads ?? 1)
        let script = try SlurmPlan(
            cluster, command: commandLine(threads: limits.threads), program: Self.program,
            results: results.folder.root, limits: limits
        ).write(to: URL(fileURLWithPath: kind[1]), from: database)
        let tasks = cluster.stages.reduce(0) { $0 + $1.count }
        print("\(cluster.runs.count) runs in \(tasks) tasks; submit them with\n  \(shellQuoted(script.path))")
    }

    /// This sweep's command with absolute paths, without its results folder and runs.
    private func commandLine(threads: Int?) -> SweepCommandLine {
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }
        var arguments = [
            Self.program, "sweep", absolute(spec), "--scale", scale,
            "--wordnet", absolute(inputs.wordNet.folder), "--models", absolute(inputs.models.path),
        ]
        for row in rows { arguments += ["--row", row] }
        for setting in settings { arguments += ["--set", setting] }
        if let threads { arguments += ["--threads", String(threads)] }
        return SweepCommandLine(arguments)
    }

    /// The file of this program.
    private static var program: String {
        Bundle.main.executableURL?.resolvingSymlinksInPath().path ?? CommandLine.arguments[0]
    }
}
