import Foundation
import GRDB
import Testing

/// A small sweep of Table 1, run once for all tests of this file.
private let swept = Result {
    let experiment = try SmallExperiment(SmallExperiment.table1)
    return (experiment: experiment, output: try experiment.sweep())
}

@Suite struct SweepTests {
    @Test func trainsEveryRowAndWritesTheTable() throws {
        let (experiment, output) = try swept.get()
        #expect(output.status == 0, "\(output.standardError)")
        let states = try experiment.rows("SELECT state, count(*) AS runs FROM run GROUP BY state")
        #expect(states.map { $0["state"] as String } == ["finished"])
        #expect(states.map { $0["runs"] as Int } == [4], "three rows and their base")

        let lines = try experiment.text("tables/smoke/table1.csv").split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        #expect(lines.count == 13, "the paper's twelve rows, run or not")
        for line in lines.dropFirst() {
            let number = Double(line[5])
            let isRun = ["ntp", "frac_a2", "trie_b2"].contains(line[0])
            #expect(
                isRun ? (0...100).contains(number ?? -1) : line[5].isEmpty, "CVR of \(line[0]): '\(line[5])'")
            #expect(line[lines[0].firstIndex(of: "scale")!] == (isRun ? "smoke" : ""))
        }
        #expect(try experiment.text("tables/smoke/table1.md").contains("rows finished: 3 of 12"))
    }

    /// One evaluation measures the mean, which the configuration names, and beside it the other scores.
    @Test func everyScoreOfADocumentIsMeasured() throws {
        let experiment = try swept.get().experiment
        let rows = try experiment.rows(
            "SELECT score, count(*) AS count, sum(metric = 'invalid') AS writing FROM metric GROUP BY score ORDER BY score"
        )
        #expect(rows.map { $0["score"] as String } == ["", "counted", "sum"])
        #expect(
            rows.map { $0["writing"] as Int } == [4, 0, 0], "what is written does not depend on the score")
        let counts = rows.map { $0["count"] as Int }
        #expect(counts[1] == counts[0] - 4 && counts[2] == counts[1])
        let values = try experiment.rows(
            """
            SELECT metric.run, metric.score, metric.value, avg(query_value.value) AS mean, count(*) AS n
            FROM metric JOIN run ON run.id = metric.run
                JOIN query_value ON query_value.run = run.number AND query_value.metric = metric.metric
                    AND query_value.k = metric.k AND query_value.score = metric.score
            WHERE metric.metric = 'nDCG' GROUP BY metric.run, metric.score
            """)
        #expect(values.count == 12)
        for row in values {
            #expect(abs((row["value"] as Double) - (row["mean"] as Double)) < 1e-12 && row["n"] == 60)
        }
        #expect(Set(values.map { $0["value"] as Double }).count > 4, "scores order documents differently")
    }

    @Test func aSecondCallTrainsNothing() throws {
        let experiment = try swept.get().experiment
        let before = try experiment.rows("SELECT id, attempt, started, ended FROM run ORDER BY id")
        let again = try experiment.sweep()
        #expect(again.status == 0)
        #expect(again.standardError.contains("4 finished already"))
        #expect(try experiment.rows("SELECT id, attempt, started, ended FROM run ORDER BY id") == before)
        let plan = try experiment.sweep(["--dry-run"])
        #expect(plan.standardOutput.components(separatedBy: "cached").count == 5, "\(plan.standardOutput)")
        let forced = try experiment.sweep(["--dry-run", "--mode", "force"]).standardOutput
        #expect(!forced.contains("cached") && forced.contains("4 runs, about"), "\(forced)")
        let id = try #require(
            try experiment.rows("SELECT run FROM sweep_run WHERE row = 'ntp'").first?["run"] as String?)
        let one = try experiment.sweep(["--dry-run", "--run", String(id.prefix(8))]).standardOutput
        #expect(one.contains("2 runs, about 0 s left"), "a row and its base: \(one)")
    }

    /// A base whose model is gone is trained again where a row needs it, and a dry run says so.
    @Test func aDryRunKnowsWhatBasesLack() throws {
        let experiment = try SmallExperiment(SmallExperiment.table1)
        #expect(try experiment.sweep(["--row", "frac_a2"]).status == 0)
        let base = try #require(
            try experiment.rows("SELECT run FROM sweep_run WHERE row = 'base'").first?["run"] as String?)
        func line() throws -> String {
            let plan = try experiment.sweep(["--dry-run"]).standardOutput
            return try #require(plan.split(separator: "\n").first { $0.hasPrefix("base ") }.map(String.init))
        }
        #expect(try line().contains("cached"))
        try FileManager.default.removeItem(
            at: experiment.results.appendingPathComponent("models/\(base).safetensors"))
        #expect(try !line().contains("cached") && line().contains("about"))
    }

    /// A row and its base; the others are entered, and a later call runs them.
    @Test func rowsMayBeRunAlone() throws {
        let experiment = try SmallExperiment(SmallExperiment.table1)
        let first = try experiment.sweep(["--row", "frac_a2"])
        #expect(first.status == 0, "\(first.standardError)")
        let finished = """
            SELECT row FROM sweep_run JOIN run ON run.id = run WHERE state = 'finished' ORDER BY row
            """
        #expect(try experiment.rows(finished) == [["row": "base"], ["row": "frac_a2"]])
        #expect(try experiment.rows("SELECT 1 FROM run WHERE state = 'pending'").count == 2)
        let unknown = try experiment.sweep(["--row", "frac_a2", "--row", "frac_a9"])
        #expect(unknown.status == 64 && unknown.standardError.contains("the rows are frac_a2 ntp trie_b2"))
        #expect(try experiment.sweep().status == 0)
        #expect(try experiment.rows(finished).count == 4)
    }

    /// A row needs its own data, and leaves in the sweep what another call did with data that are gone.
    @Test func rowsNeedTheirOwnDataAlone() throws {
        let experiment = try SmallExperiment(
            """
            name: two
            model: random
            settings: {data: {evaluationQueries: 20, developmentQueries: 10}}
            rows: [{row: here}, {row: elsewhere, data: {source: shop}}]
            """)
        let missing = try experiment.sweep()
        #expect(missing.status == 1 && missing.standardError.contains("no data were imported as 'shop'"))
        #expect(try experiment.sweep(["--row", "here"]).status == 0)
        let memberships =
            "SELECT row FROM sweep_run JOIN run ON run.id = run WHERE state = 'finished' ORDER BY row"
        #expect(try experiment.rows(memberships) == [["row": "here"]])

        let qrels = experiment.folder.appendingPathComponent("qrels.txt")
        let lines = (0..<60).flatMap { query in (0..<3).map { "q\(query) 0 d\((query + $0) % 60) \(3 - $0)" }
        }
        try Data(lines.joined(separator: "\n").utf8).write(to: qrels)
        let results = ["--results", experiment.results.path]
        #expect(
            try RankBridgeCommand.run(["data", "import", "shop", "--relevant", qrels.path] + results).status
                == 0)
        #expect(try experiment.sweep().status == 0)
        try FileManager.default.removeItem(at: experiment.results.appendingPathComponent("data/shop.json"))
        let planned = try experiment.sweep(["--row", "here", "--mode", "force", "--plan", "commands"])
        #expect(
            planned.standardOutput.contains("--row here"), "\(planned.standardOutput)\(planned.standardError)"
        )
        #expect(try experiment.sweep(["--row", "here"]).status == 0)
        #expect(try experiment.rows(memberships) == [["row": "elsewhere"], ["row": "here"]])
    }

    @Test func everyQueryOfTheReadmeAnswers() throws {
        let experiment = try swept.get().experiment
        let readme = try String(
            contentsOf: RankBridgeCommand.repository.appendingPathComponent("README.md"), encoding: .utf8)
        let queries = readme.components(separatedBy: "```sql\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(queries.count == 6)
        for query in queries { #expect(!(try experiment.rows(query).isEmpty), "no row: \(query)") }
    }

    @Test func theScoresGiveTheMetrics() throws {
        let experiment = try swept.get().experiment
        let run = try #require(
            try experiment.rows(
                """
                SELECT run, value FROM metric JOIN sweep_run USING (run)
                WHERE row = 'frac_a2' AND metric = 'R' AND k = 1 AND split = 'evaluation' AND score = ''
                """
            ).first)
        let file = experiment.folder.appendingPathComponent("scores.tsv")
        let output = try RankBridgeCommand.run([
            "evaluate", "--run", String((run["run"] as String).prefix(12)), "--scores", file.path,
            "--results",
            experiment.results.path,
        ])
        #expect(output.status == 0, "\(output.standardError)")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst()
        var best: [Substring: (rank: Substring, score: Float)] = [:]
        for line in lines {
            let cells = line.split(separator: "\t")
            let score = try #require(Float(cells[3]))
            if score > best[cells[0]]?.score ?? -.infinity { best[cells[0]] = (cells[2], score) }
        }
        #expect(best.count == 60)
        let hits = best.values.filter { $0.rank == "1" }.count
        #expect(abs(Double(hits) / 60 - (run["value"] as Double)) < 1e-12)
    }

    @Test func whatARowCouldComeToAndHowSureItIsArePrinted() throws {
        let experiment = try swept.get().experiment
        let run = try #require(try experiment.rows("SELECT run FROM sweep_run WHERE row = 'ntp'").first)
        let output = try RankBridgeCommand.run([
            "evaluate", "--run", run["run"], "--optimum", "--by-margin", "3", "--results",
            experiment.results.path,
        ])
        #expect(output.status == 0, "\(output.standardError)")
        let alongAnother = try RankBridgeCommand.run([
            "evaluate", "--run", run["run"], "--optimum", "--scoring", "greedy-path", "--results",
            experiment.results.path,
        ])
        #expect(
            alongAnother.status == 64 && alongAnother.standardError.contains("add --scoring own-path"),
            "\(alongAnother.standardError)")
        let parts = output.standardOutput.components(
            separatedBy: "of the model that the loss is least with:\n")
        #expect(parts.count == 2)
        let best = try #require(parts.last?.split(separator: "\n").first { $0.hasPrefix("R@1 ") })
        #expect(best.hasPrefix("R@1         100.00"), "\(best)")
        let groups = output.standardOutput.split(separator: "\n").filter {
            $0.contains(" to ") && !$0.contains("[")
        }
        #expect(groups.map { $0.dropFirst(18).prefix(2) } == ["20", "20", "20"], "\(output.standardOutput)")
    }

    @Test func ranksAQueryWithItsGoldRanks() throws {
        let experiment = try swept.get().experiment
        let run = try #require(try experiment.rows("SELECT run FROM sweep_run WHERE row = 'ntp'").first)
        let output = try RankBridgeCommand.run([
            "rank", "--run", run["run"], "deer.n.01", "--results", experiment.results.path,
        ])
        #expect(output.status == 0, "\(output.standardError)")
        for name in ["ruminant.n.01", "even-toed_ungulate.n.01", "entity.n.01", "negative"] {
            #expect(output.standardOutput.contains(name), "no \(name) in: \(output.standardOutput)")
        }
    }

    @Test func comparesTwoRunsQueryByQuery() throws {
        let experiment = try swept.get().experiment
        let ids = try experiment.rows(
            "SELECT run FROM sweep_run WHERE row IN ('ntp', 'trie_b2') ORDER BY row"
        ).map { $0["run"] as String }
        let output = try RankBridgeCommand.run(
            ["runs", "compare", ids[0], ids[1], "--queries", "3", "--results", experiment.results.path])
        #expect(output.status == 0, "\(output.standardError)")
        let lines = output.standardOutput.split(separator: "\n").map(String.init)
        let row = try #require(lines.first { $0.hasPrefix("nDCG ") })
        let means = try ids.map { id in
            try #require(
                try experiment.rows(
                    "SELECT value FROM metric WHERE run = '\(id)' AND metric = 'nDCG' AND score = ''"
                )
                .first?["value"]
                    as Double?)
        }
        let cells = row.split(separator: " ").map(String.init)
        let expected = means + [means[0] - means[1]]
        #expect(Array(cells[1...3]) == expected.map { String(format: "%.2f", 100 * $0) })
        #expect(cells.count == 9, "interval and three p values: \(row)")
        #expect(lines.contains("loss.targets: onehot / trie"))
        #expect(lines.contains { $0.hasPrefix("recall@1") && $0.hasSuffix("unpaired") })
        let same = try RankBridgeCommand.run(
            ["runs", "compare", ids[0], ids[0], "--results", experiment.results.path])
        #expect(same.standardOutput.contains("[0.00, 0.00]        1.0000    1.0000"))
        #expect(!same.standardOutput.contains("differ"))
    }

    @Test func publishedRunsComeBackElsewhere() throws {
        let experiment = try swept.get().experiment
        let export = try RankBridgeCommand.run([
            "runs", "export", "--sweep", "table1", "--scale", "smoke", "--results", experiment.results.path,
        ])
        #expect(export.status == 0, "\(export.standardError)")
        let elsewhere = try SmallExperiment(SmallExperiment.table1)
        let file = experiment.results.appendingPathComponent("published/table1-smoke.jsonl")
        for arguments in [["runs", "import", file.path], ["report", "table1"]] {
            let output = try RankBridgeCommand.run(arguments + ["--results", elsewhere.results.path])
            #expect(output.status == 0, "\(output.standardError)")
        }
        #expect(try elsewhere.text("tables/smoke/table1.csv") == experiment.text("tables/smoke/table1.csv"))
        #expect(try elsewhere.sweep().standardError.contains("4 finished already"))
    }

    @Test func claimsAreNotRunWhereTheirRowsAreNot() throws {
        let experiment = try swept.get().experiment
        let output = try RankBridgeCommand.run(["report", "claims", "--results", experiment.results.path])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(
            try experiment.text("tables/smoke/claims.md").contains("no finished run of a/arr, a/ce, a/de_n32")
        )
    }
}

@Suite struct OwnSweepTests {
    @Test func aGridOfTenLinesGivesAHeatMap() throws {
        let experiment = try SmallExperiment(
            """
            name: mine
            model: dual-encoder
            settings: {steps: 3, batch: 64, data: {evaluationQueries: 40, protocol: all}}
            grid: {dimension: [2, 4], alpha: [0, 1]}
            """)
        let output = try experiment.sweep(["--jobs", "2"])
        #expect(output.status == 0, "\(output.standardError)")
        let report = try RankBridgeCommand.run([
            "report", "mine", "--metric", "nDCG", "--results", experiment.results.path,
        ])
        let csv = try experiment.text("tables/smoke/mine-nDCG.csv").split(separator: "\n")
        #expect(csv.count == 5)
        #expect(csv[0].hasPrefix("alpha,dimension,nDCG,"))
        // Without gnuplot the tables are there all the same, and the message says what is not.
        let hasPicture = FileManager.default.fileExists(
            atPath: experiment.results.appendingPathComponent("figures/smoke/mine-nDCG.svg").path)
        #expect(report.status == 0 ? hasPicture : report.standardError.contains("gnuplot-nox"))
    }
}
