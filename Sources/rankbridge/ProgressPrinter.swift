import Experiments
import Foundation
import RankingData

/// A sweep's progress: one live line on a terminal, plain lines elsewhere.
final class ProgressPrinter: @unchecked Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let lock = NSLock()
    private let start = Date()
    private var lastPrint = Date.distantPast
    private var firstStep: [String: (step: Int, time: Date)] = [:]
    private var total = 0
    private var done = 0
    private var runSeconds: [Double] = []

    /// Seconds between plain lines, and between redraws of the live line.
    private var interval: Double { isTerminal ? 0.2 : 10 }

    func hear(_ event: SweepEvent) {
        lock.lock()
        defer { lock.unlock() }
        switch event {
        case .cached(let finished, let total):
            self.total = total
            done = finished
            line("\(total) runs, \(finished) finished already")
        case .started(let run, let row):
            firstStep[run.id] = nil
            line("\(row) (\(run.id.prefix(12))): \(run.configuration.steps) steps, attempt \(run.attempt)")
        case .progress(let run, let row, let progress):
            show(run, row, progress)
        case .finished(let run, let row, let evaluation, let done, let total):
            self.done = done
            self.total = total
            if let first = firstStep[run.id] { runSeconds.append(Date().timeIntervalSince(first.time)) }
            line("\(row) finished, \(done)/\(total): \(Format.summary(evaluation))")
        case .failed(_, let row, let message):
            line("\(row) failed: \(message)")
        case .waiting:
            line("waiting for runs that other processes hold")
        }
    }

    private func show(_ run: String, _ row: String, _ progress: TrainingProgress) {
        let now = Date()
        let first = firstStep[run] ?? (progress.step, now)
        firstStep[run] = first
        guard now.timeIntervalSince(lastPrint) >= interval || progress.step == progress.totalSteps else {
            return
        }
        lastPrint = now
        let rate = Double(progress.step - first.step) / max(1e-9, now.timeIntervalSince(first.time))
        let left = rate > 0 ? Double(progress.totalSteps - progress.step) / rate : .nan
        let text =
            "\(row)  \(progress.step)/\(progress.totalSteps)  "
            + String(format: "%.1f steps/s  loss %.4f", rate, progress.loss)
            + "  left: run \(Format.duration(left)), sweep \(sweepLeft(left))"
        if isTerminal {
            write("\r\u{1B}[K\(text)")
        } else {
            write(text + "\n")
        }
    }

    /// What is left of this run, and the runs after it at the mean pace of those finished here.
    private func sweepLeft(_ run: Double) -> String {
        let after = max(0, total - done - 1)
        guard after > 0 else { return Format.duration(run) }
        guard !runSeconds.isEmpty else { return "?" }
        let mean = runSeconds.reduce(0, +) / Double(runSeconds.count)
        return Format.duration(run + Double(after) * mean)
    }

    private func line(_ text: String) { write((isTerminal ? "\r\u{1B}[K" : "") + text + "\n") }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
