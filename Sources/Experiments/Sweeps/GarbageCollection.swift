import Foundation
import Tensors

extension ResultsFolder {
    /// Deletes checkpoints of runs that do not go on from them, and models of runs that stand in no sweep
    /// (with `allModels` those of all finished runs but the bases that other runs are still to start from), and what killed processes left of either.
    ///
    /// - Returns: The files that were, or with `dryRun` would be, deleted.
    public func collectGarbage(_ database: ResultsDatabase, allModels: Bool, dryRun: Bool) throws -> [URL] {
        let (allOfModels, allOfCheckpoints) = (try files(in: "models"), try files(in: "checkpoints"))
        // Asked after the folders were read, so that the runs of all these files are known.
        let (open, bases, kept) = try database.keptRuns()
        // A run that is under way may have written its model and be about to say so.
        let needed = allModels ? open.union(bases) : open.union(bases).union(kept)
        let models = allOfModels.filter { !needed.contains(Self.run($0)) }
        let checkpoints = allOfCheckpoints.filter { !open.contains(Self.run($0)) }
        let abandoned = ["checkpoints", "models"].flatMap {
            TemporaryFile.abandoned(in: root.appendingPathComponent($0))
        }
        let garbage = models + checkpoints + abandoned
        guard !dryRun else { return garbage }
        return try garbage.filter { file in
            do { try FileManager.default.removeItem(at: file) } catch CocoaError.fileNoSuchFile {
                // A run that has just finished removes its checkpoint itself.
                return false
            }
            return true
        }
    }

    private func files(in name: String) throws -> [URL] {
        let folder = root.appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            // A name with a dot before it is of a file that is still being written.
            .filter { $0.pathExtension == "safetensors" && !$0.lastPathComponent.hasPrefix(".") }
            .sorted { $0.path < $1.path }
    }

    private static func run(_ file: URL) -> String { file.deletingPathExtension().lastPathComponent }
}
