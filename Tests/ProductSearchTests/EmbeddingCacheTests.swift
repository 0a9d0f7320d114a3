import Foundation
import LanguageModels
import Tensors
import Testing

@testable import ProductSearch

/// A folder that goes when the test does.
final class TemporaryFolder {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
    }
}

extension EmbeddingSource {
    var all: [Float] {
        get throws {
            let buffer = FloatBuffer(count: count * width)
            try read(0..<count, to: buffer.base)
            return buffer.array
        }
    }
}

@Suite struct EmbeddingCacheTests {
    static let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("LanguageModelsTests/Fixtures/tiny-bert").path

    let folder: TemporaryFolder
    let texts = (0..<9_000).map { "rain boots \($0 % 977) of \($0)" }

    init() throws { folder = try TemporaryFolder() }

    private func encoder(threads: Int) throws -> TextEncoder {
        try TextEncoder(folder: Self.model, workers: WorkerPool(threads: threads))
    }

    @Test func sameBitsForAnyThreadsAndAfterInterruption() throws {
        let whole = try EmbeddingCache(folder.url.appendingPathComponent("whole"), model: "tiny")
            .embeddings(of: texts, by: encoder(threads: 1)) { _, _ in true }
        let cache = EmbeddingCache(folder.url.appendingPathComponent("parts"), model: "tiny")
        let encoder = try encoder(threads: 2)
        #expect(throws: CancellationError.self) {
            try cache.embeddings(of: texts, by: encoder) { done, all in
                #expect(done == 4_096 && all == 9_000)
                return false
            }
        }
        var steps: [Int] = []
        let resumed = try cache.embeddings(of: texts, by: encoder) { done, _ in
            steps.append(done)
            return true
        }
        #expect(steps == [8_192, 9_000])
        #expect(try resumed.all == whole.all)
        #expect(resumed.fingerprint == whole.fingerprint)
        #expect(resumed.width == 32 && resumed.count == 9_000)
        let again = try cache.embeddings(of: texts, by: encoder) { _, _ in
            Issue.record("a block was made again")
            return true
        }
        #expect(try again.all == whole.all)
    }

    @Test func rowsAreReadAcrossBlocks() throws {
        let cached = try EmbeddingCache(folder.url, model: "tiny")
            .embeddings(of: texts, by: encoder(threads: 2)) { _, _ in true }
        let all = try cached.all
        let part = FloatBuffer(count: 5_000 * 32)
        try cached.read(3_000..<8_000, to: part.base)
        #expect(part.array == Array(all[(3_000 * 32)..<(8_000 * 32)]))
        let rows = [8_999, 0, 4_096, 17, 4_095]
        #expect(
            try cached.gathered(rows).array == rows.flatMap { Array(all[($0 * 32)..<(($0 + 1) * 32)]) })
    }

    @Test func aDamagedBlockIsMadeAgain() throws {
        let cache = EmbeddingCache(folder.url, model: "tiny")
        let few = Array(texts.prefix(50))
        let encoder = try encoder(threads: 1)
        let first = try cache.embeddings(of: few, by: encoder) { _, _ in true }.all
        let file = try #require(folder.names.first)
        let whole = try Data(contentsOf: folder.url.appendingPathComponent(file))
        var flipped = whole
        flipped[100] ^= 4
        for damaged in [flipped, whole.dropLast(), Data()] {
            try damaged.write(to: folder.url.appendingPathComponent(file))
            var made = 0
            let again = try cache.embeddings(of: few, by: encoder) { _, _ in
                made += 1
                return true
            }
            #expect(made == 1)
            #expect(try again.all == first)
        }
    }

    @Test func anotherModelOrTextIsAnotherBlock() throws {
        let encoder = try encoder(threads: 1)
        let few = Array(texts.prefix(3))
        for (model, texts) in [("a", few), ("b", few), ("a", ["x"] + few), ("a", few)] {
            _ = try EmbeddingCache(folder.url, model: model).embeddings(of: texts, by: encoder) { _, _ in
                true
            }
        }
        #expect(folder.names.count == 3)
    }

    @Test func whatKilledProcessesLeftIsRemoved() throws {
        let own = ProcessInfo.processInfo.processIdentifier
        for name in [".x.f32.4194304", ".y.i32.4194304", ".x.f32.\(own)", ".x.txt.4194304"] {
            try Data([1]).write(to: folder.url.appendingPathComponent(name))
        }
        BlockFile.removeAbandoned(in: folder.url)
        #expect(folder.names == [".x.f32.\(own)", ".x.txt.4194304"].sorted())
    }
}
