import ArgumentParser
import Experiments
import Foundation

/// What a run that is started here and now would have recorded as its environment.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract:
            "Prints what computes here: the sources' commit, the processor, the library of matrix products.")

    func run() throws {
        let environment = RunEnvironment.current(threads: ProcessInfo.processInfo.activeProcessorCount)
        let commit = environment.commit ?? "unknown, as the program lies in no clone"
        let facts = [
            ("commit", commit + (environment.dirty == true ? ", with changes" : "")),
            ("processor", environment.cpu),
            ("threads", "\(environment.threads)"),
            ("products", environment.blas),
        ]
        for (name, value) in facts { print(Format.column(name, 12) + value) }
    }
}
