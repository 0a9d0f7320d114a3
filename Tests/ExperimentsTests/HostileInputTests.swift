import Foundation
import Options
import RankingData
import Tensors
import TestSupport
import Testing

@testable import Experiments

/// Ten thousand damaged files: each gives a typed error or a result, soon; a crash would end the test program.
@Suite("Hostile input")
struct HostileInputTests {
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("specs", arguments: ["table1.yaml", "figure4.yaml", "example-grid.yaml"])
    func specs(_ name: String) throws {
        let text = try Data(contentsOf: Self.repository.appendingPathComponent("experiments/\(name)"))
        let refused = try damage(text, 1000, isExpected: { $0 is SpecError }) { data in
            _ = try ExperimentSpec(
                text: String(decoding: data, as: UTF8.self),
                file: Self.repository.appendingPathComponent("experiments/\(name)").path
            ).points(scale: "full")
        }
        #expect(refused > 200, "the damage was seen in \(refused) of 1000")
    }

    @Test("WordNet's files", arguments: ["data.noun", "index.noun"])
    func wordNet(_ damaged: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var files: [String: Data] = [:]
        // The root and enough of what lies below it, with pointers that stay among the lines kept.
        files["data.noun"] = Data(
            """
              1 licence
            00000010 03 n 01 entity 0 001 ~ 00000020 n 0000 | all
            00000020 03 n 02 Thing 0 matter 0 001 @ 00000010 n 0000 | some
            00000030 03 n 01 thing 1 002 @ 00000010 n 0000 @i 00000020 n 0000 | other
            00000040 03 n 01 leaf 0 002 @ 00000010 n 0000 @ 00000030 n 0000 | last

            """.utf8)
        files["index.noun"] = Data(
            """
              1 licence
            entity n 1 1 ~ 1 0 00000010
            leaf n 1 1 @ 1 0 00000040
            matter n 1 1 @ 1 0 00000020
            thing n 2 1 @ 2 0 00000030 00000020

            """.utf8)
        for (name, data) in files { try data.write(to: folder.appendingPathComponent(name)) }
        let refused = try damage(files[damaged]!, 1500, isExpected: { $0 is WordNetError }) { data in
            try data.write(to: folder.appendingPathComponent(damaged))
            _ = try HypernymPaths(Taxonomy(wordNet: folder.path))
        }
        #expect(refused > 300, "the damage was seen in \(refused) of 1500")
    }

    @Test("a collection's TREC files, and a taxonomy", arguments: ["qrels", "queries", "documents", "edges"])
    func collections(_ damaged: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = [
            "qrels": "q1 0 d1 3\nq1 0 d2 1\nq1 0 d3 0\nq2 0 d3 2\nq2 0 d1 1\nq3 0 d2 1\nq3 0 d4 -1\n",
            "queries": "q1\tred shoes\nq2\tblue hat\nq3\tgr\u{fc}ne Jacke\n",
            "documents": "d1\tRunner, red\nd2\tSandal\nd3\tHat (blue)\nd4\tScarf\n",
            "edges":
                "deer\truminant\nruminant\tmammal\nbat\tmammal\nbat\tflier\nmammal\tanimal\nflier\tanimal\n",
        ]
        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
        for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: path(name))) }
        let splits = DataConfiguration(evaluationQueries: 1, developmentQueries: 0, source: "own")
        func isExpected(_ error: any Error) -> Bool { error is JudgmentsError || error is ConfigurationError }
        let refused = try damage(Data(files[damaged]!.utf8), 1000, isExpected: isExpected) { data in
            try data.write(to: URL(fileURLWithPath: path(damaged)))
            if damaged == "edges" {
                _ = try RankingTask(Taxonomy.read(edges: path("edges")).taxonomy, splits)
            } else {
                let read = try Judgments.read(
                    relevant: path("qrels"), queries: path("queries"), documents: path("documents"))
                _ = try RankingTask(read.judgments, splits)
            }
        }
        #expect(refused > 100, "the damage was seen in \(refused) of 1000")
    }

    @Test("published runs")
    func publishedRuns() throws {
        let source = try TemporaryResults()
        for point in source.points { try source.finish(point.configuration.identity) }
        let file = source.folder.published.appendingPathComponent("s-quick.jsonl")
        _ = try source.database.export(sweep: "s", scale: "quick", to: file)
        let target = try TemporaryResults("{name: t, model: cross-encoder}")
        let refused = try damage(
            Data(contentsOf: file), 2000, isExpected: { $0 is ResultsError || $0 is InputError }
        ) { data in
            try data.write(to: file)
            _ = try target.database.importRuns(from: file)
        }
        #expect(refused > 1000, "the damage was seen in \(refused) of 2000")
        let check = try target.database.read {
            try String.fetchOne($0, sql: "PRAGMA integrity_check")
        }
        #expect(check == "ok")
    }

    @Test("the capacity lab's measurements")
    func capacity() throws {
        let published = Self.repository.appendingPathComponent("results/published/capacity.jsonl")
        let lines = try String(contentsOf: published, encoding: .utf8).split(separator: "\n")
        let some = stride(from: 0, to: lines.count, by: 40).map { lines[$0] + "\n" }.joined()
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        let refused = try damage(
            Data(some.utf8), 1000, isExpected: { $0 is ResultsError || $0 is InputError }
        ) { data in
            try data.write(to: file)
            for measurement in try ResultsDatabase.publishedCapacity(in: file) {
                #expect((0...1).contains(measurement.share))
            }
        }
        #expect(refused > 500, "the damage was seen in \(refused) of 1000")
    }

    @Test("tensor files")
    func tensorFiles() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        let archive = TensorArchive(
            tensors: [
                "embeddings": .init(shape: [3, 2], values: [1, 2, 3, 4, 5, 6]),
                "mlp.0.bias": .init(shape: [4], values: [0, 1, 2, 3]),
            ], metadata: ["step": "7"])
        try archive.write(to: file)
        let refused = try damage(Data(contentsOf: file), 2000, isExpected: { $0 is TensorArchiveError }) {
            data in
            try data.write(to: file)
            _ = try TensorArchive(contentsOf: file)
        }
        #expect(refused > 1000, "the damage was seen in \(refused) of 2000")
    }
}
