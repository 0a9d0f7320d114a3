import Experiments
import Foundation
import GRDB
import Testing

/// Data of the user's own: imported, then trained on by all three kinds of ranker.
@Suite struct ImportTests {
    /// 60 queries for products of 5 kinds; each query's three documents are those of its kind, in an order of its own.
    private func writeCollection(to folder: URL) throws {
        let kinds = ["red shoe", "blue hat", "green scarf", "warm coat", "wool sock"]
        var (queries, documents, qrels) = ("", "", "")
        for (kind, name) in kinds.enumerated() {
            for size in 0..<3 { documents += "d\(kind)-\(size)\t\(name), size \(size)\n" }
        }
        for query in 0..<60 {
            let kind = query % kinds.count
            queries += "q\(query)\t\(kinds[kind]) for visitor \(query)\n"
            for size in 0..<3 { qrels += "q\(query) 0 d\(kind)-\((size + query) % 3) \(3 - size)\n" }
        }
        for (name, text) in [("queries.tsv", queries), ("documents.tsv", documents), ("qrels.txt", qrels)] {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        }
    }

    @Test func allThreeRankersTrainOnAnImportedCollection() throws {
        let spec = SmallExperiment.oneOfEachKind
            .replacingOccurrences(
                of: "evaluationQueries: 60",
                with: "source: shop, evaluationQueries: 20, developmentQueries: 5"
            )
            .replacingOccurrences(of: ", trainingQueries: 2000", with: "")
            .replacingOccurrences(
                of: "dimension: 4, batch: 256, steps: 400",
                with: "dimension: 8, learningRate: 0.1, batch: 64, steps: 1500"
            )
            .replacingOccurrences(
                of: "dimension: 4, batch: 128, steps: 100",
                with: "dimension: 8, learningRate: 0.01, batch: 64, steps: 1500")
        let experiment = try SmallExperiment(spec)
        let early = try experiment.sweep()
        #expect(early.status == 1)
        #expect(early.standardError.contains("no data were imported as 'shop'"))
        #expect(early.standardError.contains("'wordnet'"), "the names that need no import are told")

        try writeCollection(to: experiment.folder)
        func path(_ name: String) -> String { experiment.folder.appendingPathComponent(name).path }
        let imported = try RankBridgeCommand.run([
            "data", "import", "shop", "--relevant", path("qrels.txt"), "--queries", path("queries.tsv"),
            "--documents", path("documents.tsv"), "--results", experiment.results.path,
        ])
        #expect(imported.status == 0, "\(imported.standardError)")
        #expect(imported.standardOutput.contains("query-document pairs 180"))

        let sweep = try experiment.sweep()
        #expect(sweep.status == 0, "\(sweep.standardError)")
        let rows = try experiment.rows(
            "SELECT model, value, n FROM run JOIN metric ON metric.run = run.id WHERE metric = 'R' AND k = 3 AND score = '' AND state = 'finished'"
        )
        #expect(rows.count == 4)
        #expect(rows.allSatisfy { $0["n"] == 20 })
        // The tables were trained on these queries; three of four candidates at random overlap by 3/4.
        let encoders = rows.filter { $0["model"] != "autoregressive" }
        #expect(encoders.allSatisfy { $0["value"] > 0.9 }, "\(encoders)")

        let run = try #require(
            try experiment.rows("SELECT run FROM sweep_run WHERE row = 'arr'").first?["run"] as String?)
        for query in ["q0", "red shoe for visitor 0"] {
            let ranked = try RankBridgeCommand.run(
                ["rank", "--run", run, "--results", experiment.results.path, query])
            #expect(ranked.status == 0, "\(ranked.standardError)")
            #expect(
                ranked.standardOutput.contains("red shoe, size 0 <documents> ")
                    || ranked.standardOutput.contains("<documents> red shoe, size"))
            for document in ["d0-0", "d0-1", "d0-2"] { #expect(ranked.standardOutput.contains(document)) }
        }

        // As many queries, with other documents.
        let others = (0..<80).map { "q\($0) 0 other\($0) 1\n" }.joined()
        try Data(others.utf8).write(to: experiment.folder.appendingPathComponent("other.txt"))
        _ = try RankBridgeCommand.run([
            "data", "import", "shop", "--relevant", path("other.txt"), "--results", experiment.results.path,
        ])
        let stale = try RankBridgeCommand.run(
            ["evaluate", "--run", run, "--results", experiment.results.path])
        #expect(stale.status == 1)
        #expect(stale.standardError.contains("other data"), "\(stale.standardError)")
    }

    @Test func aTaxonomyIsRankedLikeWordNet() throws {
        let experiment = try SmallExperiment(
            """
            name: own
            model: dual-encoder
            settings: {dimension: 8, learningRate: 0.1, batch: 64, steps: 3000, data: {source: kinds, evaluationQueries: 10, developmentQueries: 0, protocol: all}}
            """)
        // A binary tree of depth 6: entity i stands below i / 2.
        let edges = (2..<128).map { "kind \($0)\tkind \($0 / 2)\n" }.joined()
        let file = experiment.folder.appendingPathComponent("edges.tsv")
        try Data(edges.utf8).write(to: file)
        let imported = try RankBridgeCommand.run([
            "data", "import", "kinds", "--taxonomy", file.path, "--results", experiment.results.path,
        ])
        #expect(imported.status == 0, "\(imported.standardError)")
        #expect(imported.standardOutput.contains("path lengths        1 to 6"))
        #expect(try experiment.sweep().status == 0)
        let value =
            try experiment.rows("SELECT value FROM metric WHERE metric = 'nDCG'").first?["value"] as Double?
        #expect(try #require(value) > 0.9)
    }

    /// A chain of 46,342 entities has more pairs than memory holds: nothing that is there gives way to it.
    @Test func aTaxonomyThatNobodyCanRankIsNotImported() throws {
        let folder = try temporaryFolder()
        func imported(_ edges: String) throws -> RankBridgeCommand.Output {
            let file = folder.appendingPathComponent("edges.tsv")
            try Data(edges.utf8).write(to: file)
            return try RankBridgeCommand.run([
                "data", "import", "chain", "--taxonomy", file.path, "--results", folder.path,
            ])
        }
        #expect(try imported("bat\tmammal\n").status == 0)
        let data = folder.appendingPathComponent("data/chain.json")
        let before = try Data(contentsOf: data)
        let deep = try imported((1..<46_343).map { "e\($0)\te\($0 - 1)\n" }.joined())
        #expect(deep.status == 1 && deep.standardError.contains("it is too deep"), "\(deep.standardError)")
        #expect(try Data(contentsOf: data) == before)
    }

    @Test(arguments: ["wordnet", "../up", ""])
    func namesAreChecked(_ name: String) throws {
        let folder = try temporaryFolder()
        let file = folder.appendingPathComponent("edges.tsv")
        try Data("a\tb\n".utf8).write(to: file)
        let output = try RankBridgeCommand.run([
            "data", "import", name, "--taxonomy", file.path, "--results", folder.path,
        ])
        #expect(output.status == 1)
        #expect(output.standardError.contains("is no name for data"))
    }
}
