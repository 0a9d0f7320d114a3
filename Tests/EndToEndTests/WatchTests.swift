import Foundation
import Testing

@Suite struct WatchTests {
    private static let spec = """
        name: watched
        model: dual-encoder
        settings: {data: {evaluationQueries: 20, protocol: all}, dimension: 4, batch: 64, steps: 100000}
        rows: [{row: long}, {row: "next\\e[2J, 中文", alpha: 2}]
        """

    private func watch(_ experiment: SmallExperiment, _ more: [String]) throws -> RankBridgeCommand.Output {
        try RankBridgeCommand.run(["watch", "--results", experiment.results.path] + more)
    }

    /// Does `body` while a sweep trains that has saved something.
    private func whileSweepRuns(_ body: (SmallExperiment) throws -> Void) throws {
        let experiment = try SmallExperiment(Self.spec)
        let sweep = try RankBridgeCommand.start(experiment.arguments(["--checkpoint-interval", "0.05"]))
        defer {
            sweep.send(SIGKILL)
            _ = try? sweep.wait()
        }
        let deadline = Date().addingTimeInterval(60)
        while ((try? experiment.rows("SELECT 1 FROM curve LIMIT 1")) ?? []).isEmpty {
            try #require(sweep.isRunning && Date() < deadline, "nothing was saved within a minute")
            Thread.sleep(forTimeInterval: 0.05)
        }
        try body(experiment)
    }

    @Test func showsARunningSweepFromAnotherProcess() throws {
        try whileSweepRuns { experiment in
            let output = try watch(experiment, ["--once"])
            #expect(output.status == 0, "\(output.standardError)")
            let lines = output.standardOutput.split(separator: "\n").map(String.init)
            #expect(
                lines[0].hasPrefix("watched, smoke: 0 of 2 finished, 0 failed, 1 running, 1 to do; about "))
            #expect(lines[1].split(separator: " ").prefix(2) == ["row", "step"])
            #expect(lines[2].contains("long (seed 1)") && lines[2].contains("/100000"))
            #expect(lines[2].contains(" ago  "), "\(lines[2])")
            #expect(lines.count == 3 && !output.standardOutput.contains("\u{1B}"))
        }
    }

    @Test func endsOnCtrlCAndWithoutAReader() throws {
        try whileSweepRuns { experiment in
            let arguments = ["watch", "watched", "--every", "1", "--results", experiment.results.path]
            let watching = try RankBridgeCommand.start(arguments)
            Thread.sleep(forTimeInterval: 1.5)
            watching.send(SIGINT)
            let output = try watching.wait()
            #expect(output.status == 0 && output.standardError.isEmpty, "\(output.standardError)")
            // Elsewhere than on a terminal each picture follows the one before.
            let pictures = output.standardOutput.components(separatedBy: "\n\n").filter { !$0.isEmpty }
            #expect(pictures.count >= 2 && pictures.allSatisfy { $0.hasPrefix("watched, smoke: 0 of 2") })

            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments =
                [
                    "-c", "timeout 20 \"$@\" | head -1; exit ${PIPESTATUS[0]}", "bash",
                    try RankBridgeCommand.executable().path,
                ] + arguments
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            let status = process.terminationStatus
            #expect(status == 0 || status == 128 + SIGPIPE, "\(status) after its reader had gone")
        }
    }

    @Test func narrowTerminalsAreNeverOverrun() throws {
        try whileSweepRuns { experiment in
            let program = try RankBridgeCommand.executable().path
            for (columns, rows) in [(20, 3), (60, 24)] {
                let process = Process()
                let pipe = Pipe()
                process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
                process.arguments = [
                    "-qec",
                    "stty cols \(columns) rows \(rows); '\(program)' watch --once --results '\(experiment.results.path)'",
                    "/dev/null",
                ]
                process.standardOutput = pipe
                process.standardInput = FileHandle.nullDevice
                try process.run()
                let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                process.waitUntilExit()
                let lines = said.split(whereSeparator: \.isNewline)
                #expect(lines.first?.hasPrefix("watched, smoke") == true, "\(said)")
                for line in lines { #expect(line.count <= columns, "\(line)") }
            }
        }
    }

    @Test func endsWhereNothingIsLeftToDo() throws {
        let experiment = try SmallExperiment(Self.spec.replacing("100000", with: "20"))
        #expect(try experiment.sweep().status == 0)
        let all = try watch(experiment, [])
        #expect(all.status == 0 && all.standardOutput == "no sweep has runs to do\n\n")
        let named = try watch(experiment, ["watched"])
        #expect(named.standardOutput == "watched, smoke: 2 of 2 finished, 0 failed, 0 running, 0 to do\n\n")
        let unknown = try watch(experiment, ["other"])
        #expect(unknown.status == 64 && unknown.standardError.contains("there are watched"))
        let scale = try watch(experiment, ["watched", "--scale", "ful"])
        #expect(scale.status == 64 && scale.standardError.contains("it has smoke"), "\(scale.standardError)")
        let nowhere = try RankBridgeCommand.run(["watch", "--results", experiment.folder.path])
        #expect(nowhere.status == 1 && nowhere.standardError.contains("there is no"))
    }
}
