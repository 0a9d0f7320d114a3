import Foundation
import LanguageModels
import Tensors
import Testing

@testable import Experiments

@Suite("Embeddings of a collection that are kept for the next run")
struct CachedTextEncoderTests {
    private static let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("LanguageModelsTests/Fixtures/tiny-bert").path

    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let texts = (0..<5_000).map { "rain boots \($0)" }

    private func encoder(fewestKept: Int, shouldStop: @escaping @Sendable () -> Bool) throws
        -> CachedTextEncoder
    {
        CachedTextEncoder(
            try TextEncoder(folder: Self.model, workers: WorkerPool(threads: 1)), folder: folder,
            fingerprint: "tiny", fewestKept: fewestKept, shouldStop: shouldStop)
    }

    private var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

    @Test("what was embedded before a stop is kept, and the next call ends it")
    func aStopKeepsBlocks() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let firstBlock = folder
        let stopped = try encoder(fewestKept: 5_000) {
            FileManager.default.fileExists(atPath: firstBlock.path)
        }
        #expect(throws: CancellationError.self) { try stopped.embed(texts) }
        #expect(files.count == 1)
        let kept = try encoder(fewestKept: 5_000) { false }.embed(texts)
        #expect(files.count == 2)
        let plain = try TextEncoder(folder: Self.model, workers: WorkerPool(threads: 1)).embed(texts)
        let difference = zip(kept.array, plain.array).map { abs($0 - $1) }.max() ?? 1
        #expect(kept.count == plain.count && difference < 1e-6)
    }

    @Test("few texts are not kept")
    func fewTextsAreNotKept() throws {
        #expect(try encoder(fewestKept: 5_001) { false }.embed(texts).count == 5_000 * 32)
        #expect(files.isEmpty)
    }

    @Test("a run that is stopped before its texts are embedded is free again")
    func stoppedRunsAreFree() throws {
        let data = try SmallData(
            "model: text-similarity\nscales: {quick: {measure: encoder, encoder: \(Self.model)}}")
        let lease = RunLease()
        let run = try #require(try data.database.claim(data.plan, lease: lease))
        let stopped = try data.executor(lease, shouldStop: { true }).execute(run) { _ in }
        guard case .interrupted = stopped else {
            Issue.record("\(stopped)")
            return
        }
        #expect(try data.results.state(run.id) == .pending)
        let (again, executor) = try #require(try data.claimed())
        guard case .finished = try executor.execute(again, progress: { _ in }) else {
            Issue.record("\(again.id) goes on")
            return
        }
    }
}
