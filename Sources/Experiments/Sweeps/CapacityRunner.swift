import Capacity
import Foundation
import Tensors

/// Works through the capacity lab's cells; what has been measured stays measured, whatever ends the process.
public struct CapacityRunner: Sendable {
    /// What it tells after each cell.
    public struct Progress: Sendable {
        /// What was measured last.
        public var measurement: CapacityMeasurement
        /// Cells that have been measured so far, in earlier calls too.
        public var done: Int
        /// All cells that were asked for.
        public var total: Int
    }

    let database: ResultsDatabase
    let threads: Int
    let shouldStop: @Sendable () -> Bool

    /// - Parameters:
    ///   - threads: Cells at once; no number depends on it.
    ///   - shouldStop: Asked before each cell.
    public init(
        database: ResultsDatabase, threads: Int, shouldStop: @escaping @Sendable () -> Bool = { false }
    ) {
        self.database = database
        self.threads = threads
        self.shouldStop = shouldStop
    }

    /// Measures the cells that have not been, when no other process on this machine measures any on the same database.
    ///
    /// - Returns: How many are still to do: 0 unless a stop was asked for.
    /// - Throws: What the database throws, or `ConfigurationError` for a cell that cannot be trained.
    public func run(_ cells: [CapacityCell], listener: @escaping @Sendable (Progress) -> Void) throws -> Int {
        let turn = FileTurn(beside: database.path)
        defer { turn.end() }
        // Of two that measured at once, each would do all cells, in the same order.
        guard turn.wait(until: shouldStop) else { return cells.count }
        let known = Set(try database.snapshot { try $0.capacity() }.map(\.cell))
        let left = cells.filter { !known.contains($0) }
        let state = State(done: cells.count - left.count)
        WorkerPool(threads: threads).runAscending(left.count) { _, index in
            guard !shouldStop(), !state.hasFailed else { return }
            do {
                let measurement = try CapacityLab.measure(left[index])
                // Each cell is kept by itself as soon as it is measured, so that a kill costs the cells under way
                // alone.
                try database.record([measurement])
                listener(Progress(measurement: measurement, done: state.count(), total: cells.count))
            } catch { state.fail(error) }
        }
        return cells.count - (try state.finish())
    }

    /// What the workers share.
    private final class State: @unchecked Sendable {
        private let lock = NSLock()
        private var done: Int
        private var error: (any Error)?

        init(done: Int) { self.done = done }

        var hasFailed: Bool { lock.withLock { error != nil } }

        func count() -> Int {
            lock.withLock {
                done += 1
                return done
            }
        }

        func fail(_ error: any Error) { lock.withLock { self.error = self.error ?? error } }

        /// The cells that are done.
        func finish() throws -> Int {
            try lock.withLock {
                if let error { throw error }
                return done
            }
        }
    }
}
