import Foundation
import Tensors

/// The files of a results folder.
public struct ResultsFolder: Sendable {
    /// The folder, which holds results.db.
    public let root: URL

    /// The results folder at `root`, which need not be there yet.
    public init(_ root: URL) { self.root = root }

    public func model(_ run: String) -> URL { root.appendingPathComponent("models/\(run).safetensors") }
    public func checkpoint(_ run: String) -> URL {
        root.appendingPathComponent("checkpoints/\(run).safetensors")
    }
    /// Data imported under a name.
    public func data(_ name: String) -> URL { root.appendingPathComponent("data/\(name).json") }
    /// Embeddings and lists of nearest titles, which can be made again.
    public var cache: URL { root.appendingPathComponent("data/cache") }
    /// The folder of published runs, small enough to commit.
    public var published: URL { root.appendingPathComponent("published") }

    /// Removes what killed processes left of a run's checkpoint and model, each as large as the whole file may be.
    func removeAbandonedFiles(of run: String) {
        for file in [checkpoint(run), model(run)] {
            for left in TemporaryFile.abandoned(in: file.deletingLastPathComponent(), of: file) {
                try? FileManager.default.removeItem(at: left)
            }
        }
    }

    /// The file of the runs.
    public var database: URL { root.appendingPathComponent("results.db") }

    /// Copies the models of `runs` that `other` has, each whole or not at all.
    public func copyModels(_ runs: [String], from other: ResultsFolder) throws {
        for run in runs where FileManager.default.fileExists(atPath: other.model(run).path) {
            try FileFailure.naming(model(run)) {
                try FileManager.default.createDirectory(
                    at: model(run).deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(contentsOf: other.model(run), options: .mappedIfSafe)
                    // A model is as large as a gigabyte, so it is mapped and not read. Whole or not at all: a
                    // run looks for its file.
                    .write(to: model(run), options: .atomic)
            }
        }
    }

    /// A finished run's model.
    public func loadModel(_ run: String) throws -> TensorArchive {
        let file = model(run)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw ResultsError.noModel(run: run, file: file.path)
        }
        return try TensorArchive(contentsOf: file)
    }
}
