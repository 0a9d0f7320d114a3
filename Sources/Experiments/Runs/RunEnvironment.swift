import Foundation
import Tensors

/// Where a run's numbers were made.
public struct RunEnvironment: Codable, Sendable, Equatable {
    /// The commit of the checkout that the program lies in; nil where it lies in none.
    public var commit: String?
    /// Whether files of the program differed from that commit; nil where git does not tell.
    public var dirty: Bool?
    /// The name of the machine.
    public var host: String
    /// The processor, as /proc/cpuinfo names it; `unknown` where that does not tell.
    public var cpu: String
    /// Threads of the run.
    public var threads: Int
    /// The library of matrix products, in its own words.
    public var blas: String
    /// What the matrix products multiply, `float32` or `bfloat16`; nil where there are none, and for runs from before it
    /// was recorded.
    public var precision: String?

    /// This process's; `precision` is nil, since each run has its own.
    public static func current(threads: Int) -> RunEnvironment {
        // Regenerated tables and figures are no change of the program.
        let status = git([
            "status", "--porcelain", "--untracked-files=no", "--", ":/", ":(top,exclude)results",
        ])
        return RunEnvironment(
            commit: git(["rev-parse", "HEAD"]), dirty: status.map { !$0.isEmpty },
            host: ProcessInfo.processInfo.hostName, cpu: processor, threads: threads,
            blas: Products.description)
    }

    private static var processor: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }

    /// What git says of the checkout that the program was built in, wherever it is called: the commit is that of the code which runs.
    private static func git(_ arguments: [String]) -> String? {
        guard let program = Bundle.main.executableURL?.resolvingSymlinksInPath(),
            let said = try? Program("git")?.run(
                ["-C", program.deletingLastPathComponent().path] + arguments),
            said.succeeded
        else { return nil }
        return said.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
