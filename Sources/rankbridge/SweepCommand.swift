import ArgumentParser
import Experiments
import Foundation
import Reports

struct Sweep: ParsableCommand {
    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case cached, retry, force
    }

    static let configuration = CommandConfiguration(
        abstract: "Runs an experiment: every run of a YAML spec that is not finished yet.",
        discussion: """
            Several calls may work on one results folder at once; each run is done once. An interrupted or killed \
            sweep goes on where it was. With --mode retry failed runs are tried again, with --mode force finished \
            ones too.
            """)

    @Argument(help: "The spec, for example experiments/table1.yaml.")
    var spec: String

    @Option(help: "The budget: smoke (minutes), quick (up to an hour and a half) or full (the paper's own).")
    var scale = "quick"

    @Option(
        name: .customLong("row"), parsing: .singleValue,
        help:
            "A row to run, with its base. With axes of --set, a row's name stands for all of its points. May be repeated; without it all rows of the spec are run."
    )
    var rows: [String] = []

    @OptionGroup var planning: PlanOptions
    @OptionGroup var workers: WorkerOptions

    @Flag(help: "Enter the runs and print their ids, for export-job, and run nothing.")
    var enterOnly = false

    @Flag(
        help: "Say what would run, what is finished already and how long the rest may take, and run nothing.")
    var dryRun = false

    @Option(
        help:
            "Which runs are done: those that have neither finished nor failed (cached), the failed ones too (retry), or all (force)."
    )
    var mode: Mode = .cached

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help:
            "An option for all runs (name=value), or one more axis of the grid (name=v1,v2). May be repeated."
    )
    var settings: [String] = []

    @OptionGroup var results: ResultsOptions
    @OptionGroup var inputs: InputOptions

    func validate() throws {
        guard [enterOnly, dryRun, !planning.plan.isEmpty].count(where: \.self) <= 1 else {
            throw ValidationError(
                "--enter-only, --dry-run and --plan are each in place of running: give one of them")
        }
        guard !enterOnly || mode == .cached else {
            throw ValidationError("--mode says which runs are done, and --enter-only does none")
        }
    }

    func run() throws {
        let spec = try ExperimentSpec(contentsOf: spec)
        let library = inputs.open(results)
        let all = try spec.points(scale: scale, overrides: settings)
        let asked = Set(try wanted(all).map(\.row))
        let points = try all.compactMap { point in
            // Rows that nobody asked for may lack their data or their model.
            asked.contains(point.row) ? try library.resolve(point) : try library.resolveIfThere(point)
        }
        let wanted = points.filter { asked.contains($0.row) }
        let database = try results.database()
        if dryRun {
            try DryRun(
                database: database, folder: results.folder, points: wanted, mode: mode, runs: planning.runs
            ).printPlan()
            return
        }
        // All points are entered, because the sweep's table shows all rows; the plan has those that were asked for.
        let plan = try planning.narrow(
            database.enter(
                spec, scale: scale, points: points, wanted: wanted,
                keeping: Set(all.map { [$0.panel, $0.row] }).subtracting(points.map { [$0.panel, $0.row] })),
            in: database)
        if !plan.rowsOfOtherData.isEmpty {
            let rows = plan.rowsOfOtherData.joined(separator: ", ")
            StandardError.write(
                "the data have changed since these rows' runs finished, so they are to be run again: \(rows). "
                    + "Data made as they were bring the finished runs back.\n")
        }
        if enterOnly {
            for point in wanted {
                print(Format.column(point.row, 32) + point.configuration.identity.prefix(12))
            }
            return
        }
        if mode != .cached {
            try database.reopen(plan, force: mode == .force, in: results.folder)
        }
        if !planning.plan.isEmpty {
            try writePlan(plan, in: database)
            return
        }
        let session = SweepSession(
            database: database, folder: results.folder, inputs: library, options: workers.options,
            experiments: papersFolder,
            // Forced once more, it would begin anew with what has finished by then.
            continuation: mode == .force ? "the same command without --mode force" : "the same command")
        try session.run(plan, reports: planning.runs.isEmpty)
    }

    /// The spec's own folder, where the paper's numbers lie beside it: then a sweep works from any folder.
    private var papersFolder: URL {
        let folder = URL(fileURLWithPath: spec).deletingLastPathComponent()
        let hasPaper = FileManager.default.fileExists(atPath: folder.appendingPathComponent("paper").path)
        return hasPaper ? folder : URL(fileURLWithPath: "experiments")
    }

    /// The points of the rows that were asked for. With axes more, a spec's row is many; its name stands for all of them.
    private func wanted(_ points: [SweepPoint]) throws -> [SweepPoint] {
        guard !rows.isEmpty else { return points }
        let known = Set(points.map(\.row))
        var asked: Set<String> = []
        for row in rows {
            let matching = known.contains(row) ? [row] : known.filter { $0.hasPrefix(row + ",") }
            guard !matching.isEmpty else {
                throw ValidationError("--row \(row): the rows are \(known.sorted().joined(separator: " "))")
            }
            asked.formUnion(matching)
        }
        return points.filter { asked.contains($0.row) }
    }
}

/// A sweep on the terminal: progress, reports as rows end, the exit code.
struct SweepSession {
    let database: ResultsDatabase
    let folder: ResultsFolder
    let inputs: InputLibrary
    let options: SweepRunner.Options
    /// The folder that holds paper/tableN.csv.
    var experiments = URL(fileURLWithPath: "experiments")
    /// What goes on with a sweep that was interrupted.
    var continuation = "the same command"
    /// What tries failed runs again.
    var retrying = "--mode retry"

    /// - Parameter reports: Whether the sweep's table or figure is written after each run.
    func run(_ plan: SweepPlan, reports: Bool = true) throws {
        let printer = ProgressPrinter(jobs: options.jobs)
        let report = reports ? ReportCatalogue.report(ofSweep: plan.sweep) : nil
        let writer = ReportWriter(database: database, output: folder.root, experiments: experiments)
        let turn = NSLock()
        Interruption.shared.listen()
        let runner = SweepRunner(
            database: database, folder: folder, inputs: inputs, options: options,
            shouldStop: { Interruption.shared.signal != nil }
        ) { event in
            printer.hear(event)
            guard case .finished = event, let report else { return }
            // A report can be written again at any time, and is no reason to stop training.
            // Of two runs that end at once, each would write the same temporary file.
            do { try turn.withLock { _ = try writer.write(report, scale: plan.scale) } } catch {
                StandardError.write("the report was not written: \(error)\n")
            }
        }
        let outcome = try runner.run(plan)
        try finish(outcome, plan.sweep)
    }

    private func finish(_ outcome: SweepOutcome, _ sweep: String) throws {
        if outcome.interrupted {
            print(
                "interrupted: \(outcome.finished) finished, \(outcome.unfinished) to do; \(continuation) goes on"
            )
            throw ExitCode(Interruption.shared.exitCode)
        }
        print(
            "\(sweep): \(outcome.finished) finished, \(outcome.failed) failed, \(outcome.unfinished) not run")
        if outcome.failed > 0 || outcome.unfinished > 0 {
            print("rankbridge runs list --state failed shows why; \(retrying) tries again")
            throw ExitCode.failure
        }
    }
}
