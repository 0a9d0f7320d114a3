import Foundation

/// The built program, run as a person runs it.
enum RankBridgeCommand {
    struct Output {
        var status: Int32
        var standardOutput: String
        var standardError: String
    }

    struct NotBuilt: Error, CustomStringConvertible {
        var description: String {
            "there is no rankbridge beside the tests or in .build/release: run `make build`"
        }
    }

    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Beside the test bundle, where the same build put it.
    static func executable() throws -> URL {
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let places = [
            tests.deletingLastPathComponent().appendingPathComponent("rankbridge"),
            repository.appendingPathComponent(".build/release/rankbridge"),
        ]
        guard let found = places.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
        else {
            throw NotBuilt()
        }
        return found
    }

    /// Runs it to its end.
    ///
    /// - Parameter folder: Where it is called: the repository, where nothing else is said.
    static func run(_ arguments: [String], in folder: URL = repository) throws -> Output {
        let running = try Running(arguments, in: folder)
        return try running.wait()
    }

    static func start(_ arguments: [String]) throws -> Running { try Running(arguments) }

    /// A running program; what it prints goes to files, so that it never waits for a reader.
    final class Running {
        private let process = Process()
        private let folder: URL

        init(_ arguments: [String], in current: URL = repository) throws {
            folder = try temporaryFolder()
            process.executableURL = try executable()
            process.arguments = arguments
            process.currentDirectoryURL = current
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try handle("out")
            process.standardError = try handle("err")
            try process.run()
        }

        private func handle(_ name: String) throws -> FileHandle {
            let file = folder.appendingPathComponent(name)
            try Data().write(to: file)
            return try FileHandle(forWritingTo: file)
        }

        var isRunning: Bool { process.isRunning }

        /// Whether the program's first thread, which computes too, blocks a signal (proc(5), `SigBlk`).
        func blocks(_ signal: Int32) throws -> Bool {
            let status = try String(
                contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
            let mask = line.flatMap { UInt64($0.split(separator: "\t")[1], radix: 16) } ?? 0
            return mask >> UInt64(signal - 1) & 1 == 1
        }

        func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

        func wait() throws -> Output {
            process.waitUntilExit()
            defer { try? FileManager.default.removeItem(at: folder) }
            func text(_ name: String) throws -> String {
                String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
            }
            // A shell's convention: 128 and the signal's number.
            let status = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
            return Output(status: status, standardOutput: try text("out"), standardError: try text("err"))
        }
    }
}

/// A new folder, for one test.
func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "rankbridge-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
}
