import Experiments
import Foundation
import Testing

/// A collection with ids, texts and docIDs of its own, from its files to what the command writes of it.
@Suite struct CollectionTests {
    /// 30 queries for 9 products of 3 kinds; texts and docIDs are not ids, and ids are what only bytes tell apart.
    private static let documentIDs = (0..<9).map { ["sku é-", "sku e\u{301}-", "水/"][$0 % 3] + "\($0)" }

    private func importedCollection() throws -> SmallExperiment {
        let experiment = try SmallExperiment(
            SmallExperiment.oneOfEachKind
                .replacingOccurrences(
                    of: "evaluationQueries: 60",
                    with: "source: shop, evaluationQueries: 12, developmentQueries: 3"
                )
                .replacingOccurrences(of: ", trainingQueries: 2000", with: "")
                .replacingOccurrences(of: "steps: 400", with: "steps: 20")
                .replacingOccurrences(of: "steps: 150", with: "steps: 5")
                .replacingOccurrences(of: "steps: 100", with: "steps: 20"))
        var files = ["documents.jsonl": "", "queries.tsv": "\u{feff}qid\tquery\r\n", "qrels.tsv": ""]
        for (place, id) in Self.documentIDs.enumerated() {
            files["documents.jsonl"]! +=
                #"{"id": "\#(id)", "text": "a thing of kind \#(place % 3), colour \#(place / 3)", "docid": "thing \#(place)"}"#
                + "\n"
        }
        for query in 0..<30 {
            files["queries.tsv"]! += "Q-\(query)\tkind \(query % 3) for visitor \(query)\r\n"
            for grade in 0..<3 {
                let document = Self.documentIDs[query % 3 + 3 * ((grade + query) % 3)]
                files["qrels.tsv"]! += "Q-\(query)\t0\t\(document)\t\(3 - grade)\n"
            }
        }
        for (name, text) in files {
            try Data(text.utf8).write(to: experiment.folder.appendingPathComponent(name))
        }
        func path(_ name: String) -> String { experiment.folder.appendingPathComponent(name).path }
        let imported = try RankBridgeCommand.run([
            "data", "import", "shop", "--relevant", path("qrels.tsv"), "--queries", path("queries.tsv"),
            "--documents", path("documents.jsonl"), "--results", experiment.results.path,
        ])
        try #require(imported.status == 0, "\(imported.standardError)")
        #expect(imported.standardOutput.contains("1 header line was skipped"))
        let sweep = try experiment.sweep()
        try #require(sweep.status == 0, "\(sweep.standardError)")
        return experiment
    }

    private func bytes(_ texts: some Sequence<String>) -> Set<[UInt8]> { Set(texts.map { Array($0.utf8) }) }

    @Test func theUsersIDsComeBack() throws {
        let experiment = try importedCollection()
        for model in ["dual-encoder", "cross-encoder", "autoregressive"] {
            let run = try #require(
                try experiment.rows(
                    "SELECT id FROM run WHERE state = 'finished' AND model = '\(model)' AND id IN (SELECT run FROM sweep_run WHERE row IN ('de', 'ce', 'arr'))"
                ).first?["id"] as String?)
            let folder = experiment.folder.appendingPathComponent("trec-\(model)")
            let evaluated = try RankBridgeCommand.run([
                "evaluate", "--run", run, "--trec", folder.path, "--results", experiment.results.path,
            ])
            try #require(evaluated.status == 0, "\(evaluated.standardError)")
            func column(_ name: String, _ index: Int) throws -> [String] {
                let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
                return text.split(separator: "\n").map {
                    $0.split(separator: " ", omittingEmptySubsequences: false).map(String.init)[index]
                }
            }
            // A blank in an id is no blank in TREC's files.
            let ids = bytes(Self.documentIDs.map { $0.replacingOccurrences(of: " ", with: "%20") })
            for (name, width) in [("run.txt", 6), ("qrels-gains.txt", 4), ("qrels-ranks.txt", 4)] {
                #expect(try column(name, width - 1).count == 48)
                #expect(bytes(try column(name, 0)).count == 12)
                #expect(try column(name, 0).allSatisfy { $0.hasPrefix("Q-") })
                #expect(bytes(try column(name, 2)).isSubset(of: ids))
            }
            let header = try String(
                contentsOf: folder.appendingPathComponent("ir_metadata.txt"), encoding: .utf8)
            #expect(header.hasPrefix("# ir_metadata.start\n# tag: \"\(run.prefix(12))\"\n"), "\(header)")
            let query = try column("run.txt", 0)[0]
            let ranked = try RankBridgeCommand.run(
                ["rank", "--run", run, "--results", experiment.results.path, query])
            #expect(ranked.status == 0, "\(ranked.standardError)")
            let shown = ranked.standardOutput.split(separator: "\n").suffix(4)
            #expect(shown.allSatisfy { line in Self.documentIDs.contains { line.hasSuffix($0) } }, "\(shown)")
        }
    }

    @Test func scoresGoThroughPipesLinksAndStreams() throws {
        let experiment = try importedCollection()
        let run = try #require(
            try experiment.rows("SELECT run FROM sweep_run WHERE row = 'de'").first?["run"] as String?)
        func arguments(_ path: String) -> [String] {
            ["evaluate", "--run", run, "--results", experiment.results.path, "--scores", path]
        }
        func path(_ name: String) -> String { experiment.folder.appendingPathComponent(name).path }
        #expect(try RankBridgeCommand.run(arguments(path("plain"))).status == 0)
        let expected = try Data(contentsOf: URL(fileURLWithPath: path("plain")))
        #expect(expected.count { $0 == 0x0A } == 49)

        try #require(mkfifo(path("pipe"), 0o600) == 0)
        let writing = try RankBridgeCommand.start(arguments(path("pipe")))
        let pipe = try #require(FileHandle(forReadingAtPath: path("pipe")))
        #expect(try pipe.readToEnd() == expected)
        #expect(try writing.wait().status == 0)

        try #require(symlink(path("target"), path("link")) == 0)
        #expect(try RankBridgeCommand.run(arguments(path("link"))).status == 0)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path("link")) == path("target"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path("target"))) == expected)

        // What was printed before stays before it.
        let printed = try RankBridgeCommand.run(arguments("/dev/stdout"))
        #expect(printed.standardOutput.hasPrefix("CVR"))
        #expect(printed.standardOutput.hasSuffix(String(decoding: expected, as: UTF8.self)))
        let refused = try RankBridgeCommand.run(arguments("/dev/full"))
        #expect(refused.status == 1 && refused.standardError.contains("/dev/full: No space left on device"))
    }
}
