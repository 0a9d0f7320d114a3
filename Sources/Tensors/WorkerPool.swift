import COpenBLAS
import Dispatch
import Foundation

/// Runs numbered tasks on a fixed number of threads.
///
/// Work is cut into tasks by its own size, never by the number of threads, and what tasks produce
/// is combined in the order of their numbers: so results are the same bits for any `threads`.
/// OpenBLAS is held to one thread here and oneDNN at each product; tasks are the only parallelism.
public struct WorkerPool: Sendable {
    /// The most threads that work at once, the calling one included.
    public let threads: Int

    /// A pool of `threads` threads, at least 1. It holds OpenBLAS to one thread in the whole process.
    public init(threads: Int) {
        precondition(threads >= 1, "threads must be at least 1, is \(threads)")
        self.threads = threads
        openblas_set_num_threads(1)
    }

    /// Calls `task` once for each of 0..<count and returns when all are done.
    public func run(_ count: Int, _ task: @Sendable (Int) -> Void) {
        let workers = min(threads, count)
        guard workers > 1 else {
            for index in 0..<count { task(index) }
            return
        }
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            for index in stride(from: worker, to: count, by: workers) { task(index) }
        }
    }
}

extension WorkerPool {
    /// Cuts `0..<count` into ranges of nearly the same length, which depend on `count` alone, and calls `task` once for each.
    ///
    /// - Parameter task: Gets the range's number (below `ranges`) too, for what is combined in their order.
    public func runRanges(_ count: Int, _ task: @Sendable (_ number: Int, _ range: Range<Int>) -> Void) {
        let ranges = Self.ranges
        run(ranges) { task($0, (count * $0 / ranges)..<(count * ($0 + 1) / ranges)) }
    }

    /// The number of ranges that `runRanges` makes: more than there are threads, so that none waits for long.
    public static let ranges = 16

    /// Calls `task` once for each of 0..<count; the next number goes to whoever is free.
    ///
    /// A number starts only after all smaller ones have started, so a task may wait for smaller ones.
    /// - Parameter task: Gets the number of its worker (below `threads`) too, for scratch that workers keep.
    public func runAscending(_ count: Int, _ task: @Sendable (_ worker: Int, _ index: Int) -> Void) {
        let tickets = Tickets(count)
        run(min(threads, count)) { worker in
            while let index = tickets.next() { task(worker, index) }
        }
    }

    private final class Tickets: @unchecked Sendable {
        private let lock = NSLock()
        private let count: Int
        private var given = 0

        init(_ count: Int) { self.count = count }

        func next() -> Int? {
            lock.withLock {
                guard given < count else { return nil }
                given += 1
                return given - 1
            }
        }
    }

    /// The results of `task` for 0..<count, in that order.
    public func map<Result>(_ count: Int, _ task: @Sendable (Int) -> Result) -> [Result] {
        [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard let base = buffer.baseAddress else { return }
            let target = DisjointWrites(base: base)
            run(count) { (target.base + $0).initialize(to: task($0)) }
            initialized = count
        }
    }

    /// A pointer that workers write through at disjoint places.
    private struct DisjointWrites<Element>: @unchecked Sendable {
        let base: UnsafeMutablePointer<Element>
    }
}
