import Foundation
import GRDB
import Rankers
import RankingData
import Tensors

/// Trains, evaluates and records one claimed run.
///
/// Nothing is recorded as finished before model, metrics and values by query are all there: the last
/// step is one transaction. Until then a checkpoint lets whoever claims the run next go on.
struct RunExecutor {
    let database: ResultsDatabase
    let folder: ResultsFolder
    let inputs: InputLibrary
    let workers: WorkerPool
    let environment: RunEnvironment
    let lease: RunLease
    /// Seconds between checkpoints.
    let checkpointInterval: Double
    let shouldStop: @Sendable () -> Bool

    enum Outcome {
        case finished(Evaluation)
        /// Asked to stop: checkpoint written, run given back.
        case interrupted
        /// Another process took the run over.
        case lostLease
    }

    func execute(_ run: RunRecord, progress: (TrainingProgress) -> Void) throws -> Outcome {
        folder.removeAbandonedFiles(of: run.id)
        let task = try inputs.task(of: run)
        let base = try run.baseRun.map { try folder.loadModel($0) }
        let trainer = try Models.trainer(
            run.configuration, task: task, workers: workers, base: base,
            pretrained: inputs.pretrainedModel(of: run))
        try resume(run, trainer)
        var recorder = CurveRecorder(totalSteps: trainer.totalSteps)
        var clock = RunClock()
        var lost = false
        var last: TrainingProgress?
        try trainer.train { event in
            last = event
            recorder.add(event)
            progress(event)
            guard clock.secondsSinceSave >= checkpointInterval || shouldStop() else { return .more }
            lost = try !save(run, trainer, &recorder, &clock)
            return lost || shouldStop() ? .stop : .more
        }
        if lost { return .lostLease }
        if trainer.completedSteps < trainer.totalSteps {
            try database.release(run.id, lease: lease)
            return .interrupted
        }
        let trained = trainer.totalSteps > 0
        if trained, try !save(run, trainer, &recorder, &clock) { return .lostLease }
        let evaluation = try Evaluation(trainer.ranker(), task, run.configuration.evaluation)
        // A pretrained model that nothing was changed in lies where it lay.
        if trained { try trainer.writeModel(to: folder.model(run.id)) }
        let isOurs = try finish(run, task, evaluation, last, clock)
        try? FileManager.default.removeItem(at: folder.checkpoint(run.id))
        return isOurs ? .finished(evaluation) : .lostLease
    }

    /// Puts a run that another machine trained into the database, as finished.
    ///
    /// - Returns: nil when another process has taken the run over.
    func record(_ run: RunRecord, _ scores: ImportedScores) throws -> Evaluation? {
        let task = try inputs.task(of: run)
        let evaluation = try Evaluation(scores.ranker(task, run), task, run.configuration.evaluation)
        try database.transact { database in
            try database.execute(sql: "DELETE FROM curve WHERE run = ?", arguments: [run.id])
            for (step, loss) in scores.losses.enumerated()
            where CurveRecorder.keeps(step + 1, of: scores.losses.count) {
                try database.execute(
                    sql: "INSERT INTO curve (run, step, name, value) VALUES (?, ?, 'loss', ?)",
                    arguments: [run.id, step + 1, Double(loss)])
            }
        }
        let steps = run.configuration.steps
        let last = TrainingProgress(
            step: steps, totalSteps: steps, loss: Double(scores.losses.last ?? 0),
            queries: steps * (run.configuration.autoregressive?.queriesPerBatch ?? 0), points: scores.points)
        guard try finish(run, task, evaluation, last, RunClock()) else { return nil }
        // As a published run: its model is not here, and what it cost is not known.
        try database.transact {
            try $0.execute(
                sql: """
                    UPDATE run SET imported = 1, host = NULL, cpu = NULL, threads = NULL, blas = NULL,
                        wall_seconds = 0, cpu_seconds = 0, peak_memory_bytes = NULL WHERE id = ?
                    """, arguments: [run.id])
        }
        return evaluation
    }

    /// Goes back to the run's checkpoint, if one is there and whole; curves beyond it are dropped.
    private func resume(_ run: RunRecord, _ trainer: any Trainer) throws {
        let file = folder.checkpoint(run.id)
        if FileManager.default.fileExists(atPath: file.path) {
            try trainer.restore(TensorArchive(contentsOf: file))
        }
        let step = trainer.completedSteps
        try database.transact {
            try $0.execute(sql: "DELETE FROM curve WHERE run = ? AND step > ?", arguments: [run.id, step])
        }
    }

