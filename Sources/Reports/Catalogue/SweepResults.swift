import GRDB
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
}

/// One row of a sweep: what a table's row or a curve of a figure is made of.
struct SweepRow {
    var panel: String
    var id: String
    /// Whether this is a base that rows of the sweep start from, and no row of its own.
    var isBase: Bool
    /// The finished runs, by seed; empty while none has finished.
    var runs: [FinishedRun]
}

/// A sweep at one scale: its rows in the order of running.
struct SweepResults {
    var sweep: String
    var scale: String
    var rows: [SweepRow]

    func row(_ id: String, panel: String = "") -> SweepRow? {
        rows.first { $0.id == id && $0.panel == panel && !$0.isBase }
    }
}

/// Reads results.db, inside one transaction, so that a report shows one state of it.
struct ResultsReader {
    let database: Database

    static let split = "evaluation"
    /// Known scales, the largest first; others come after them by name.
    static let scales = ["full", "quick", "smoke"]

    /// The scales of `sweep` with a finished run, the largest first.
    func finishedScales(_ sweep: String) throws -> [String] {
        let found = try String.fetchAll(
            database,
            sql: """
                SELECT DISTINCT sweep_run.scale FROM sweep_run JOIN run ON run.id = sweep_run.run
                WHERE sweep_run.sweep = ? AND run.state = 'finished' ORDER BY sweep_run.scale
                """, arguments: [sweep])
        return ResultsReader.largestFirst(found)
    }

    /// The different scales among `found`, the largest first.
    static func largestFirst(_ found: [String]) -> [String] {
        scales.filter(found.contains) + Set(found).subtracting(scales).sorted()
    }

    func sweeps() throws -> [String] {
        try String.fetchAll(database, sql: "SELECT DISTINCT sweep FROM sweep_run ORDER BY sweep")
    }

    /// The rows of `sweep` at `scale`, or at its largest scale with a finished run. None is no error.
    func results(_ sweep: String, scale requested: String?) throws -> SweepResults {
        let scale = try requested ?? finishedScales(sweep).first ?? ""
        let estimates = try estimates(sweep, scale)
        var rows: [SweepRow] = []
        let records = try Row.fetchCursor(
            database,
            sql: """
                SELECT sweep_run.panel, sweep_run.row, sweep_run.position, sweep_run.seed, run.id, run.model, run.state,
                    run.configuration, run.steps, run.training_queries, run.training_points,
                    run.evaluation_queries, run.cpu_seconds + coalesce(
                        (SELECT base.cpu_seconds FROM run AS base WHERE base.id = run.base_run), 0) AS cpu_seconds
                FROM sweep_run JOIN run ON run.id = sweep_run.run
                WHERE sweep_run.sweep = ? AND sweep_run.scale = ?
                ORDER BY sweep_run.position, sweep_run.seed
                """, arguments: [sweep, scale])
        while let record = try records.next() {
            let (panel, id): (String, String) = (record["panel"], record["row"])
            let index = rows.firstIndex { $0.panel == panel && $0.id == id } ?? rows.endIndex
            if index == rows.endIndex {
                // A sweep lists the bases of its rows before all rows, at position -1.
                rows.append(SweepRow(panel: panel, id: id, isBase: record["position"] < 0, runs: []))
            }
            guard record["state"] == "finished" else { continue }
            rows[index].runs.append(try run(record, estimates: estimates[record["id"]] ?? [:]))
        }
        return SweepResults(sweep: sweep, scale: scale, rows: rows)
    }

    private func run(_ record: Row, estimates: [Metric: Estimate]) throws -> FinishedRun {
        FinishedRun(
            id: record["id"], model: record["model"], seed: record["seed"],
            options: try RunOptions(json: record["configuration"], run: record["id"]), steps: record["steps"],
            trainingQueries: record["training_queries"], trainingPoints: record["training_points"],
            evaluationQueries: record["evaluation_queries"], cpuSeconds: record["cpu_seconds"],
            estimates: estimates)
    }

    private func estimates(_ sweep: String, _ scale: String) throws -> [String: [Metric: Estimate]] {
        var estimates: [String: [Metric: Estimate]] = [:]
        let records = try Row.fetchCursor(
            database,
            sql: """
                SELECT DISTINCT metric.run, metric.metric, metric.k, metric.value, metric.low, metric.high
                FROM sweep_run JOIN metric ON metric.run = sweep_run.run
                WHERE sweep_run.sweep = ? AND sweep_run.scale = ? AND metric.split = ?
                """, arguments: [sweep, scale, ResultsReader.split])
        while let record = try records.next() {
            let (name, k): (String, Int) = (record["metric"], record["k"])
            guard let metric = Metric(k == 0 ? name : "\(name)@\(k)") else { continue }
            estimates[record["run"], default: [:]][metric] = Estimate(
                value: record["value"], low: record["low"], high: record["high"])
        }
        return estimates
    }

    /// `metric` of each evaluation query of `run`; empty where the run keeps none.
    func queryValues(_ run: String, _ metric: Metric) throws -> [String: Double] {
        var values: [String: Double] = [:]
        let records = try Row.fetchCursor(
            database,
            sql: """
                SELECT query, value FROM query_metric
                WHERE run = ? AND split = ? AND metric = ? AND k = ?
                """, arguments: [run, ResultsReader.split, metric.name, metric.cutoff])
        while let record = try records.next() { values[record["query"]] = record["value"] }
        return values
    }
}
