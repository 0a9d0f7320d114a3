import ArgumentParser
import Experiments
import Foundation

struct ExportEvents: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-events",
        abstract:
            "Writes a sweep's finished runs as TensorBoard's event files: curves, and metrics at the last step.",
        discussion: "Look at them with `tensorboard --logdir DIR`.")

    @Argument(help: "The folder that gets one folder for each run.")
    var folder: String

    @Option(help: "The name of the sweep.")
    var sweep: String

    @Option(help: "The scale of the sweep: smoke, quick or full.")
    var scale = "quick"

    @OptionGroup var results: ResultsOptions

    func run() throws {
        let database = try results.readableDatabase()
        let count = try database.exportEvents(
            sweep: sweep, scale: scale, to: URL(fileURLWithPath: folder))
        print("\(count) runs written to \(folder)")
    }
}
