import ArgumentParser
import Capacity
import Experiments
import Foundation
import Reports

struct CapacityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capacity",
        abstract:
            "Measures what dual encoders and autoregressive rankers can express (the paper's section 3).",
        discussion: """
            Trains dual encoders of free vectors and small decoders on all k! orders of k documents, certifies which \
            orders vectors reach, and writes figures/capacity.{csv,md,svg}. What has been measured is not measured \
            again; an interrupted call goes on where it was.
            """)

    @Option(
        parsing: .unconditional, help: "The largest k, from 2 to 7, for which all k! orders are trained.",
        transform: TypedNumber("documents", in: 2...7).read)
    var documents = 7

    @Option(
        parsing: .unconditional,
        help: "The number of seeds, counted from 1, with which vectors are trained and drawn.",
        transform: TypedNumber("seeds", in: 1...100).read)
    var seeds = 3

    @Option(
        parsing: .unconditional, help: "How many measurements are made at once; no result depends on it.",
        transform: TypedNumber("threads", in: 1...256).read)
    var threads = max(1, ProcessInfo.processInfo.activeProcessorCount)

    @Flag(
        help:
            "Also write all measurements to RESULTS/published/capacity.jsonl, which `rankbridge runs import` reads."
    )
    var publish = false

    @OptionGroup var results: ResultsOptions

    func run() throws {
        let database = try results.database()
        let cells = CapacityLab(seeds: Array(1...seeds), mostDocuments: documents).cells
        Interruption.shared.listen()
        let runner = CapacityRunner(
            database: database, threads: threads, shouldStop: { Interruption.shared.signal != nil })
        let left = try runner.run(cells) { progress in CapacityCommand.show(progress) }
        guard left == 0 else {
            print("interrupted: \(left) of \(cells.count) measurements to do; the same command goes on")
            throw ExitCode(Interruption.shared.exitCode)
        }
        if publish { _ = try database.exportCapacity(to: results.folder.publishedCapacity) }
        let writer = ReportWriter(
            database: database, output: results.folder.root,
            experiments: URL(fileURLWithPath: "experiments"))
        for file in try writer.write(.capacity) { print(file.path) }
    }

    private static func show(_ progress: CapacityRunner.Progress) {
        let (measurement, cell) = (progress.measurement, progress.measurement.cell)
        let text =
            "\(progress.done)/\(progress.total)  \(cell.experiment.rawValue), \(cell.variant): "
            + "\(cell.documents) documents, dimension \(cell.dimension), seed \(cell.seed): "
            + "\(measurement.right) of \(measurement.orders) right\n"
        StandardError.write(text)
    }
}
