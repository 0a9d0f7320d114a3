import GRDB

/// A run of a sweep, as its row of results.db tells it.
public struct SweepEntry: Sendable, Equatable {
    /// The panel of a figure that the run stands in; empty for a table.
    public let panel: String
    /// The row's name in the spec.
    public let row: String
    /// Whether this is a base that rows of the sweep start from, and no row of its own.
    public let isBase: Bool
    public let seed: Int
    /// The run's id.
    public let run: String
    /// The kind of ranker, as specs name it.
    public let model: String
    public let state: RunRecord.State
    /// The run's configuration as canonical JSON.
    public let configuration: String
    /// Optimiser steps.
    public let steps: Int?
    public let trainingQueries: Int?
    public let trainingPoints: Int?
    public let evaluationQueries: Int?
    /// Processor time of training and evaluation, and of the base that the run started from.
    public let cpuSeconds: Double
    /// Why a failed run failed.
    public let error: String?
    /// The step at which a failed run diverged; nil where it failed otherwise.
    public let failedStep: Int?
}

extension ResultsSnapshot {
    /// The names of all sweeps that have a run, in alphabetical order.
    public func sweeps() throws -> [String] {
        try String.fetchAll(database, sql: "SELECT DISTINCT sweep FROM sweep_run ORDER BY sweep")
    }

    /// Every sweep at each scale that it has a run of, in alphabetical order.
    public func sweepScales() throws -> [(sweep: String, scale: String)] {
        try Row.fetchAll(database, sql: "SELECT DISTINCT sweep, scale FROM sweep_run ORDER BY sweep, scale")
            .map { ($0["sweep"], $0["scale"]) }
    }

    /// The scales at which `sweep` has a finished run, in alphabetical order.
    public func finishedScales(_ sweep: String) throws -> [String] {
        try String.fetchAll(
            database,
            sql: """
                SELECT DISTINCT sweep_run.scale FROM sweep_run JOIN run ON run.id = sweep_run.run
                WHERE sweep_run.sweep = ? AND run.state = 'finished' ORDER BY sweep_run.scale
                """, arguments: [sweep])
    }

    /// The runs of `sweep` at `scale`, in the order of running, then by seed.
    public func entries(_ sweep: String, scale: String) throws -> [SweepEntry] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT sweep_run.panel, sweep_run.row, sweep_run.position, sweep_run.seed, run.id, run.model, run.state,
                    run.configuration, run.steps, run.training_queries, run.training_points,
                    run.evaluation_queries, run.cpu_seconds + coalesce(
                        (SELECT base.cpu_seconds FROM run AS base WHERE base.id = run.base_run), 0) AS cpu_seconds,
                    run.error, run.failed_step
                FROM sweep_run JOIN run ON run.id = sweep_run.run
                WHERE sweep_run.sweep = ? AND sweep_run.scale = ?
                ORDER BY sweep_run.position, sweep_run.seed
                """, arguments: [sweep, scale]
        ).map { try SweepEntry($0) }
    }

    /// What the runs of `sweep` at `scale` measured on `split`, by the run's id.
    public func metrics(_ sweep: String, scale: String, split: String) throws -> [String: [MeasuredMetric]] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT DISTINCT metric.* FROM sweep_run JOIN metric ON metric.run = sweep_run.run
                WHERE sweep_run.sweep = ? AND sweep_run.scale = ? AND metric.split = ?
                """, arguments: [sweep, scale, split])
        return Dictionary(grouping: rows) { $0["run"] as String }.mapValues { $0.map(MeasuredMetric.init) }
    }
}

extension SweepEntry {
    fileprivate init(_ row: Row) throws {
        panel = row["panel"]
        self.row = row["row"]
        // A sweep lists the bases of its rows before all rows, at position -1.
        isBase = row["position"] < 0
        seed = row["seed"]
        run = row["id"]
        model = row["model"]
        state = try RunRecord.State(named: row["state"], run: row["id"])
        configuration = row["configuration"]
        steps = row["steps"]
        trainingQueries = row["training_queries"]
        trainingPoints = row["training_points"]
        evaluationQueries = row["evaluation_queries"]
        cpuSeconds = row["cpu_seconds"]
        error = row["error"]
        failedStep = row["failed_step"]
    }
}
