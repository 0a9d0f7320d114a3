import Foundation
import Testing

/// `rank` on a collection so small that the decoder has ids without a piece.
@Suite struct FreeDecodingTests {
    private static let titles = [
        "hose 10 m green", "hose 20 m black", "ladder four steps", "ladder eight steps", "shelf wide",
        "shelf narrow", "lamp red", "lamp white", "blanket grey", "knife serrated", "bell brass",
        "pegs set of ten",
    ]

    @Test func aBeamWritesWhatHasAText() throws {
        let experiment = try SmallExperiment(
            """
            name: shop
            model: autoregressive
            settings:
              data: {source: shop, evaluationQueries: 2, developmentQueries: 0}
              decoder: {vocabulary: 4096, width: 16, layers: 1, heads: 2, keyValueHeads: 1, headDimension: 8, feedForward: 32}
              steps: 3
              queriesPerBatch: 8
              base: {steps: 0}
            """)
        func path(_ name: String) -> String { experiment.folder.appendingPathComponent(name).path }
        // One that no query has, with the docID of each first document, stands before them all.
        let shared = Self.titles.enumerated().map { "s\($0)\t\($1)\n" }.joined()
        let documents = shared + Self.titles.enumerated().map { "d\($0)\t\($1)\n" }.joined()
        let queries = (0..<8).map { "q\($0)\tsomething for visitor \($0)\n" }.joined()
        let qrels = (0..<8).map { "q\($0) 0 d\($0) 2\nq\($0) 0 d\($0 + 1) 1\nq\($0) 0 d\($0 + 3) 0\n" }
            .joined()
        for (name, text) in [("queries.tsv", queries), ("documents.tsv", documents), ("qrels.txt", qrels)] {
            try Data(text.utf8).write(to: experiment.folder.appendingPathComponent(name))
        }
        let imported = try RankBridgeCommand.run([
            "data", "import", "shop", "--relevant", path("qrels.txt"), "--queries", path("queries.tsv"),
            "--documents", path("documents.tsv"), "--results", experiment.results.path,
        ])
        #expect(imported.status == 0, "\(imported.standardError)")
        #expect(try experiment.sweep().status == 0)
        let run = try #require(try experiment.rows("SELECT run FROM sweep_run").first?["run"] as String?)
        for query in 0..<8 {
            for (width, decode) in [
                ("1", "free"), ("5", "free"), ("200", "free"), ("5", "corpus"), ("200", "corpus"),
                ("3", "candidates"),
            ] {
                let output = try RankBridgeCommand.run([
                    "rank", "--run", run, "--results", experiment.results.path, "--beam", width, "--decode",
                    decode, "something for visitor \(query)",
                ])
                #expect(output.status == 0, "\(output.standardError)")
                #expect(output.standardOutput.contains("written"))
                let lines = output.standardOutput.split(separator: "\n")
                let own = lines.first { $0.hasSuffix(" " + Self.titles[query]) }
                let gold = own?.split(separator: " ").dropFirst().first
                #expect(own == nil || gold == "1", "\(output.standardOutput)")
                // As wide as the corpus, a beam over it writes every docID.
                #expect(width != "200" || decode == "free" || own != nil)
            }
        }
        let alone = try RankBridgeCommand.run([
            "rank", "--run", run, "--results", experiment.results.path, "--decode", "free",
            "something for visitor 1",
        ])
        #expect(alone.status == 64 && alone.standardError.contains("--decode goes with --beam"))
    }
}
