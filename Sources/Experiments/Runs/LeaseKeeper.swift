import Foundation

/// Renews a run's lease while somebody works on it.
///
/// Reading data, one long step and an evaluation save nothing, and each may take longer than a lease lasts.
final class LeaseKeeper: @unchecked Sendable {
    private let database: ResultsDatabase
    private let run: String
    private let lease: RunLease
    private let interval: Double
    private let condition = NSCondition()
    private var isOver = false

    private init(_ lease: RunLease, of run: String, in database: ResultsDatabase, every interval: Double) {
        self.database = database
        self.run = run
        self.lease = lease
        self.interval = interval
    }

    /// Does `body`, and until it returns renews the lease each time that it has not been renewed for `interval` seconds.
    ///
    /// A lease that another has taken over stays the other's.
    static func keeping<Value>(
        _ lease: RunLease, of run: String, in database: ResultsDatabase, every interval: Double,
        _ body: () throws -> Value
    ) rethrows -> Value {
        let keeper = LeaseKeeper(lease, of: run, in: database, every: interval)
        // A thread of its own: the dispatch library's may all be computing.
        Thread { keeper.renewUntilOver() }.start()
        defer { keeper.end() }
        return try body()
    }

    private func renewUntilOver() {
        condition.lock()
        defer { condition.unlock() }
        while !isOver {
            // Looked at more often than is needed, so that a database that is locked once costs no lease.
            let next = Date().addingTimeInterval(interval / 3)
            while !isOver, condition.wait(until: next) {}
            guard !isOver else { return }
            // What the database cannot do now is tried again; if it never can, the next save says so.
            _ = try? database.renew(run, lease: lease, unlessWithin: interval)
        }
    }

    /// Waits for a renewal that is under way, so that none comes after.
    private func end() {
        condition.lock()
        defer { condition.unlock() }
        isOver = true
        condition.signal()
    }
}
