import Foundation

/// The gnuplot program, which draws: a script goes in, an SVG comes out.
struct Gnuplot {
    /// Where to look for it, as in PATH.
    var searchPath: String = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"

    var executable: URL? {
        searchPath.split(separator: ":")
            .map { URL(fileURLWithPath: String($0)).appendingPathComponent("gnuplot") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    /// What `script` draws, or nil where gnuplot is not installed.
    ///
    /// Both ends are files, so that neither side waits on a full pipe.
    func svg(_ script: String) throws -> String? {
        guard let executable else { return nil }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rankbridge-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let input = folder.appendingPathComponent("plot.gp")
        let output = folder.appendingPathComponent("plot.svg")
        let messages = folder.appendingPathComponent("messages.txt")
        try Data(script.utf8).write(to: input)
        for file in [output, messages] { try Data().write(to: file) }

        let process = Process()
        process.executableURL = executable
        process.arguments = ["-d", input.path]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: messages)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ReportError.gnuplotFailed(
                status: process.terminationStatus, message: try String(contentsOf: messages, encoding: .utf8))
        }
        return try String(contentsOf: output, encoding: .utf8)
    }
}

/// Colours that stay apart for the colour-blind (Okabe and Ito, jfly.uni-koeln.de/color), dark enough
/// for lines on white.
let okabeIto = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#000000", "#56B4E9"]

/// `text` as a gnuplot string.
func gnuplotQuoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
}
