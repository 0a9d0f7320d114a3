import Experiments
import Foundation
import Reports

/// The state of sweeps as lines of text.
struct WatchPicture {
    private let sweeps: [SweepProgress]

    init(_ sweeps: [SweepProgress]) { self.sweeps = sweeps }

    /// - Parameters:
    ///   - width: Columns that a line may have; nil: any number.
    ///   - height: Rows of the terminal, one of which stays free; nil: any number of lines.
    func lines(width: Int?, height: Int?) -> [String] {
        var lines = sweeps.isEmpty ? ["no sweep has runs to do"] : sweeps.flatMap(lines)
        if let height, lines.count > max(1, height - 1) {
            // One row is for the remark, and one stays free.
            let shown = max(0, height - 2)
            lines = lines.prefix(shown) + ["... \(lines.count - shown) lines more: see rankbridge runs list"]
        }
        return lines.map { line in
            let text = Escaping.terminal(line)
            return width.map { TextWidth.prefix(of: text, columns: $0) } ?? text
        }
    }

    private func lines(_ sweep: SweepProgress) -> [String] {
        let counts =
            "\(sweep.sweep), \(sweep.scale): \(sweep.count(.finished)) of \(sweep.runs.count) finished, "
            + "\(sweep.count(.failed)) failed, \(sweep.running.count) running, \(sweep.waiting.count) to do"
        let left = sweep.secondsLeft.map { "; about \(Format.duration($0)) left" }
        let table = Self.table(sweep.running + sweep.waiting.filter(\.isAbandoned))
        let failures = sweep.runs.filter { $0.state == .failed }.map {
            "  \(Self.name($0)) failed: \($0.error ?? "no reason is recorded")"
        }
        return [counts + (left ?? "")] + table + failures
    }

    private static func name(_ run: RunProgress) -> String {
        (run.panel.isEmpty ? "" : "\(run.panel)/") + "\(run.row) (seed \(run.seed))"
    }

    /// What is most worth knowing stands on the left, where narrow terminals show it.
    private static func table(_ runs: [RunProgress]) -> [String] {
        guard !runs.isEmpty else { return [] }
        let header = ["row", "step", "left", "steps/s", "last losses", "heard of", "by"]
        let rows = runs.map { run -> [String] in
            let left = run.isAbandoned ? "abandoned" : run.secondsLeft.map(Format.duration)
            let rate = run.stepsPerSecond.map { String(format: "%.1f", $0) }
            let losses = run.losses.map { String(format: "%.4f", $0) }
            let heard = run.secondsSinceHeard.map { Format.duration($0) + " ago" }
            let owner = (run.owner ?? "").split(separator: ":").prefix(2)
            return [
                name(run), "\(run.savedStep)/\(run.steps)", left ?? "?", rate ?? "?",
                losses.joined(separator: " "), heard ?? "", owner.joined(separator: ":"),
            ]
        }
        let lines = [header] + rows
        let widths = header.indices.map { column in lines.map { width($0[column]) }.max() ?? 0 }
        return lines.map { cells in
            var text = ""
            for (cell, column) in zip(cells, widths) {
                text += "  " + cell + String(repeating: " ", count: max(0, column - width(cell)))
            }
            return String(text.reversed().drop { $0 == " " }.reversed())
        }
    }

    private static func width(_ cell: String) -> Int { TextWidth.columns(Escaping.terminal(cell)) }
}

/// How many columns of a terminal a text takes: East Asian characters and emoji two, combining marks none.
enum TextWidth {
    static func columns(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + columns($1) } }

    /// As much of the text as fits, with an ellipsis for what does not.
    static func prefix(of text: String, columns most: Int) -> String {
        guard columns(text) > most else { return text }
        var (result, used) = (String.UnicodeScalarView(), 0)
        for scalar in text.unicodeScalars {
            used += columns(scalar)
            // The last column is for the ellipsis.
            guard used < most else { break }
            result.append(scalar)
        }
        return most > 0 ? String(result) + "…" : ""
    }

    private static func columns(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
