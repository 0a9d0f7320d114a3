import Foundation
import Testing

@testable import Experiments

/// Options and numbers as a person types them: the same answer from every place.
@Suite struct OptionsTests {
    private static let illegal = ["007", "2.5", "1e30", "9223372036854775808", "18446744073709551615", "-1"]

    @Test(arguments: illegal)
    func aNumberGetsTheSameAnswerFromFlagsAndSettings(text: String) throws {
        let results = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: results) }
        for (arguments, said) in [
            (["--batch", text], "batch is \(text), it must be a whole number in 1...65536"),
            (["--batch=\(text)"], "batch is \(text), it must be a whole number in 1...65536"),
            (["--set", "batch=\(text)"], "batch is \(text), it must be a whole number in 1...65536"),
            (["--seed", text], "seed is \(text), it must be a whole number in 0...9223372036854775807"),
            (
                ["--set", "seed=\(text)"],
                "seed is \(text), it must be a whole number in 0...9223372036854775807"
            ),
            (["--points", text], "points is \(text), it must be a whole number in 1...1000000000000"),
            (["--jobs", text], "jobs is \(text), it must be a whole number in 1...256"),
            (["--threads", text], "threads is \(text), it must be a whole number in 1...256"),
        ] {
            let output = try RankBridgeCommand.run(
                ["train", "dual-encoder", "--results", results.path] + arguments)
            #expect(output.status == 1 || output.status == 64, "\(arguments)")
            #expect(output.standardError.contains(said), "\(arguments): \(output.standardError)")
        }
        for arguments in [
            ["evaluate", "--run", "a", "--threads", text], ["rank", "--run", "a", "q", "--beam", text],
            ["runs", "compare", "a", "b", "--queries", text], ["watch", "--every", text],
            ["capacity", "--documents", text], ["capacity", "--seeds", text],
            ["sweep", "experiments/table1.yaml", "--runs-per-task", text],
            ["sweep", "experiments/table1.yaml", "--minutes", text],
            ["sweep", "experiments/table1.yaml", "--warning-minutes", text],
            ["data", "glosses", "--step", text], ["data", "glosses", "--ranks", text],
            ["data", "glosses", "--atoms", text], ["data", "glosses", "--every", text],
            ["data", "glosses", "--docid-seed", text], ["data", "glosses", "--title-words", text],
        ] {
            let output = try RankBridgeCommand.run(arguments + ["--results", results.path])
            #expect(output.status == 64, "\(arguments)")
            #expect(
                output.standardError.contains("is \(text), it must be a whole number in "),
                "\(output.standardError)")
        }
    }

    @Test(arguments: ["-1", "nan", "inf", "007", "1_000", "", "0x10"])
    func aNumberWithDecimalsHasTheSameRule(text: String) throws {
        let output = try RankBridgeCommand.run([
            "sweep", "experiments/table1.yaml", "--checkpoint-interval", text,
        ])
        #expect(output.status == 64)
        let said =
            "checkpoint-interval is \(text.isEmpty ? "empty" : text), it must be a number of at least 0"
        #expect(output.standardError.contains(said), "\(output.standardError)")
    }

    @Test func flagsAreOptionsByTheirNames() throws {
        let results = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: results) }
        let small = [
            "--dimension", "2", "--batch", "8", "--data-evaluation-queries", "5", "--results", results.path,
        ]
        let first = try RankBridgeCommand.run(
            ["train", "dual-encoder", "--lambda", "stepwise", "--steps=2"] + small)
        #expect(first.status == 0, "\(first.standardError)")
        // alpha does not count beside stepwise: the same run.
        let second = try RankBridgeCommand.run(
            ["train", "dual-encoder", "--set", "lambda=stepwise", "--set", "steps=2", "--alpha", "5"] + small)
        #expect(second.status == 0, "\(second.standardError)")
        #expect(
            first.standardOutput.split(separator: "\n").last
                == second.standardOutput.split(separator: "\n").last)
        for (arguments, said) in [
            (["--stepz", "2"], "there is no option '--stepz'"), (["--steps"], "--steps has no value"),
            (["word"], "'word' stands alone"), (["--lambda", "top2"], "top1, fractional or stepwise"),
            (["--steps", "1,2"], "train makes one run"),
        ] {
            let output = try RankBridgeCommand.run(["train", "dual-encoder"] + arguments + small)
            #expect(output.status != 0 && output.standardError.contains(said), "\(output.standardError)")
        }
    }

    @Test(arguments: ModelKind.allCases)
    func everyOptionIsDescribed(kind: ModelKind) throws {
        let listed = try RankBridgeCommand.run(["options", kind.rawValue])
        let help = try RankBridgeCommand.run(["train", kind.rawValue, "--help"])
        #expect(listed.status == 0 && help.status == 0)
        for option in kind.options {
            #expect(listed.standardOutput.contains("\n\(option.key) "), "\(option.key)")
            #expect(help.standardOutput.contains("--\(option.flag) "), "\(option.flag)")
        }
        // No flag spells a name letter by letter, as `--matching-doc-i-ds` did.
        #expect(!help.standardOutput.contains("-i-d"))
        #expect(kind.rawValue != "autoregressive" || help.standardOutput.contains("--base-matching-docids "))
        let kinds = try RankBridgeCommand.run(["options"])
        #expect(kinds.standardOutput.contains(kind.summary))
        let unknown = try RankBridgeCommand.run(["options", "bi-encoder"])
        #expect(unknown.status == 64 && unknown.standardError.contains("dual-encoder, cross-encoder"))
    }

    /// `sweep <(cat spec.yaml)`: a pipe is read once and to its end.
    @Test func aSpecMayBeAPipe() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let spec = folder.appendingPathComponent("spec.yaml")
        let text = "name: piped\nmodel: random\nsettings: {data: {evaluationQueries: 5}}\nrows: [{row: a}]\n"
        try Data(text.utf8).write(to: spec)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = [
            "-c", "exec \"$0\" sweep <(cat \"$1\") --results \"$2\"", try RankBridgeCommand.executable().path,
            spec.path,
            folder.path,
        ]
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 0)
        let runs = try ResultsDatabase(results: folder).runs(sweep: "piped", scale: "quick")
        #expect(runs.map(\.state) == [.finished] && runs.map(\.model.rawValue) == ["random"])
    }

    /// With an axis more a row is many, and its name stands for them.
    @Test func aRowsNameStandsForItsPointsOnTheAxesOfTheCommandLine() throws {
        let experiment = try SmallExperiment(SmallExperiment.table1)
        func rows(_ asked: [String]) throws -> String {
            try experiment.sweep(["--set", "optimizer.learningRate=0.001,0.002", "--dry-run"] + asked)
                .standardOutput
        }
        let both = try rows(["--row", "frac_a2"])
        #expect(
            both.contains("frac_a2,optimizer.learningRate=0.001")
                && both.contains("frac_a2,optimizer.learningRate=0.002"))
        #expect(!both.contains("ntp,"))
        let one = try rows(["--row", "frac_a2,optimizer.learningRate=0.002"])
        #expect(one.contains("frac_a2,optimizer.learningRate=0.002") && !one.contains("learningRate=0.001"))
        // A name that another begins with is not that one.
        #expect(
            try experiment.sweep(["--set", "optimizer.learningRate=0.001,0.002", "--row", "frac"]).status
                == 64)
    }
}
