import Foundation
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
    /// Seconds after which a lease is renewed that no checkpoint has renewed.
    var leaseRenewal = RunLease.renewal

    enum Outcome {
        case finished(Evaluation)
        /// Asked to stop: checkpoint written, run given back.
        case interrupted
        /// Another process took the run over.
        case lostLease
    }

    func execute(_ run: RunRecord, progress: (TrainingProgress) -> Void) throws -> Outcome {
        try LeaseKeeper.keeping(lease, of: run.id, in: database, every: leaseRenewal) {
            do {
                return try trainAndEvaluate(run, progress)
            } catch is CancellationError {
                // The stop came while texts were embedded. Those that were are kept, and nothing else is lost.
                try database.release(run.id, lease: lease)
                return .interrupted
            }
        }
    }

    private func trainAndEvaluate(
        _ run: RunRecord, _ progress: (TrainingProgress) -> Void
    ) throws -> Outcome {
        // The lease is this process's, so nobody else is writing these files.
        folder.removeAbandonedFiles(of: run.id)
        let task = try inputs.task(of: run)
        let base = try run.baseRun.map { try folder.loadModel($0) }
        let ranker = run.configuration.ranker
        let rankerInputs = RankerInputs(
            task: task, seed: run.configuration.seed, workers: workers, base: base,
            pretrained: try inputs.pretrainedModel(of: run),
            // A base holds what it took from an encoder where training began.
            textEmbedder: base == nil || ranker.ranksByTextEncoder
                ? try inputs.textEmbedder(of: run, workers: workers, shouldStop: shouldStop) : nil)
        let trainer = try resumed(run) { try ranker.trainer(rankerInputs) }
        var clock = RunClock(threads: workers.threads)
        guard try train(run, trainer, &clock, progress) else { return .lostLease }
        if trainer.completedSteps < trainer.totalSteps {
            try database.release(run.id, lease: lease)
            return .interrupted
        }
        let trained = FiniteRanker.checking(try trainer.ranker(), step: trainer.completedSteps)
        let evaluation = try Evaluation(trained, task, run.configuration.evaluation)
        // Whoever took the run over goes on from the checkpoint, and writes the model.
        guard try database.renew(run.id, lease: lease) else { return .lostLease }
        // A pretrained model that nothing was changed in lies where it lay.
        if trainer.totalSteps > 0 { try trainer.writeModel(to: folder.model(run.id)) }
        // The model is there before the row says so, and the checkpoint goes last: a crash between them repeats
        // the evaluation and no more.
        guard try finish(run, task, evaluation, clock) else { return .lostLease }
        try? FileManager.default.removeItem(at: folder.checkpoint(run.id))
        return .finished(evaluation)
    }

    /// Trains until the last step or until a stop is asked for; false when the lease was lost.
    private func train(
        _ run: RunRecord, _ trainer: any Trainer, _ clock: inout RunClock,
        _ progress: (TrainingProgress) -> Void
    ) throws -> Bool {
        var recorder = CurveRecorder(totalSteps: trainer.totalSteps)
        var isOurs = true
        do {
            try trainer.train { event in
                recorder.add(event)
                progress(event)
                // A stop is asked for by a signal; the checkpoint is what makes it cost nothing.
                guard clock.secondsSinceSave >= checkpointInterval || shouldStop() else { return .more }
                isOurs = try save(run, trainer, &recorder, &clock)
                return !isOurs || shouldStop() ? .stop : .more
            }
        } catch let error as TrainingError {
            // The way there is what one looks at first; a checkpoint of such a state is of no use.
            if try database.renew(run.id, lease: lease) {
                try save(&recorder, &clock, of: run)
            }
            throw error
        }
        guard isOurs, trainer.totalSteps > 0, trainer.completedSteps == trainer.totalSteps else {
            return isOurs
        }
        // A checkpoint of the last step: whoever goes on after a kill evaluates, and need not train again.
        return try save(run, trainer, &recorder, &clock)
    }

    /// Puts a run that another machine trained into the database, as finished.
    ///
    /// - Returns: nil when another process has taken the run over.
    func record(_ run: RunRecord, _ scores: ImportedScores) throws -> Evaluation? {
        try LeaseKeeper.keeping(lease, of: run.id, in: database, every: leaseRenewal) {
            let task = try inputs.task(of: run)
            let evaluation = try Evaluation(scores.ranker(task, run), task, run.configuration.evaluation)
            // A clock that starts now, since nobody here knows what the run took on the other machine.
            let isOurs = try finish(
                run, task, evaluation, RunClock(threads: workers.threads), imported: training(of: run, scores)
            )
            return isOurs ? evaluation : nil
        }
    }

    /// What the other machine's file says of its training.
    private func training(of run: RunRecord, _ scores: ImportedScores) -> ImportedTraining {
        let curves = scores.losses.enumerated().compactMap { step, loss in
            CurveRecorder.keeps(step + 1, of: scores.losses.count)
                ? CurvePoint(step: step + 1, name: "loss", value: Double(loss)) : nil
        }
        return ImportedTraining(
            curves: curves, queries: run.configuration.steps * run.configuration.ranker.queriesPerStep,
            points: scores.points)
    }

    /// A new trainer at the run's checkpoint, or at its first step where none is there or what is there is damaged; curves beyond
    /// it are dropped.
    private func resumed(_ run: RunRecord, _ new: () throws -> any Trainer) throws -> any Trainer {
        let file = folder.checkpoint(run.id)
        var trainer = try new()
        if FileManager.default.fileExists(atPath: file.path) {
            do {
                try trainer.restore(TensorArchive(contentsOf: file))
            } catch is TensorArchiveError {
                // It would fail the run at every try. The trainer may hold a part of it.
                try FileManager.default.removeItem(at: file)
                trainer = try new()
            }
        }
        try database.cutCurves(of: run.id, after: trainer.completedSteps)
        return trainer
    }

    /// Lease, curves and clock, then the checkpoint; false when the lease was lost.
    ///
    /// In this order, because a crash in between leaves curves that go beyond the checkpoint, which `resume`
    /// cuts, and never a checkpoint that goes beyond the curves.
    private func save(
        _ run: RunRecord, _ trainer: any Trainer, _ recorder: inout CurveRecorder, _ clock: inout RunClock
    ) throws -> Bool {
        guard try database.renew(run.id, lease: lease) else { return false }
        try save(&recorder, &clock, of: run)
        try trainer.writeCheckpoint(to: folder.checkpoint(run.id))
        return true
    }

    private func save(_ recorder: inout CurveRecorder, _ clock: inout RunClock, of run: RunRecord) throws {
        try database.save(recorder.take(), spent: clock.lap(), of: run.id, trained: recorder.last)
    }

    /// The one transaction that makes the run finished; false when another owns it by now.
    private func finish(
        _ run: RunRecord, _ task: RankingTask, _ evaluation: Evaluation, _ clock: RunClock,
        imported: ImportedTraining? = nil
    ) throws -> Bool {
        var (clock, environment) = (clock, environment)
        environment.precision = run.configuration.precisionOfProducts
        let work = FinishedWork(
            evaluation: evaluation, task: task, imported: imported,
            environment: environment, spent: clock.lap(),
            peakMemoryBytes: ResourceUsage.current.peakMemoryBytes)
        return try database.finish(run, work, lease: lease)
    }
}

