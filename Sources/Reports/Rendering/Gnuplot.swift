import Foundation
import Tensors

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

    /// What `script` draws, or nil where gnuplot is not installed.
    ///
    /// - Throws: `ReportError.gnuplotFailed` with what gnuplot said.
    public func svg(_ script: String) throws -> String? {
        guard let gnuplot = Program("gnuplot", searchPath: searchPath) else { return nil }
        // Start files, the machine's and the user's, must not change a picture; the script comes from standard input.
        guard let said = try? gnuplot.run(["-d", "-"], input: script + "\nexit\n") else {
            throw ReportError.gnuplotFailed(status: -1, message: "\(gnuplot.path) could not be started")
        }
        guard said.succeeded else {
            throw ReportError.gnuplotFailed(status: said.status, message: said.errors)
        }
        return Escaping.gnuplotPicture(said.output)
    }
}

/// Colours that stay apart for the colour-blind (Okabe and Ito, jfly.uni-koeln.de/color), dark enough
/// for lines on white.
public let okabeIto = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#000000", "#56B4E9"]
