import Foundation
import GRDB
import Testing

@testable import Experiments

@Suite struct BadInputTests {
    /// Fails with a message that has all of `parts`, without crashing.
    private func expectRefusal(
        _ output: RankBridgeCommand.Output, _ parts: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            output.status > 0 && output.status < 128, "status \(output.status)",
            sourceLocation: sourceLocation)
        for part in parts {
            #expect(
                output.standardError.contains(part), "no '\(part)' in: \(output.standardError)",
                sourceLocation: sourceLocation)
        }
        let lines = output.standardError.split(separator: "\n")
        #expect(
            lines.count <= 6, "one clear message, not \(lines.count) lines", sourceLocation: sourceLocation)
    }

    @Test func missingWordNet() throws {
        let output = try SmallExperiment(SmallExperiment.table1).sweep(["--wordnet", "/nonexistent"])
        expectRefusal(output, ["/nonexistent/index.noun", "wordnet-base", "--wordnet"])
    }

    @Test func truncatedWordNet() throws {
        let folder = try temporaryFolder()
        let source = URL(fileURLWithPath: "/usr/share/wordnet")
        try FileManager.default.copyItem(
            at: source.appendingPathComponent("index.noun"), to: folder.appendingPathComponent("index.noun"))
        let whole = try Data(contentsOf: source.appendingPathComponent("data.noun"))
        try whole.prefix(1_000_003).write(to: folder.appendingPathComponent("data.noun"))
        let output = try RankBridgeCommand.run(["data", "wordnet", "--wordnet", folder.path])
        expectRefusal(output, [folder.appendingPathComponent("data.noun").path + ":", "truncated"])
    }

    /// Each size is legal, all together are no machine's.
    @Test func aDecoderLargerThanTheMachine() throws {
        let results = try temporaryFolder().path
        let output = try RankBridgeCommand.run([
            "train", "autoregressive", "--set", "decoder.width=65536", "--set", "decoder.layers=1000",
            "--results", results,
        ])
        #expect(output.status == 1)
        #expect(output.standardError.contains("decoder is of"), "\(output.standardError)")
        #expect(output.standardError.contains("smaller than this machine's"))
    }

    @Test func anOptionOutOfItsRange() throws {
        let output = try SmallExperiment(SmallExperiment.table1).sweep(["--set", "loss.alpha=-1"])
        expectRefusal(output, ["loss.alpha", "-1", "0...100"])
    }

    @Test func anUnknownKey() throws {
        let spec = SmallExperiment.table1.replacing("queriesPerBatch: 8\n", with: "querysPerBatch: 8\n")
        let experiment = try SmallExperiment(spec)
        expectRefusal(try experiment.sweep(), ["spec.yaml:7", "querysPerBatch", "queriesPerBatch"])
    }

    @Test(arguments: ["rows: []", "grid: {loss.alpha: []}", "parts: []"])
    func aSpecThatExpandsToNothing(body: String) throws {
        let experiment = try SmallExperiment("name: nothing\nmodel: autoregressive\n\(body)\n")
        expectRefusal(try experiment.sweep(), ["spec.yaml", "no run"])
    }

    @Test func aSpecThatIsNoYAML() throws {
        expectRefusal(try SmallExperiment("name: [unclosed").sweep(), ["spec.yaml"])
        let missing = try RankBridgeCommand.run(["sweep", "/nonexistent.yaml"])
        expectRefusal(missing, ["/nonexistent.yaml"])
    }

    @Test func aDatabaseOfANewerVersion() throws {
        let experiment = try SmallExperiment(SmallExperiment.table1)
        try ResultsDatabase(results: experiment.results).transact {
            try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('from the future')")
        }
        expectRefusal(try experiment.sweep(), ["results.db", "newer version"])
    }

    @Test func aFileThatIsNoDatabase() throws {
        let experiment = try SmallExperiment(SmallExperiment.table1)
        try FileManager.default.createDirectory(at: experiment.results, withIntermediateDirectories: true)
        try Data("this is no database, however long it goes on\n".utf8).write(
            to: experiment.results.appendingPathComponent("results.db"))
        let output = try RankBridgeCommand.run(["runs", "list", "--results", experiment.results.path])
        expectRefusal(output, ["not a database"])
    }

    @Test func aSweepThatIsNotThere() throws {
        let experiment = try SmallExperiment(SmallExperiment.table1)
        #expect(try experiment.sweep(["--enter-only"]).status == 0)
        for command in [["runs", "list", "--sweep", "tabel1"], ["watch", "tabel1"]] {
            let output = try RankBridgeCommand.run(command + ["--results", experiment.results.path])
            #expect(output.status == 64, "\(output.standardOutput)")
            #expect(output.standardError.contains("there is no sweep 'tabel1': there are table1"))
        }
        let listed = try RankBridgeCommand.run(
            ["runs", "list", "--sweep", "table1", "--results", experiment.results.path])
        #expect(listed.status == 0 && listed.standardOutput.contains("pending"))
    }

    @Test func placesThatCannotBeWritten() throws {
        let file = try temporaryFolder().appendingPathComponent("file")
        try Data("x".utf8).write(to: file)
        let output = try RankBridgeCommand.run(["runs", "list", "--results", file.path + "/results"])
        expectRefusal(output, [file.path, "a file where a folder should be"])
        let missing = try RankBridgeCommand.run([
            "runs", "import", "/nonexistent.jsonl", "--results", temporaryFolder().path,
        ])
        expectRefusal(missing, ["/nonexistent.jsonl: No such file or directory"])
    }

    @Test func reportsOfWhatIsNotThere() throws {
        let results = try temporaryFolder().path
        for arguments in [["report", "table1"], ["report", "all"], ["runs", "show", "abc"]] {
            expectRefusal(
                try RankBridgeCommand.run(arguments + ["--results", results]),
                ["there is no \(results)/results.db"])
        }
        _ = try ResultsDatabase(results: URL(fileURLWithPath: results))
        expectRefusal(
            try RankBridgeCommand.run(["report", "unheard-of", "--results", results]),
            ["no sweep 'unheard-of'", "table1"])
        expectRefusal(
            try RankBridgeCommand.run(["report", "mine", "--metric", "R@0", "--results", results]),
            ["R@0", "R@k"])
        for report in ["all", "site", "table1"] {
            let output = try RankBridgeCommand.run([
                "report", report, "--metric", "CVR", "--results", results,
            ])
            #expect(output.status == 64 && output.standardError.contains("--metric is for a heat map"))
        }
        expectRefusal(
            try RankBridgeCommand.run(["report", "table1", "--results", results]),
            ["no run of table1 has finished", "runs import"])
    }

    @Test func runsThatAreNotThere() throws {
        let results = try temporaryFolder().path
        _ = try ResultsDatabase(results: URL(fileURLWithPath: results))
        expectRefusal(try RankBridgeCommand.run(["runs", "show", "abc", "--results", results]), ["'abc'"])
        expectRefusal(
            try RankBridgeCommand.run(["rank", "--run", "abc", "deer.n.01", "--results", results]), ["'abc'"])
    }

    @Test func wrongUsageHasItsOwnExitCode() throws {
        #expect(try RankBridgeCommand.run(["sweep"]).status == 64)
        let row = try SmallExperiment(SmallExperiment.table1).sweep(["--row", "none"])
        #expect(row.status == 64 && row.standardError.contains("\nUsage: rankbridge sweep"))
        #expect(try RankBridgeCommand.run(["unheard-of"]).status == 64)
        let output = try SmallExperiment(SmallExperiment.table1).sweep(["--jobs", "0"])
        #expect(output.status == 64)
        #expect(output.standardError.contains("jobs is 0, it must be"), "\(output.standardError)")
    }
}
