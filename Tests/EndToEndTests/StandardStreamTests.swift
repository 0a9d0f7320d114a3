import Foundation
import Testing

/// What a terminal, a pipeline or a full disk does to stdin, stdout and stderr.
@Suite struct StandardStreamTests {
    private static let spec = """
        name: tiny
        model: dual-encoder
        settings:
          data: {evaluationQueries: 20}
          dimension: 4
          batch: 64
          steps: 30
        rows: [{row: de}]
        """

    /// Runs the program through a shell with `redirections`, in which `$FOLDER` is a folder of the test's.
    private func run(_ arguments: [String], _ redirections: String, in folder: URL) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments =
            [
                "-c", "\"$@\" \(redirections)", "bash", try RankBridgeCommand.executable().path,
            ] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["FOLDER": folder.path]) { $1 }
        process.currentDirectoryURL = RankBridgeCommand.repository
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
    }

    /// Full, closed, read-only, without a reader; with stdin and stdout closed besides.
    @Test(arguments: [
        "2>/dev/full", "2>&-", "2</dev/null", "2> >(exec true)", "<&- 2>&-", "<&- >/dev/null 2>&-",
    ])
    func trainingOutlivesItsStderr(redirections: String) throws {
        let experiment = try SmallExperiment(Self.spec)
        #expect(try run(experiment.arguments(), redirections, in: experiment.folder) == 0)
        let runs = try experiment.rows("SELECT state FROM run").map { $0["state"] as String }
        #expect(runs == ["finished"])
        #expect(try experiment.rows("PRAGMA integrity_check").first?["integrity_check"] == "ok")
        // Of the same numbers as a run that nothing is done to.
        let undisturbed = try SmallExperiment(Self.spec)
        #expect(try undisturbed.sweep().status == 0)
        let metrics = "SELECT split, metric, k, score, value FROM metric ORDER BY 1, 2, 3, 4"
        #expect(try experiment.rows(metrics) == undisturbed.rows(metrics))
    }

    private static let answers = [
        ["--help"], ["--help-hidden"], ["help", "sweep"], ["runs", "list"], ["data", "wordnet"],
        ["sweep", "experiments/table1.yaml", "--dry-run"],
    ]

    @Test(arguments: answers, [">/dev/full", ">&-", "1</dev/null"])
    func whatCannotBeAnsweredIsAnError(arguments: [String], redirection: String) throws {
        let folder = try temporaryFolder()
        let results = arguments.first == "runs" ? ["--results", folder.path] : []
        #expect(try run(arguments + results, "2>$FOLDER/err " + redirection, in: folder) == 1)
        let message = try String(contentsOf: folder.appendingPathComponent("err"), encoding: .utf8)
        #expect(message.hasPrefix("Error: standard output could not be written: "), "\(message)")
        #expect(message.split(separator: "\n").count == 1)
        #expect(try run(arguments + results, ">/dev/null", in: folder) == 0)
    }

    /// As `rankbridge ... | head`: no message, and the status that SIGPIPE gives in a shell.
    @Test(arguments: answers)
    func aReaderThatHasHadEnoughIsNoFault(arguments: [String]) throws {
        let folder = try temporaryFolder()
        let results = arguments.first == "runs" ? ["--results", folder.path] : []
        let status = try run(
            arguments + results, "2>$FOLDER/err | exec true; exit ${PIPESTATUS[0]}", in: folder)
        let message = try String(contentsOf: folder.appendingPathComponent("err"), encoding: .utf8)
        // The reader may be gone before the program writes, or after all of a short answer fitted into the pipe.
        #expect(status == 0 || status == 128 + SIGPIPE, "status \(status)")
        #expect(message.isEmpty, "\(message)")
    }
}
