import Foundation
import GRDB

/// How far a run of a sweep is, as the process that works on it saved last.
public struct RunProgress: Sendable, Equatable {
    /// The panel of a figure that the run stands in; empty for a table.
    public let panel: String
    /// The row's name in the spec.
    public let row: String
    /// The seed of the run.
    public let seed: Int
    /// The run's id.
    public let run: String
    /// The kind of ranker, as specs name it.
    public let model: String
    /// How far the run has come.
    public let state: RunRecord.State
    /// Whether it was trained elsewhere, so that its time is not this machine's.
    public let isImported: Bool
    /// Who works on it, `host:process:name`; nil where nobody does.
    public let owner: String?
    /// Whether the one who worked on it is gone, so that the next who asks takes it up.
    public let isAbandoned: Bool
    /// Optimiser steps of the whole run.
    public let steps: Int
    /// The last step whose loss has been saved; 0 before the first.
    public let savedStep: Int
    /// The losses saved last, the newest first; at most three.
    public let losses: [Double]
    /// Time taken up to the last save, all attempts together.
    public let wallSeconds: Double
    /// Seconds since the process that works on the run was last heard of: it saved, or, where a step or an evaluation
    /// takes long, renewed its lease.
    public let secondsSinceHeard: Double?
    /// Why a failed run failed.
    public let error: String?

    /// Steps a second up to the last save; nil before it.
    public var stepsPerSecond: Double? {
        savedStep > 0 && wallSeconds > 0 ? Double(savedStep) / wallSeconds : nil
    }

    /// About how long a run that is worked on still takes to train, at the pace so far; nil before its first save.
    public var secondsLeft: Double? {
        guard let rate = stepsPerSecond else { return nil }
        return max(0, Double(steps - savedStep) / rate - (secondsSinceHeard ?? 0))
    }
}

/// A sweep at one scale while any number of processes work on it.
public struct SweepProgress: Sendable, Equatable {
    /// The name of the sweep.
    public let sweep: String
    /// The scale of the sweep.
    public let scale: String
    /// Every run once, bases too, in the order of running.
    public let runs: [RunProgress]

    /// Runs that a live process works on.
    public var running: [RunProgress] { runs.filter { $0.state == .running && !$0.isAbandoned } }
    /// Runs that wait for a process: not begun, given back, or left behind by one that is gone.
    public var waiting: [RunProgress] {
        runs.filter { $0.state == .pending || $0.state == .running && $0.isAbandoned }
    }

    /// How many runs are in a state.
    public func count(_ state: RunRecord.State) -> Int { runs.count { $0.state == state } }

    /// About how long the sweep still takes with as many runs at once as now: what is left of the runs that are worked on,
    /// and the steps of those that wait at the mean pace of their kind of ranker in this sweep. Nil where nobody works on
    /// it, or a kind's pace is not known yet; evaluations are not in it.
    public var secondsLeft: Double? {
        guard !running.isEmpty else { return nil }
        var sum = 0.0
        for run in running {
            guard let left = run.secondsLeft ?? secondsPerStep(run.model).map({ $0 * Double(run.steps) })
            else {
                return nil
            }
            sum += left
        }
        for run in waiting {
            guard let pace = secondsPerStep(run.model) else { return nil }
            sum += pace * Double(run.steps - run.savedStep)
        }
        return sum / Double(running.count)
    }

    private func secondsPerStep(_ model: String) -> Double? {
        let known = runs.filter { $0.model == model && !$0.isImported && $0.stepsPerSecond != nil }
        let steps = known.reduce(0) { $0 + $1.savedStep }
        return steps > 0 ? known.reduce(0) { $0 + $1.wallSeconds } / Double(steps) : nil
    }
}

extension ResultsSnapshot {
    /// The sweeps that have a run which is not finished or failed, in alphabetical order.
    public func openSweeps() throws -> [(sweep: String, scale: String)] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT DISTINCT sweep, scale FROM sweep_run JOIN run ON run.id = sweep_run.run
                WHERE run.state IN ('pending', 'running') ORDER BY sweep, scale
                """
        ).map { (try $0.checked("sweep"), try $0.checked("scale")) }
    }

    /// How far the runs of `sweep` at `scale` are; no runs where there is no such sweep.
    ///
    /// - Parameter now: Seconds since 1970.
    public func progress(
        _ sweep: String, scale: String, now: Double = Date().timeIntervalSince1970
    ) throws -> SweepProgress {
        // Beside min() SQLite takes a group's other columns from the row that has the minimum.
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT min(sweep_run.position) AS position, sweep_run.panel, sweep_run.row, sweep_run.seed, run.*,
                    (SELECT max(step) FROM curve WHERE curve.run = run.id AND name = 'loss') AS saved_step
                FROM sweep_run JOIN run ON run.id = sweep_run.run
                WHERE sweep_run.sweep = ? AND sweep_run.scale = ?
                GROUP BY run.id ORDER BY 1, sweep_run.seed
                """, arguments: [sweep, scale])
        return SweepProgress(
            sweep: sweep, scale: scale,
            runs: try rows.map { try RunProgress($0, losses: lastLosses(of: $0.checked("id")), now: now) })
    }

    private func lastLosses(of run: String) throws -> [Double] {
        try Double.fetchAll(
            database,
            sql: "SELECT value FROM curve WHERE run = ? AND name = 'loss' ORDER BY step DESC LIMIT 3",
            arguments: [run])
    }
}

extension RunProgress {
    fileprivate init(_ row: Row, losses: [Double], now: Double) throws {
        panel = try row.checked("panel")
        self.row = try row.checked("row")
        seed = try row.checked("seed")
        run = try row.checked("id")
        model = try row.checked("model")
        state = try RunRecord.State(named: row.checked("state"), run: run)
        isImported = try row.checked("imported")
        owner = try row.checked("lease_owner")
        let expires: Double = try row.checked("lease_expires") ?? 0
        let isHeld = state == .running
        isAbandoned = isHeld && RunLease.isVoid(owner ?? "", expires: expires, now: now)
        steps = try row.checked("steps")
        savedStep = try row.checked("saved_step") ?? 0
        self.losses = losses
        wallSeconds = try row.checked("wall_seconds")
        // A lease is given when a run is begun, and renewed with every save and while nothing is saved.
        secondsSinceHeard = isHeld && !isAbandoned ? max(0, now - (expires - RunLease.duration)) : nil
        error = try row.checked("error")
    }
}
