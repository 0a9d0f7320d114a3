import Foundation
import Testing

@testable import Experiments

/// `rankbridge runs gc`.
@Suite("Garbage collection")
struct GarbageCollectionTests {
    @Test("models that a sweep still needs are no garbage, even where all models go")
    func neededModelsStay() throws {
        let results = try TemporaryResults(
            "{name: b, model: autoregressive, rows: [{row: ntp}, {row: other, steps: 7}]}")
        let plan = results.plan.runs
        #expect(plan.count == 3, "a base and two rows")
        let models = results.folder.model(plan[0]).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
        for id in plan { try Data([1]).write(to: results.folder.model(id)) }
        func garbage() throws -> Set<String> {
            let files = try results.folder.collectGarbage(results.database, allModels: true, dryRun: true)
            return Set(files.map { $0.deletingPathExtension().lastPathComponent })
        }
        #expect(try garbage().isEmpty, "none has finished")
        try results.finish(plan[0])
        try results.finish(plan[1])
        #expect(try garbage() == [plan[1]])
        try results.finish(plan[2])
        #expect(try garbage() == Set(plan))
    }

    @Test("a run that failed keeps its checkpoint, unless it would fail there again")
    func failedRunsKeepTheirCheckpoints() throws {
        let results = try TemporaryResults()
        let lease = RunLease()
        for id in results.plan.runs {
            #expect(try results.claim(lease)?.id == id)
            try results.database.fail(id, lease: lease, error: "full disk")
        }
        let files = results.plan.runs.map(results.folder.checkpoint)
        try FileManager.default.createDirectory(
            at: files[0].deletingLastPathComponent(), withIntermediateDirectories: true)
        for file in files { try Data([1]).write(to: file) }
        try results.execute("UPDATE run SET failed_step = 4 WHERE id = ?", [results.plan.runs[1]])
        let garbage = try results.folder.collectGarbage(results.database, allModels: false, dryRun: false)
        #expect(garbage.map(\.lastPathComponent) == [files[1].lastPathComponent])
        #expect(FileManager.default.fileExists(atPath: files[0].path))
    }
}
