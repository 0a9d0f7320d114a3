import GRDB

/// A run of a sweep, as its row of results.db tells it.
public struct SweepEntry: Sendable, Equatable {
    /// The panel of a figure that the run stands in; empty for a table.
    public let panel: String
    /// The row's name in the spec.
    public let row: String
    /// Whether this is a base that rows of the sweep start from, and no row of its own.
    public let isBase: Bool
    /// The run's seed.
    public let seed: Int
    /// The run's id.
    public let run: String
    /// The kind of ranker, as specs name it.
    public let model: String
    /// How far the run has come.
    public let state: RunRecord.State
    /// The run's configuration as canonical JSON.
    public let configuration: String
    /// Optimiser steps.
    public let steps: Int?
    /// Queries trained on, counted each time that they were seen; nil where that is not known.
    public let trainingQueries: Int?
    /// (query, document) points trained on, likewise.
    public let trainingPoints: Int?
    /// Queries evaluated; nil before the run has finished.
    public let evaluationQueries: Int?
    /// Processor time of training and evaluation, and of the base that the run started from, as far as it can be their own.
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
            .map { (try $0.checked("sweep"), try $0.checked("scale")) }
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
                    run.evaluation_queries, run.cpu_seconds, run.wall_seconds, run.threads, run.error, run.failed_step,
                    base.cpu_seconds AS base_cpu_seconds, base.wall_seconds AS base_wall_seconds,
                    base.threads AS base_threads
                FROM sweep_run JOIN run ON run.id = sweep_run.run LEFT JOIN run AS base ON base.id = run.base_run
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
        panel = try row.checked("panel")
        self.row = try row.checked("row")
        // A sweep lists the bases of its rows before all rows, at position -1.
        isBase = try row.checked("position") < 0
        seed = try row.checked("seed")
        run = try row.checked("id")
        model = try row.checked("model")
        state = try RunRecord.State(named: row.checked("state"), run: run)
        configuration = try row.checked("configuration")
        steps = try row.checked("steps")
        trainingQueries = try row.checked("training_queries")
        trainingPoints = try row.checked("training_points")
        evaluationQueries = try row.checked("evaluation_queries")
        // Added here and not in SQL, where a text counts as 0.
        cpuSeconds =
            try ResultsSnapshot.ownCPUSeconds(row)
            + ResultsSnapshot.ownCPUSeconds(
                row.checked("base_cpu_seconds") ?? 0, wall: row.checked("base_wall_seconds") ?? 0,
                row.checked("base_threads"))
        error = try row.checked("error")
        failedStep = try row.checked("failed_step")
    }
}
