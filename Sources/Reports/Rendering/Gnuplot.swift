import Foundation

/// The gnuplot program, which draws: a script goes in, an SVG comes out.
public struct Gnuplot: Sendable {
    /// Where to look for it, as in PATH.
    var searchPath: String

    /// - Parameter searchPath: Where to look for the program, as in PATH.
    public init(
        searchPath: String = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    ) {
        self.searchPath = searchPath
    }

    var executable: URL? {
        searchPath.split(separator: ":")
            .map { URL(fileURLWithPath: String($0)).appendingPathComponent("gnuplot") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    /// What `script` draws, or nil where gnuplot is not installed.
    ///
    /// Everything goes through pipes, none of which waits for another: there may be no folder for temporary files.
    ///
    /// - Throws: `ReportError.gnuplotFailed` with what gnuplot said.
    public func svg(_ script: String) throws -> String? {
        guard let executable else { return nil }
        let process = Process()
        let (input, output, messages) = (Pipe(), Pipe(), Pipe())
        process.executableURL = executable
        // Start files, the machine's and the user's, must not change a picture; the script comes from standard input.
        process.arguments = ["-d", "-"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = messages
        do { try process.run() } catch {
            throw ReportError.gnuplotFailed(status: -1, message: "\(executable.path) could not be started")
        }
        let (drawn, said) = (Collected(output), Collected(messages))
        // gnuplot may end before it has read all; what it said then tells why.
        try? input.fileHandleForWriting.write(contentsOf: Data((script + "\nexit\n").utf8))
        try? input.fileHandleForWriting.close()
        let (svg, message) = (drawn.text(), said.text())
        process.waitUntilExit()
        guard process.terminationStatus == 0, process.terminationReason == .exit else {
            throw ReportError.gnuplotFailed(status: process.terminationStatus, message: message)
        }
        return Escaping.gnuplotPicture(svg)
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

/// Colours that stay apart for the colour-blind (Okabe and Ito, jfly.uni-koeln.de/color), dark enough
/// for lines on white.
public let okabeIto = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#000000", "#56B4E9"]
