import ArgumentParser
import Experiments
import Foundation
import Reports

struct Runs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists, shows, compares, exports, imports and thins runs.",
        subcommands: [
            ListRuns.self, ShowRun.self, CompareRuns.self, ExportRuns.self, ImportRuns.self, MergeRuns.self,
            ExportEvents.self,
            CollectGarbage.self, DescribeColumns.self,
        ])
}

struct ListRuns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists runs, oldest first.")

    @Option(help: "List the runs of this sweep only.")
    var sweep: String?

    @Option(help: "List runs in this state only: pending, running, finished or failed.")
    var state: RunRecord.State?

    @OptionGroup var results: ResultsOptions

    func run() throws {
        let rows = try results.readableDatabase(creating: true).snapshot { snapshot in
            if let sweep { try snapshot.require(sweep: sweep) }
            return try snapshot.listing(state: state, sweep: sweep)
        }
        let columns = ResultsSnapshot.Listing.columns
        let table = [columns] + rows.map { $0.cells.map(Escaping.terminal) }
        let widths = columns.indices.map { column in (table.map { $0[column].count }.max() ?? 0) + 2 }
        for line in table {
            let text = zip(line, widths).map { Format.column($0, $1) }.joined()
            print(text.trimmingCharacters(in: .whitespaces))
        }
    }
}

struct ShowRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows all that is known of a run, and the command that repeats it.")

    @Argument(help: "The id of the run, or its first digits.")
    var id: String

    @OptionGroup var results: ResultsOptions

    func run() throws {
        let database = try results.readableDatabase()
        let record = try database.run(id)
        let (facts, metrics) = try database.snapshot {
            (try $0.facts(of: record.id), try $0.metrics(of: record.id))
        }
        for fact in facts { print(Format.column(fact.name, 22) + Escaping.terminal(fact.value)) }
        for place in try database.memberships(of: record.id) {
            let name = "\(place.sweep) \(place.scale) \(place.panel) \(place.row)"
            print(Format.column("stands in", 22) + Escaping.terminal(name))
        }
        for metric in metrics {
            let variant = metric.score.map { " (\($0))" } ?? ""
            print(
                Format.column("\(metric.split) \(metric.name)\(variant)", 22)
                    + Format.column(Format.percent(metric.value), 9)
                    + "[\(Format.percent(metric.low)), \(Format.percent(metric.high))]")
        }
        for (name, value) in record.configuration.options() {
            print(Format.column(name, 32) + Escaping.terminal(value))
        }
        let commands = record.configuration.repetition(results: results.path)
        let data = results.folder.data(record.configuration.data.source)
        let isThere = FileManager.default.fileExists(atPath: data.path)
        // Data of several sizes may have had one name, and a run on others is another run.
        let condition =
            commands.count == 1
            ? ""
            : ", once \(data.relativePath) \(isThere ? "holds" : "is there with") the data of that data_fingerprint,"
        print("\nrepeat in a results folder of its own\(condition) with")
        for command in commands { print("  \(command)") }
    }
}

struct ExportRuns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a sweep's finished runs to RESULTS/published/SWEEP-SCALE.jsonl.")

    @Option(help: "The name of the sweep.")
    var sweep: String

    @Option(help: "The scale of the sweep: smoke, quick or full.")
    var scale = "quick"

    @OptionGroup var results: ResultsOptions

    func run() throws {
        let file = results.folder.published.appendingPathComponent(
            Escaping.fileName("\(sweep)-\(scale)") + ".jsonl")
        let count = try results.readableDatabase().export(sweep: sweep, scale: scale, to: file)
        print("\(count) runs written to \(file.path)")
    }
}

struct ImportRuns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract:
            "Takes published runs into results.db, marked as imported; without files all of RESULTS/published."
    )

    @Argument(help: "Files that `rankbridge runs export` wrote.")
    var files: [String] = []

    @OptionGroup var results: ResultsOptions

    func run() throws {
        let database = try results.database()
        let published =
            (try? FileManager.default.contentsOfDirectory(atPath: results.folder.published.path)) ?? []
        let all =
            files.isEmpty
            ? published.filter { $0.hasSuffix(".jsonl") }.sorted()
                .map { results.folder.published.appendingPathComponent($0).path } : files
        guard !all.isEmpty else {
            throw ValidationError("there is no .jsonl file in \(results.folder.published.path)")
        }
        for file in all {
            let url = URL(fileURLWithPath: file)
            if url.lastPathComponent == results.folder.publishedCapacity.lastPathComponent {
                print("\(file): \(try database.importCapacity(from: url)) new measurements")
            } else {
                print("\(file): \(try database.importRuns(from: url)) new runs")
            }
        }
    }
}

struct DescribeColumns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "columns", abstract: "Prints what each column of results.db means, as Markdown.")

    func run() throws { print(try ResultsDatabase.columnDictionary(), terminator: "") }
}

struct CollectGarbage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Deletes models and checkpoints that no run of a sweep needs.")

    @Flag(help: "Delete the models of all finished runs, which can be trained again.")
    var allModels = false

    @Flag(help: "Say what would be deleted, and delete nothing.")
    var dryRun = false

    @OptionGroup var results: ResultsOptions

    func run() throws {
        let removed = try results.folder.collectGarbage(
            results.database(), allModels: allModels, dryRun: dryRun)
        for file in removed { print(file.path) }
        print("\(removed.count) files \(dryRun ? "would be" : "were") deleted")
    }
}

extension RunRecord.State: ExpressibleByArgument {}
