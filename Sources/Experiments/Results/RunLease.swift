import Foundation

/// Who works on a run: `host:pid:uuid`. A dead process's lease is void at once on its own host, and
/// after `duration` elsewhere.
struct RunLease: Sendable {
    /// Seconds that a lease lasts without being renewed.
    static let duration = 180.0
    /// Seconds by which another machine's clock may be ahead of this one's.
    static let clockTolerance = 3600.0

    let owner: String

    init() { owner = "\(ProcessInfo.processInfo.hostName):\(getpid()):\(UUID().uuidString)" }

    /// Whether nobody needs to wait for a lease: it has expired, its process is gone, or it ends later than any lease
    /// can that is renewed by a clock within an hour of this one. Such an end was written by a clock that was wrong.
    static func isVoid(_ owner: String, expires: Double, now: Double) -> Bool {
        !(now...(now + duration + clockTolerance)).contains(expires) || isDead(owner)
    }

    /// Whether the process that wrote `owner` is known to be gone.
    static func isDead(_ owner: String) -> Bool {
        let parts = owner.split(separator: ":")
        guard parts.count == 3, parts[0] == ProcessInfo.processInfo.hostName, let pid = Int32(parts[1]) else {
            return false
        }
        // Signal 0 only asks. A process that this one may not signal is there all the same, and errno is EPERM
        // then.
        return kill(pid, 0) != 0 && errno == ESRCH
    }
}
