import ArgumentParser
import Experiments
import Foundation

struct MergeRuns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Takes into one results folder what others have: runs, measurements, places in sweeps.",
        discussion: """
            Finished runs replace failed and pending ones. A repeated merge changes nothing; a killed one goes on. If one \
            run's metrics differ anywhere, the differences are listed and nothing is merged.
            """)

    @Argument(
        help:
            "The results folder, or its results.db, that takes in the others. It is made if it is not there.")
    var into: String

    @Argument(
        help:
            "The results folders, or their results.db, that are taken in. This version of the program or an older one made them."
    )
    var from: [String]

    @Flag(help: "Also copy the models of the finished runs, where they are not there.")
    var models = false

    func validate() throws {
        guard !from.isEmpty else { throw ValidationError("name one results folder to merge, or more") }
        let target = Self.folder(into).root.resolvingSymlinksInPath().path
        for source in from where Self.folder(source).root.resolvingSymlinksInPath().path == target {
            throw ValidationError("\(source) would be merged into itself")
        }
    }

    func run() throws {
        let target = Self.folder(into)
        // Before the target, which is made where it is not there: a mistyped source leaves no new folder behind.
        let sources = try from.map { try ResultsDatabase(readOnly: Self.folder($0).database.path) }
        let folders = Dictionary(zip(sources.map(\.path), from.map(Self.folder))) { first, _ in first }
        let database = try ResultsDatabase(results: target.root)
        var failure: (any Error)?
        try database.merge(sources) { source, outcome in
            // The runs are merged by now, and other sources' models can still be copied: the first error is told at the
            // end.
            do {
                if models, let folder = folders[source.path] {
                    try target.copyModels(outcome.taken, from: folder)
                    try target.copyModels(
                        outcome.agreed.filter {
                            !FileManager.default.fileExists(atPath: target.model($0).path)
                        }, from: folder)
                }
            } catch { failure = failure ?? error }
            let lab = outcome.measurements
            print(
                "\(source.path): \(outcome.new) new, \(outcome.replaced) replaced, \(outcome.kept) kept"
                    + (lab > 0 ? "; \(lab) measurements of the capacity lab" : ""))
        }
        if let failure { throw failure }
    }

    /// The results folder that a path names, itself or by its database.
    private static func folder(_ path: String) -> ResultsFolder {
        let url = URL(fileURLWithPath: path)
        return ResultsFolder(url.lastPathComponent == "results.db" ? url.deletingLastPathComponent() : url)
    }
}
