import ArgumentParser
import Experiments
import Foundation

struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows how far sweeps are, while any number of processes work on them.",
        discussion: """
            Steps, rates and losses are those that each process saved last, which it does once a minute. Only results.db \
            is read, and nothing is written. On a terminal the picture is drawn anew; elsewhere each picture follows the \
            one before. It ends when nothing is left to do, or by Ctrl-C.
            """)

    @Argument(help: "A sweep; without, all that have runs to do.")
    var sweep: String?

    @Option(help: "Only this scale: smoke, quick or full.")
    var scale: String?

    @Option(
        parsing: .unconditional, help: "Seconds between pictures.",
        transform: TypedNumber("every", in: 1...86_400).read)
    var every = 5

    @Flag(help: "Show the state once, and end.")
    var once = false

    @OptionGroup var results: ResultsOptions

    func run() throws {
        let terminal = TerminalScreen()
        if !once { Interruption.shared.listen(saying: nil) }
        var seen: Set<SweepName> = []
        while true {
            let sweeps = try read(also: seen)
            // A sweep that has been shown stays until the end, so that its last state is seen.
            seen.formUnion(sweeps.map { SweepName(sweep: $0.sweep, scale: $0.scale) })
            let size = terminal.size
            let text = WatchPicture(sweeps).lines(width: size?.columns, height: once ? nil : size?.rows)
            if once { print(text.joined(separator: "\n")) } else { terminal.show(text) }
            try StandardOutput.finish()
            let isOver = sweeps.allSatisfy { $0.running.isEmpty && $0.waiting.isEmpty }
            if once || isOver || !terminal.wait(seconds: every) { return }
        }
    }

    private struct SweepName: Hashable {
        var sweep: String
        var scale: String
    }

    private func read(also seen: Set<SweepName>) throws -> [SweepProgress] {
        let database = try ResultsDatabase(readOnly: results.folder.database.path)
        return try database.snapshot { snapshot in
            let open = try snapshot.openSweeps()
            var chosen = try snapshot.sweepScales().filter { one in
                sweep != nil || seen.contains(SweepName(sweep: one.sweep, scale: one.scale))
                    || open.contains { $0 == one }
            }
            if let sweep {
                try snapshot.require(sweep: sweep)
                chosen = chosen.filter { $0.sweep.utf8.elementsEqual(sweep.utf8) }
            }
            if let scale {
                let scales = chosen.map(\.scale)
                chosen = chosen.filter { $0.scale.utf8.elementsEqual(scale.utf8) }
                if let sweep, chosen.isEmpty {
                    throw ValidationError(
                        "the sweep '\(sweep)' has no scale '\(scale)': it has \(scales.joined(separator: ", "))"
                    )
                }
            }
            return try chosen.map { try snapshot.progress($0.sweep, scale: $0.scale) }
        }
    }
}

/// A terminal whose last lines are drawn again and again; on anything else lines just follow each other.
private final class TerminalScreen {
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private var drawn = 0

    /// Columns and rows; nil where stdout is no terminal.
    var size: (columns: Int, rows: Int)? {
        guard isTerminal else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    func show(_ lines: [String]) {
        // Up to the first line of the picture before, and clear from there to the end of the screen.
        if isTerminal, drawn > 0 { print("\u{1B}[\(drawn)A\r\u{1B}[J", terminator: "") }
        for line in lines { print(line) }
        if !isTerminal { print() }
        drawn = lines.count
    }

    /// Waits, and returns whether to go on: not after Ctrl-C, and not where nobody reads stdout any more.
    func wait(seconds: Int) -> Bool {
        let end = Date().addingTimeInterval(Double(seconds))
        while Date() < end {
            var reader = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
            // A tenth of a second at a time: both Ctrl-C and a reader that has gone are then noticed soon.
            let answered = poll(&reader, 1, 100)
            if Interruption.shared.signal != nil { return false }
            if answered == 1, reader.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { return false }
        }
        return true
    }
}
