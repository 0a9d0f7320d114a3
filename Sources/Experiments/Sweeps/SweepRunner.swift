import Foundation
import Rankers
import RankingData
import Tensors

/// What a sweep tells while it runs.
public enum SweepEvent: Sendable {
    case cached(finished: Int, total: Int)
    /// About how long the runs that nobody has begun take, one after another; nil where that is not known.
    case pending(seconds: Double?)
    case started(run: RunRecord, row: String)
    case progress(run: String, row: String, TrainingProgress)
    case finished(run: RunRecord, row: String, Evaluation, done: Int, total: Int)
    case failed(run: RunRecord, row: String, message: String)
    /// Other processes hold what is left.
    case waiting
}

/// How a sweep ended.
public struct SweepOutcome: Sendable, Equatable {
    /// Runs of the plan that have finished, in this call or before.
    public var finished = 0
    /// Runs of the plan that have failed.
    public var failed = 0
    /// Runs of the plan that are pending or under way, here or elsewhere.
    public var unfinished = 0
    /// Whether the call ended because a stop was asked for.
    public var interrupted = false
}

/// Works through a sweep's runs, alone or beside other processes on the same database.
public final class SweepRunner: Sendable {
    public struct Options: Sendable {
        /// Runs at once in this process.
        public var jobs: Int
        /// Threads of each run.
        public var threads: Int
        /// Seconds between a run's checkpoints.
        public var checkpointInterval: Double

        /// One run at a time, and a checkpoint each minute, if nothing else is said.
        public init(jobs: Int = 1, threads: Int, checkpointInterval: Double = 60) {
            self.jobs = jobs
            self.threads = threads
            self.checkpointInterval = checkpointInterval
        }
    }

    let database: ResultsDatabase
    let folder: ResultsFolder
    let inputs: InputLibrary
    private let options: Options
    private let shouldStop: @Sendable () -> Bool
    private let listener: @Sendable (SweepEvent) -> Void

    /// A runner of the sweeps of one results folder.
    ///
    /// - Parameters:
    ///   - shouldStop: Asked after each step and before each run; true ends the call after a checkpoint.
    ///   - listener: Hears what happens, from several threads where `options.jobs` is above 1.
    public init(
        database: ResultsDatabase, folder: ResultsFolder, inputs: InputLibrary, options: Options,
        shouldStop: @escaping @Sendable () -> Bool = { false },
        listener: @escaping @Sendable (SweepEvent) -> Void = { _ in }
    ) {
        self.database = database
        self.folder = folder
        self.inputs = inputs
        self.options = options
        self.shouldStop = shouldStop
        self.listener = listener
    }

    /// Runs until every run of the plan is finished or failed, or a stop is asked for.
    public func run(_ plan: SweepPlan) throws -> SweepOutcome {
        try database.reopenBases(plan, in: folder)
        let before = try outcome(plan)
        listener(
            .cached(finished: before.finished, total: before.finished + before.failed + before.unfinished))
        // A worker's own failures end its run and not the sweep; what comes here is the database's or the
        // disk's.
        let errors = FirstError()
        onThreads(options.jobs) {
            do { try self.work(plan) } catch { errors.keep(error) }
        }
        if let error = errors.first { throw error }
        var after = try outcome(plan)
        after.interrupted = shouldStop()
        return after
    }

    /// Does `body` so many times at once, on this thread and others, and returns when all are done.
    ///
    /// The dispatch library would begin no more at once than there are processors.
    private func onThreads(_ count: Int, _ body: @escaping @Sendable () -> Void) {
        let group = DispatchGroup()
        for _ in 1..<max(1, count) {
            group.enter()
            let thread = Thread {
                body()
                group.leave()
            }
            // As much as the main thread has; others would get less on some systems.
            thread.stackSize = 8 << 20
            thread.start()
        }
        body()
        group.wait()
    }

    private func outcome(_ plan: SweepPlan) throws -> SweepOutcome {
        var outcome = SweepOutcome()
        for run in try database.runs(plan) {
            switch run.state {
            case .finished: outcome.finished += 1
            case .failed: outcome.failed += 1
            case .pending, .running: outcome.unfinished += 1
            }
        }
        return outcome
    }

    /// One worker: claims and executes until nothing is left, or nothing can ever be claimed.
    private func work(_ plan: SweepPlan) throws {
        let lease = RunLease()
        let executor = executor(lease)
        var waits = 0
        while !shouldStop() {
            let next = try database.claimOrWait(plan, lease: lease)
            guard let run = next.run else {
                // Where no run is under way none will become free: what is pending starts from a base that has failed.
                guard next.isUnderWay else { return }
                if waits == 0 { listener(.waiting) }
                waits += 1
                // What others hold becomes free when they finish a base, give a run back, or die.
                Thread.sleep(forTimeInterval: 0.5)
                continue
            }
            waits = 0
            try execute(run, plan, executor, lease)
        }
    }

    func executor(_ lease: RunLease) -> RunExecutor {
        RunExecutor(
            database: database, folder: folder, inputs: inputs, workers: WorkerPool(threads: options.threads),
            environment: .current(threads: options.threads), lease: lease,
            checkpointInterval: options.checkpointInterval, shouldStop: shouldStop)
    }

    private func execute(
        _ run: RunRecord, _ plan: SweepPlan, _ executor: RunExecutor, _ lease: RunLease
    ) throws {
        let row =
            try database.memberships(of: run.id).first { $0.sweep == plan.sweep && $0.scale == plan.scale }?
            .row ?? plan.places[run.id]?.first?.row ?? ""
        listener(.started(run: run, row: row))
        listener(.pending(seconds: try database.estimatedSecondsPending(plan)))
        do {
            let outcome = try executor.execute(run) { listener(.progress(run: run.id, row: row, $0)) }
            // Interrupted or taken over: whoever goes on with the run tells its end.
            guard case .finished(let evaluation) = outcome else { return }
            try database.restore(run.id, in: plan)
            let state = try self.outcome(plan)
            listener(
                .finished(
                    run: run, row: row, evaluation, done: state.finished,
                    total: state.finished + state.failed + state.unfinished))
        } catch {
            let message = "\(error)"
            var step: Int?
            if case TrainingError.diverged(let diverged, _, _) = error { step = diverged }
            try database.fail(run.id, lease: lease, error: message, step: step)
            listener(.failed(run: run, row: row, message: message))
        }
    }
}

/// The first of the errors that concurrent workers met.
private final class FirstError: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var first: (any Error)?

    func keep(_ error: any Error) {
        lock.lock()
        defer { lock.unlock() }
        if first == nil { first = error }
    }
}