    /// Lease, curves and clock, then the checkpoint; false when the lease was lost.
    ///
    /// In this order, because a crash in between leaves curves that go beyond the checkpoint, which `resume`
    /// cuts, and never a checkpoint that goes beyond the curves.
    private func save(
        _ run: RunRecord, _ trainer: any Trainer, _ recorder: inout CurveRecorder, _ clock: inout RunClock
    ) throws -> Bool {
        guard try database.renew(run.id, lease: lease) else { return false }
        let points = recorder.take()
        let spent = clock.lap()
        try database.transact { database in
            for point in points {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO curve (run, step, name, value) VALUES (?, ?, ?, ?)",
                    arguments: [run.id, point.step, point.name, point.value])
            }
            try database.execute(
                sql:
                    "UPDATE run SET wall_seconds = wall_seconds + ?, cpu_seconds = cpu_seconds + ? WHERE id = ?",
                arguments: [spent.wall, spent.cpu, run.id])
        }
        try trainer.writeCheckpoint(to: folder.checkpoint(run.id))
        return true
    }

    /// The one transaction that makes the run finished; false when another owns it by now.
    private func finish(
        _ run: RunRecord, _ task: RankingTask, _ evaluation: Evaluation, _ last: TrainingProgress?,
        _ clock: RunClock
    ) throws -> Bool {
        var clock = clock
        let spent = clock.lap()
        return try database.transact { database in
            try database.execute(
                sql: """
                    UPDATE run SET state = 'finished', lease_owner = NULL, lease_expires = NULL, ended = ?,
                        training_queries = coalesce(?, training_queries),
                        training_points = coalesce(?, training_points), evaluation_queries = ?, commit_hash = ?,
                        dirty = ?, host = ?, cpu = ?, threads = ?, blas = ?, wall_seconds = wall_seconds + ?,
                        cpu_seconds = cpu_seconds + ?, peak_memory_bytes = ? WHERE id = ? AND lease_owner = ?
                    """,
                arguments: [
                    ResultsDatabase.timestamp(), last?.queries, last?.points, evaluation.queries.count,
                    environment.commit, environment.dirty, environment.host, environment.cpu,
                    environment.threads,
                    environment.blas, spent.wall, spent.cpu, ResourceUsage.current.peakMemoryBytes, run.id,
                    lease.owner,
                ])
            guard database.changesCount == 1 else { return false }
            try database.insert(evaluation, run: run, names: task.names)
            return true
        }
    }
}

/// Values of a run at evenly spaced steps, until they are written.
private struct CurveRecorder {
    struct Point {
        let step: Int
        let name: String
        let value: Double
    }

    /// Points of a curve that are kept.
    private static let curvePoints = 200

    private let totalSteps: Int
    private var points: [Point] = []

    init(totalSteps: Int) { self.totalSteps = totalSteps }

    static func keeps(_ step: Int, of totalSteps: Int) -> Bool {
        step % max(1, totalSteps / curvePoints) == 0 || step == totalSteps
    }

    mutating func add(_ event: TrainingProgress) {
        guard Self.keeps(event.step, of: totalSteps) else { return }
        points.append(Point(step: event.step, name: "loss", value: event.loss))
        for (name, value) in event.values { points.append(Point(step: event.step, name: name, value: value)) }
    }

    mutating func take() -> [Point] {
        defer { points = [] }
        return points.filter { $0.value.isFinite }
    }
}

/// Wall and CPU time since the last save.
private struct RunClock {
    private var wall = Date()
    private var cpu = ResourceUsage.current.cpuSeconds

    var secondsSinceSave: Double { Date().timeIntervalSince(wall) }

    mutating func lap() -> (wall: Double, cpu: Double) {
        let (now, used) = (Date(), ResourceUsage.current.cpuSeconds)
        defer { (wall, cpu) = (now, used) }
        return (now.timeIntervalSince(wall), used - cpu)
    }
}

extension ResultsDatabase {
    /// Puts a new evaluation of a finished run in the place of its own, with metrics that it may lack.
    public func record(_ evaluation: Evaluation, of run: RunRecord, names: [String]) throws {
        try transact { try $0.insert(evaluation, run: run, names: names) }
    }
}

extension Database {
    /// A finished run's metrics and values by query, in place of any that were there.
    fileprivate func insert(_ evaluation: Evaluation, run: RunRecord, names: [String]) throws {
        let split = run.configuration.evaluation.split.rawValue
        try execute(sql: "DELETE FROM metric WHERE run = ? AND split = ?", arguments: [run.id, split])
        for summary in evaluation.summaries {
            try execute(
                sql:
                    "INSERT INTO metric (run, split, metric, k, value, low, high, n) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    run.id, split, summary.metric.name, summary.metric.cutoff, summary.value, summary.low,
                    summary.high, summary.queries,
                ])
        }
        let number = try Int.fetchOne(self, sql: "SELECT number FROM run WHERE id = ?", arguments: [run.id])
        let statement = try makeStatement(
            sql:
                "INSERT OR REPLACE INTO query_value (run, split, metric, k, query, value) VALUES (?, ?, ?, ?, ?, ?)"
        )
        for (index, metric) in evaluation.metrics.enumerated() where Evaluation.isKeptByQuery(metric) {
            for (query, value) in zip(evaluation.queries, evaluation.values[index]) {
                try statement.execute(
                    arguments: [number, split, metric.name, metric.cutoff, names[Int(query.query)], value])
            }
        }
    }
}
