import Experiments
import Foundation
import Rankers
import RankingData
import Reports

/// A sweep's progress: one live line on a terminal, plain lines elsewhere.
final class ProgressPrinter: @unchecked Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let lock = NSLock()
    private var lastPrint = Date.distantPast
    private var firstStep: [String: (step: Int, time: Date)] = [:]
    /// Runs at once.
    private let jobs: Int
    /// About how long the runs take that nobody has begun.
    private var secondsPending: Double?

    init(jobs: Int) { self.jobs = jobs }

    /// Seconds between plain lines, and between redraws of the live line.
    private var interval: Double { isTerminal ? 0.2 : 10 }

    func hear(_ event: SweepEvent) {
        lock.lock()
        defer { lock.unlock() }
        switch event {
        case .cached(let finished, let total):
            line("\(total) runs, \(finished) finished already")
        case .pending(let seconds):
            secondsPending = seconds
        case .started(let run, let row):
            firstStep[run.id] = nil
            line("\(row) (\(run.id.prefix(12))): \(run.configuration.steps) steps, attempt \(run.attempt)")
        case .progress(let run, let row, let progress):
            show(run, row, progress)
        case .finished(_, let row, let evaluation, let done, let total):
            line("\(row) finished, \(done)/\(total): \(Format.summary(evaluation))")
        case .failed(_, let row, let message):
            line("\(row) failed: \(message)")
        case .waiting:
            line("waiting for runs that other processes hold")
        }
    }

    private func show(_ run: String, _ row: String, _ progress: TrainingProgress) {
        let now = Date()
        // The rate is that of this attempt: a run that goes on from a checkpoint does not begin at step 0.
        let first = firstStep[run] ?? (progress.step, now)
        firstStep[run] = first
        guard now.timeIntervalSince(lastPrint) >= interval || progress.step == progress.totalSteps else {
            return
        }
        lastPrint = now
        // At the first step no time has passed.
        let rate = Double(progress.step - first.step) / max(1e-9, now.timeIntervalSince(first.time))
        let left = rate > 0 ? Double(progress.totalSteps - progress.step) / rate : .nan
        let text =
            "\(Escaping.terminal(row))  \(progress.step)/\(progress.totalSteps)  "
            + String(format: "%.1f steps/s  loss %.4f", rate, progress.loss)
            + "  left: run \(Format.duration(left)), sweep \(sweepLeft(left))"
        if isTerminal {
            // Back to the beginning of the line, and clear what stood there.
            StandardError.write("\r\u{1B}[K\(text)")
        } else {
            StandardError.write(text + "\n")
        }
    }

    /// What is left of this run, and the runs after it.
    private func sweepLeft(_ run: Double) -> String {
        secondsPending.map { Format.duration(run + $0 / Double(jobs)) } ?? "?"
    }

    private func line(_ text: String) {
        StandardError.write((isTerminal ? "\r\u{1B}[K" : "") + Escaping.terminal(text) + "\n")
    }
}
