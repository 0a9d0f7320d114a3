import Foundation
import GRDB
import Testing

@testable import Experiments

/// `rankbridge sweep --plan`, `--run` and `rankbridge runs merge`, as built.
@Suite("Plans and merges")
struct MergeCommandTests {
    private static let spec = """
        name: parts
        model: dual-encoder
        settings: {dimension: 4, batch: 128, steps: 20, data: {evaluationQueries: 30, protocol: all}}
        grid: {alpha: [0, 1], learningRate: [0.5, 1.0]}
        """

    /// All numbers of a results folder, in the order of its runs.
    private func measured(_ results: URL) throws -> [String] {
        try ResultsDatabase(results: results).read { database in
            try [
                "SELECT number, id, state, configuration FROM run ORDER BY number",
                "SELECT * FROM sweep_run", "SELECT * FROM metric", "SELECT * FROM curve",
                "SELECT * FROM query_metric ORDER BY run, split, metric, k, query",
            ].flatMap { try Row.fetchAll(database, sql: $0).map(\.description) }
        }
    }

    @Test("the commands of a plan, each in a folder of its own and merged, make one machine's sweep")
    func commandsMakeTheSweep() throws {
        let (whole, parts) = (try SmallExperiment(Self.spec), try SmallExperiment(Self.spec))
        #expect(try whole.sweep(["--threads", "1"]).status == 0)
        let planned = try parts.sweep(["--plan", "commands", "--threads", "1"])
        #expect(planned.status == 0, "\(planned.standardError)")
        let lines = planned.standardOutput.split(separator: "\n").map(String.init)
        #expect(lines.count == 4)
        var folders: [String] = []
        for (index, line) in lines.enumerated() {
            let folder = parts.folder.appendingPathComponent("task \(index)").path
            let words = line.split(separator: " ").dropFirst().map(String.init)
            let place = try #require(words.firstIndex(of: "--results"))
            let output = try RankBridgeCommand.run(
                Array(words[..<place]) + ["--results", folder] + Array(words[(place + 2)...]))
            #expect(output.status == 0, "\(output.standardError)")
            folders.append(folder)
        }
        let merged = try RankBridgeCommand.run(["runs", "merge", "--models", parts.results.path] + folders)
        #expect(merged.status == 0, "\(merged.standardError)")
        #expect(try measured(parts.results) == measured(whole.results))
        for run in try ResultsDatabase(results: parts.results).runs(sweep: "parts", scale: "smoke") {
            #expect(
                FileManager.default.fileExists(atPath: ResultsFolder(parts.results).model(run.id).path))
        }
        #expect(try parts.sweep(["--plan", "commands"]).standardOutput.isEmpty, "nothing is left to do")
    }

    @Test("a merge killed at any moment goes on, and ends as one that was not")
    func mergesSurviveKills() throws {
        let sources = try (0..<4).map { try manyRuns(file: $0) }
        let targets = try (0..<2).map { _ in try temporaryFolder() }
        let arguments = targets.map { ["runs", "merge", $0.path] + sources.map(\.path) }
        #expect(try RankBridgeCommand.run(arguments[0]).status == 0)
        for kill in 0..<10 {
            let merging = try RankBridgeCommand.start(arguments[1])
            Thread.sleep(forTimeInterval: 0.02 + 0.06 * Double(kill))
            merging.send(SIGKILL)
            _ = try merging.wait()
        }
        #expect(try RankBridgeCommand.run(arguments[1]).status == 0)
        #expect(try measured(targets[0]) == measured(targets[1]))
    }

    /// A thousand finished runs with a metric and ten points of a curve.
    private func manyRuns(file: Int) throws -> URL {
        let folder = try temporaryFolder()
        try ResultsDatabase(results: folder).transact { database in
            try database.execute(
                sql: """
                    INSERT INTO run (id, model, state, seed, configuration, data_fingerprint, steps)
                    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
                    SELECT printf('%064d', ? * 1000 + i), 'dual-encoder', 'finished', 1, '{}', '', 5 FROM n
                    """, arguments: [file])
            try database.execute(
                sql: """
                    INSERT INTO metric (run, split, metric, k, value, n)
                    SELECT id, 'evaluation', 'R', 1, 0.5, 10 FROM run
                    """)
            try database.execute(
                sql: """
                    INSERT INTO curve WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
                    SELECT id, i, 'loss', 0.5 FROM run, n
                    """)
        }
        return folder
    }

    @Test("what cannot be merged or planned is refused with a reason")
    func refusals() throws {
        let folder = try temporaryFolder()
        let missing = try RankBridgeCommand.run(["runs", "merge", folder.path, "/nonexistent"])
        #expect(missing.status == 1 && missing.standardError.contains("/nonexistent/results.db"))
        #expect(try RankBridgeCommand.run(["runs", "merge", folder.path, folder.path]).status == 64)
        #expect(try RankBridgeCommand.run(["runs", "merge", folder.path]).status == 64)
        let experiment = try SmallExperiment(Self.spec)
        for bad in [
            ["--plan", "pbs"], ["--plan", "slurm"],
            ["--plan", "slurm", "jobs", "--minutes", "5", "--warning-minutes", "5"],
            ["--minutes", "5"], ["--plan", "commands", "--runs-per-task", "2"],
            ["--dry-run", "--plan", "commands"],
            ["--dry-run", "--enter-only"], ["--enter-only", "--mode", "retry"],
        ] {
            #expect(try experiment.sweep(bad).status == 64, "\(bad)")
        }
        let unknown = try experiment.sweep(["--run", "zz"])
        #expect(unknown.status == 1 && unknown.standardError.contains("'zz'"))
    }
}
