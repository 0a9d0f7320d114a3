import Foundation
import Testing

@testable import Experiments

/// Sweeps cut up for machines that share no database.
@Suite("Cluster plans")
struct ClusterPlanTests {
    private static let withBase = """
        {name: s, model: autoregressive, settings: {steps: 5}, grid: {loss.alpha: [1, 2, 3, 4, 5]}}
        """

    @Test("bases come first, every open run stands in one task, finished ones in none")
    func stages() throws {
        let results = try TemporaryResults(Self.withBase)
        #expect(results.plan.runs.count == 6)
        let plan = try ClusterPlan(results.plan, in: results.database, runsPerTask: 2)
        #expect(plan.stages[0] == [[results.plan.runs[0]]])
        #expect(plan.stages[1].map(\.count) == [2, 2, 1])
        #expect(plan.runs == results.plan.runs)
        try results.finish(results.plan.runs[3])
        let rest = try ClusterPlan(results.plan, in: results.database, runsPerTask: 10)
        #expect(rest.stages[1].map(\.count) == [4] && !rest.runs.contains(results.plan.runs[3]))
        #expect(rest.finishedBases.isEmpty)
        try results.finish(results.plan.runs[0])
        let rows = try ClusterPlan(results.plan, in: results.database, runsPerTask: 10)
        #expect(rows.stages[0].isEmpty && rows.finishedBases == [results.plan.runs[0]])
    }

    @Test("a plan of some runs has their bases, and an unknown or short id is refused")
    func narrowedPlans() throws {
        let results = try TemporaryResults(Self.withBase)
        let runs = results.plan.runs
        func narrowed(_ ids: [String]) throws -> [String] {
            try results.plan.narrowed(to: ids, in: results.database).runs
        }
        #expect(try narrowed([String(runs[2].prefix(12))]) == [runs[0], runs[2]])
        #expect(try narrowed([runs[0]]) == [runs[0]])
        #expect(try narrowed([runs[4], runs[2]]) == [runs[0], runs[2], runs[4]])
        #expect(throws: ResultsError.unknownRun("zz")) { try narrowed(["zz"]) }
        #expect(throws: ResultsError.self) { try narrowed([""]) }
    }

    @Test("words of a command line come back from a shell as they were")
    func quoting() throws {
        let words = ["plain/path-1.2", "two words", "it's", "$HOME `x` \"y\" \\", "", "a\nb", "*", "ü"]
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "printf '%s\\0' " + words.map(shellQuoted).joined(separator: " ")]
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(
            output.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
                String(decoding: $0, as: UTF8.self)
            } == words)
    }

    @Test("the folder has a line a task and scripts that a shell can parse")
    func slurmFolder() throws {
        let results = try TemporaryResults(Self.withBase)
        let plan = try ClusterPlan(results.plan, in: results.database, runsPerTask: 2)
        let folder = results.folder.root.appendingPathComponent("it's a plan")
        let submit = try SlurmPlan(
            plan, command: SweepCommandLine(["/bin/rank bridge", "sweep", "it's.yaml"]),
            program: "/bin/rank bridge", results: results.folder.root,
            limits: .init(minutes: 30, warningMinutes: 3, threads: 2)
        ).write(to: folder, from: results.database)
        #expect(submit.lastPathComponent == "submit.sh")
        let lines = try String(contentsOf: folder.appendingPathComponent("stage-2.txt"), encoding: .utf8)
            .split(separator: "\n")
        #expect(lines.map { $0.split(separator: " ").map(String.init) } == plan.stages[1])
        let script = try String(contentsOf: submit, encoding: .utf8)
        #expect(script.contains("--signal=B:USR1@180") && script.contains("--time=30"))
        for name in ["submit.sh", "task.sh", "merge.sh"] {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["-n", folder.appendingPathComponent(name).path]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(name)")
        }
    }
}