/// Values of a run at evenly spaced steps, until they are written.
private struct CurveRecorder {
    /// Points of a curve that are kept.
    private static let curvePoints = 200

    private let totalSteps: Int
    private var points: [CurvePoint] = []
    /// The last step that was heard of; nil before the first.
    private(set) var last: TrainingProgress?

    init(totalSteps: Int) { self.totalSteps = totalSteps }

    static func keeps(_ step: Int, of totalSteps: Int) -> Bool {
        step % max(1, totalSteps / curvePoints) == 0 || step == totalSteps
    }

    mutating func add(_ event: TrainingProgress) {
        last = event
        guard Self.keeps(event.step, of: totalSteps) else { return }
        points.append(CurvePoint(step: event.step, name: "loss", value: event.loss))
        for (name, value) in event.values {
            points.append(CurvePoint(step: event.step, name: name, value: value))
        }
    }

    mutating func take() -> [CurvePoint] {
        defer { points = [] }
        return points
    }
}

/// Wall and CPU time since the last save.
///
/// A run of one thread is all in the thread that calls: what other runs of the process take is not counted. One of several
/// threads has the time of the whole process.
private struct RunClock {
    private let isOfThread: Bool
    private var wall = Date()
    private var cpu: Double

    init(threads: Int) {
        isOfThread = threads == 1
        cpu = Self.cpuSeconds(ofThread: threads == 1)
    }

    private static func cpuSeconds(ofThread: Bool) -> Double {
        ofThread ? ResourceUsage.cpuSecondsOfThread : ResourceUsage.current.cpuSeconds
    }

    var secondsSinceSave: Double { Date().timeIntervalSince(wall) }

    mutating func lap() -> SpentTime {
        let (now, used) = (Date(), Self.cpuSeconds(ofThread: isOfThread))
        defer { (wall, cpu) = (now, used) }
        return SpentTime(wall: now.timeIntervalSince(wall), cpu: used - cpu)
    }
}
