import Experiments
import RankingMetrics

/// A run with all its metrics, as a report needs it.
struct FinishedRun {
    var id: String
    var model: String
    var seed: Int
    var options: RunOptions
    var steps: Int?
    var trainingQueries: Int?
    var trainingPoints: Int?
    var evaluationQueries: Int?
    /// Processor time of training and evaluation, and of the base that the run started from.
    var cpuSeconds: Double
    var estimates: [Metric: Estimate]
    /// The same by other scores that the evaluation measured, by the scores' names.
    var variants: [String: [Metric: Estimate]] = [:]
    /// Which of the evaluation's scores `estimates` are of; empty for the run's own.
    var score = ""
}

extension FinishedRun {
    /// The score of documents that the run is evaluated by.
    var ownScore: String { options["score"] ?? "mean" }

    /// The run as another score of the same pass measures it; nil where it was not measured so.
    func measured(by name: String) -> FinishedRun? {
        if ownScore == name { return self }
        guard let estimates = variants[name] else { return nil }
        var run = self
        (run.estimates, run.score) = (estimates, name)
        return run
    }
}

/// One row of a sweep: what a table's row or a curve of a figure is made of.
struct SweepRow {
    var panel: String
    var id: String
    /// Whether this is a base that rows of the sweep start from, and no row of its own.
    var isBase: Bool
    /// The finished runs, by seed; empty while none has finished.
    var runs: [FinishedRun]
    /// The runs that failed, by seed.
    var failures: [FailedRun] = []
}

/// A run that ended without metrics.
struct FailedRun: Equatable {
    var id: String
    var seed: Int
    var error: String
    /// The step at which it diverged; nil where it failed otherwise.
    var step: Int?
}

/// A sweep at one scale: its rows in the order of running.
struct SweepResults {
    var sweep: String
    var scale: String
    var rows: [SweepRow]

    func row(_ id: String, panel: String = "") -> SweepRow? {
        rows.first { $0.id == id && $0.panel == panel && !$0.isBase }
    }

    /// A sentence for each run that failed: no page leaves one out without a word.
    var failureNotes: [String] {
        rows.flatMap { row in
            row.failures.map { failure in
                let name = Escaping.markdown(row.panel.isEmpty ? row.id : "\(row.panel)/\(row.id)")
                let step = failure.step.map { " at step \(grouped($0))" } ?? ""
                return
                    "Failed: \(name), seed \(failure.seed) (run \(failure.id.prefix(12)))\(step): "
                    + "\(Escaping.markdown(failure.error)). It is no part of the numbers."
            }
        }
    }

    /// Rows, other than bases, that have neither a finished nor a failed run, as `panel/row`.
    var rowsNotRun: [String] {
        rows.filter { !$0.isBase && $0.runs.isEmpty && $0.failures.isEmpty }
            .map { $0.panel.isEmpty ? $0.id : "\($0.panel)/\($0.id)" }
    }
}

/// Reads one state of results.db for a report.
struct ResultsReader {
    let snapshot: ResultsSnapshot

    static let split = "evaluation"
    /// Known scales, the largest first; others come after them by name.
    static let scales = ["full", "quick", "smoke"]

    /// The scales of `sweep` with a finished run, the largest first.
    func finishedScales(_ sweep: String) throws -> [String] {
        ResultsReader.largestFirst(try snapshot.finishedScales(sweep))
    }

    /// The different scales among `found`, the largest first.
    static func largestFirst(_ found: [String]) -> [String] {
        scales.filter(found.contains) + Set(found).subtracting(scales).sorted()
    }

    /// The names of all sweeps.
    func sweeps() throws -> [String] { try snapshot.sweeps() }

    /// The rows of `sweep` at `scale`, or at its largest scale with a finished run. None is no error.
    func results(_ sweep: String, scale requested: String?) throws -> SweepResults {
        let scale = try requested ?? finishedScales(sweep).first ?? ""
        let metrics = try snapshot.metrics(sweep, scale: scale, split: ResultsReader.split)
        var rows: [SweepRow] = []
        for entry in try snapshot.entries(sweep, scale: scale) {
            let index = rows.firstIndex { $0.panel == entry.panel && $0.id == entry.row } ?? rows.endIndex
            if index == rows.endIndex {
                rows.append(SweepRow(panel: entry.panel, id: entry.row, isBase: entry.isBase, runs: []))
            }
            if entry.state == .failed {
                rows[index].failures.append(
                    FailedRun(
                        id: entry.run, seed: entry.seed, error: entry.error ?? "no reason is recorded",
                        step: entry.failedStep))
            }
            guard entry.state == .finished else { continue }
            rows[index].runs.append(try FinishedRun(entry, metrics: metrics[entry.run] ?? []))
        }
        return SweepResults(sweep: sweep, scale: scale, rows: rows)
    }

    /// `metric` of each evaluation query of `run`, by the score that it shows; empty where the run keeps none.
    func queryValues(_ run: FinishedRun, _ metric: Metric) throws -> [String: Double] {
        try snapshot.queryValues(
            of: run.id, split: ResultsReader.split, metric: metric.name, k: metric.cutoff, score: run.score)
    }
}

extension FinishedRun {
    fileprivate init(_ entry: SweepEntry, metrics: [MeasuredMetric]) throws {
        var estimates: [String: [Metric: Estimate]] = [:]
        for measured in metrics {
            guard let metric = Metric(measured.name) else { continue }
            estimates[measured.score ?? "", default: [:]][metric] = Estimate(
                value: measured.value, low: measured.low, high: measured.high)
        }
        // An empty text stands for the run's own score; what is left are the other scores.
        let own = estimates.removeValue(forKey: "") ?? [:]
        self.init(
            id: entry.run, model: entry.model, seed: entry.seed,
            options: try RunOptions(json: entry.configuration, run: entry.run), steps: entry.steps,
            trainingQueries: entry.trainingQueries, trainingPoints: entry.trainingPoints,
            evaluationQueries: entry.evaluationQueries, cpuSeconds: entry.cpuSeconds, estimates: own,
            variants: estimates)
    }
}
