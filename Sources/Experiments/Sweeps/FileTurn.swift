import Foundation

/// One process's turn at what several must not do at once: a lock on a file, which goes with the process.
final class FileTurn {
    private let path: String
    private var descriptor: Int32 = -1

    /// - Parameter file: The file that the turn is about; the lock is one beside it, which stays.
    init(beside file: String) { path = file + "-turn" }

    /// Waits for the turn.
    ///
    /// - Parameter shouldStop: Asked twice a second.
    /// - Returns: False if it was to stop before its turn came.
    func wait(until shouldStop: () -> Bool) -> Bool {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        // Where there can be no such file, or no locks, all go at once.
        guard descriptor >= 0 else { return true }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            guard !shouldStop() else { return false }
            Thread.sleep(forTimeInterval: 0.5)
        }
        return true
    }

    /// Lets the next one have its turn.
    func end() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }
}
