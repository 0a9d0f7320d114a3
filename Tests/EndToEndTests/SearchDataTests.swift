import Experiments
import Foundation
import GRDB
import Tensors
import Testing

/// Product search by the built command: titles, queries and embeddings of the user's own, through to trained rankers.
@Suite struct SearchDataTests {
    let experiment: SmallExperiment

    init() throws { experiment = try SmallExperiment(SearchDataTests.spec) }

    /// A ranker that writes docIDs and one that looks its documents up, on imported product search.
    static let spec = """
        name: search
        parts:
          - model: autoregressive
            settings:
              data: {source: shop, evaluationQueries: 20, developmentQueries: 5}
              decoder: {vocabulary: 400, width: 16, layers: 1, heads: 2, keyValueHeads: 1, headDimension: 8, feedForward: 32}
              steps: 6
              queriesPerBatch: 4
              base: {steps: 6, queriesPerBatch: 4}
              evaluation: {cutoffs: [1, 2, 5]}
            rows:
              - {row: ntp, loss: {lambda: top1, targets: onehot}}
              - {row: trie_b2, loss: {lambda: top1, targets: trie, beta: 2}}
        """

    private func path(_ name: String) -> String { experiment.folder.appendingPathComponent(name).path }

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: experiment.folder.appendingPathComponent(name))
    }

    /// Rows of random numbers as NumPy writes them.
    static func writeEmbeddings(_ rows: Int, to path: String, width: Int = 16) throws {
        let file = URL(fileURLWithPath: path)
        var stream = RandomStream(seed: 2, name: file.lastPathComponent)
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(width)), }"
        while (header.utf8.count + 11) % 64 != 0 { header += " " }
        header += "\n"
        var data = Data(
            [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8))
        for _ in 0..<(rows * width) {
            withUnsafeBytes(of: stream.normal().bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
        try data.write(to: file)
    }

    /// 200 titles, two of three kept by the filter, one without text; 60 queries, two of them the same.
    private func writeCollection() throws {
        let titles = (0..<200).map { title in
            let text = title == 7 ? "null" : "\"USB cable number \(title) of \(title % 9) metres\""
            return #"{"id": "B\#(title)", "text": \#(text), "keep": \#(title % 3 != 0)}"#
        }
        let queries = (0..<60).map { #"{"id": \#($0), "text": "cable \#($0 == 9 ? "8" : String($0))"}"# }
        try write(titles.joined(separator: "\n") + "\n", "titles.jsonl")
        try write(queries.joined(separator: "\n") + "\n", "queries.jsonl")
        try Self.writeEmbeddings(199, to: path("titles.npy"))
        try Self.writeEmbeddings(59, to: path("queries.npy"))
    }

    private func importTitles(_ more: [String] = []) throws -> RankBridgeCommand.Output {
        try RankBridgeCommand.run(
            [
                "data", "titles", "--name", "shop", "--titles", path("titles.jsonl"), "--queries",
                path("queries.jsonl"), "--ranks", "9", "--step", "10", "--atoms", "12", "--results",
                experiment.results.path,
            ] + more)
    }

    private var embeddings: [String] {
        ["--embeddings", path("titles.npy") + "," + path("queries.npy")]
    }

    @Test func ownTitlesAreImportedAndRanked() throws {
        try writeCollection()
        let imported = try importTitles(embeddings)
        #expect(imported.status == 0, "\(imported.standardError)")
        for line in [
            "titles               199, 0 of them as another", "queries              59",
            "1 titles and 0 queries without text",
            "1 queries that have the id of an earlier one or say what it does",
            "imported as 'shop'",
        ] {
            #expect(imported.standardOutput.contains(line), "\(line) in \(imported.standardOutput)")
        }
        // No list has 10 of 9 ranks; of two or three documents that share a docID, half or a third is right.
        let references = imported.standardOutput.split(separator: "\n").filter { $0.hasPrefix("  ") }
        let ceiling = try #require(references.last { $0.hasPrefix("  ceiling") }?.split(separator: " "))
        #expect(ceiling.count == 8 && Double(ceiling[1]) ?? 0 > 95 && ceiling.suffix(3) == ["-", "-", "-"])
        let sweep = try experiment.sweep()
        #expect(sweep.status == 0, "\(sweep.standardError)")
        let rows = try experiment.rows(
            """
            SELECT metric, k, value, n FROM run JOIN metric ON metric.run = run.id
            WHERE state = 'finished' AND split = 'evaluation' AND score = ''
            """)
        #expect(rows.contains { $0["metric"] == "R" && $0["k"] == 5 && ($0["value"] as Double) > 0 })
        #expect(!rows.contains { $0["metric"] == "CVR" }, "there is no negative")
        let sizes = try experiment.rows(
            "SELECT bin, count FROM task_statistic WHERE statistic = 'documents_per_query' AND split = 'evaluation'"
        )
        #expect(sizes.reduce(0) { $0 + ($1["count"] as Int) } == 20)
        #expect(sizes.allSatisfy { ($0["bin"] as Int) <= 9 })
    }

    @Test func sameDataForAnyNumberOfThreads() throws {
        try writeCollection()
        var files: [Data] = []
        for threads in ["1", "2"] {
            let arguments = embeddings + ["--threads", threads, "--docids", "learned", "--title-words", "3"]
            let imported = try importTitles(arguments)
            #expect(imported.status == 0, "\(imported.standardError)")
            #expect(imported.standardOutput.contains(" of them cut"))
            let folder = experiment.results.appendingPathComponent("data")
            let name = try #require(
                FileManager.default.contentsOfDirectory(atPath: folder.path).first { $0.hasPrefix("shop") })
            files.append(try Data(contentsOf: folder.appendingPathComponent(name)))
            try FileManager.default.removeItem(at: experiment.results)
        }
        #expect(files[0] == files[1], "the files' bytes are equal")
    }

    /// DocIDs are made without asking whether to go on, so an interrupt is heeded as soon as they are.
    @Test func anInterruptWhileDocIDsAreMadeImportsNothing() throws {
        let titles = (0..<8_000).map { #"{"id": \#($0), "text": "cable \#($0)"}"# }
        try write(titles.joined(separator: "\n") + "\n", "titles.jsonl")
        try write(
            (0..<20).map { #"{"id": \#($0), "text": "q\#($0)"}"# }.joined(separator: "\n") + "\n",
            "queries.jsonl")
        try Self.writeEmbeddings(8_000, to: path("titles.npy"), width: 64)
        try Self.writeEmbeddings(20, to: path("queries.npy"), width: 64)
        let running = try RankBridgeCommand.start(
            [
                "data", "titles", "--name", "shop", "--titles", path("titles.jsonl"), "--queries",
                path("queries.jsonl"),
                "--ranks", "9", "--step", "10", "--docids", "residual-kmeans", "--atoms", "2000", "--results",
                experiment.results.path,
            ] + embeddings)
        let lists = experiment.results.appendingPathComponent("data/cache/lists").path
        let deadline = Date().addingTimeInterval(120)
        while running.isRunning,
            (try? FileManager.default.contentsOfDirectory(atPath: lists))?.isEmpty ?? true
        {
            try #require(Date() < deadline, "no lists within two minutes")
            Thread.sleep(forTimeInterval: 0.005)
        }
        running.send(SIGINT)
        let output = try running.wait()
        #expect(output.status == 130 && output.standardError.contains("the same command goes on from here"))
        let data = experiment.results.appendingPathComponent("data/shop.json").path
        #expect(!FileManager.default.fileExists(atPath: data))
    }

    @Test func whatCannotBeUsedIsNamed() throws {
        try writeCollection()
        func refused(_ arguments: [String], _ words: String) throws {
            let output = try importTitles(arguments)
            #expect(output.status != 0)
            #expect(output.standardError.contains(words), "\(words) in \(output.standardError)")
        }
        try refused(embeddings + ["--atoms", "500"], "500 different titles")
        try refused(embeddings + ["--ranks", "101"], "there are 199 titles")
        try refused(embeddings + ["--docids", "best"], "random-titles")
        try refused(embeddings + ["--nonzeros", "9"], "nonzeros is 9")
        try refused(["--embeddings", path("titles.npy")], "does not name two files")
        let swapped = path("queries.npy") + "," + path("titles.npy")
        try refused(["--embeddings", swapped], "has 59 rows, the collection has 199 titles")
        let noModel = ["--models", path("none")]
        try refused(noModel, "rankbridge model fetch minilm")
        // All of this is found before the model is opened, and long before titles are embedded.
        try refused(noModel + ["--atoms", "500"], "the dictionary's atoms need 500 different titles")
        try refused(noModel + ["--docids", "residual-kmeans", "--atoms", "500"], "the clusters need 500")
        try refused(noModel + ["--ranks", "101"], "there are 199 titles")
        try refused(noModel + ["--name", "wordnet"], "'wordnet' is no name for data")
        try refused(noModel + ["--name", "a/b"], "'a/b' is no name for data")
        try Data(contentsOf: URL(fileURLWithPath: path("titles.npy"))).dropLast(4)
            .write(to: URL(fileURLWithPath: path("short.npy")))
        try refused(["--embeddings", path("short.npy") + "," + path("queries.npy")], "do not fill the shape")
        var numbers = try Data(contentsOf: URL(fileURLWithPath: path("titles.npy")))
        numbers.replaceSubrange((numbers.count - 4)..., with: [0, 0, 0xC0, 0x7F])
        try numbers.write(to: URL(fileURLWithPath: path("nan.npy")))
        try refused(
            ["--embeddings", path("nan.npy") + "," + path("queries.npy")], "row 198 of \(path("nan.npy"))")
        try write("{\"id\": 1}\n", "queries.jsonl")
        try refused(embeddings, #"queries.jsonl:1: expected a "text""#)
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
        for part in ["products", "examples"] {
            try write(pointer, "shopping_queries_dataset_\(part).parquet")
        }
        let output = try RankBridgeCommand.run(["data", "esci", experiment.folder.path])
        #expect(output.status != 0 && output.standardError.contains("git lfs pull"))
    }
}
