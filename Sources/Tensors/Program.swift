import Foundation

/// Another program on this machine.
public struct Program: Sendable {
    /// Its executable file.
    public let path: String

    /// - Parameters:
    ///   - name: A path, or a name that is looked for in `searchPath`. The result is nil where there is no such executable file.
    ///   - searchPath: Folders, parted by colons; those of PATH by default.
    public init?(
        _ name: String, searchPath: String = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    ) {
        let places = name.contains("/") ? [name] : searchPath.split(separator: ":").map { "\($0)/\(name)" }
        // A folder can be entered, which is what its execute permission says.
        let isProgram = { (place: String) in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: place, isDirectory: &isFolder)
                && !isFolder.boolValue
                && FileManager.default.isExecutableFile(atPath: place)
        }
        guard let path = places.first(where: isProgram) else { return nil }
        self.path = path
    }

    /// What came of it.
    public struct Outcome: Sendable {
        /// Whether it ended of itself, with status 0.
        public let succeeded: Bool
        /// Its exit status, or the number of the signal that ended it.
        public let status: Int32
        /// All that it wrote to standard output.
        public let output: String
        /// All that it wrote to standard error.
        public let errors: String
    }

    /// Runs it to its end.
    ///
    /// Everything goes through pipes, none of which waits for another: there may be no folder for temporary files.
    ///
    /// - Parameter input: What it can read from standard input. Where it ends before it has read all, SIGPIPE ends our process too,
    ///   unless that is ignored, as `rankbridge` does.
    /// - Throws: What `Process.run` does where the file cannot be started.
    public func run(_ arguments: [String], input: String = "") throws -> Outcome {
        let process = Process()
        let (source, output, errors) = (Pipe(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = source
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let (written, said) = (Collected(output), Collected(errors))
        // It may end before it has read all; what it said then tells why.
        try? source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try? source.fileHandleForWriting.close()
        let (text, message) = (written.text(), said.text())
        process.waitUntilExit()
        let status = process.terminationStatus
        return Outcome(
            succeeded: status == 0 && process.terminationReason == .exit, status: status, output: text,
            errors: message)
    }
}

/// All that arrives at the end of a pipe, read beside whatever else goes on.
private final class Collected: @unchecked Sendable {
    private let group = DispatchGroup()
    private var data = Data()

    init(_ pipe: Pipe) {
        DispatchQueue.global().async(group: group) { [self] in
            data = pipe.fileHandleForReading.readDataToEndOfFile()
        }
    }

    func text() -> String {
        group.wait()
        return String(decoding: data, as: UTF8.self)
    }
}
