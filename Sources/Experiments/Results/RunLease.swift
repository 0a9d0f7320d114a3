import Foundation
import Tensors

/// Who works on a run: `host:pid:name`, where the name is random and ends in `@` and the process's `ProcessSpace`. A dead
/// process's lease is void at once where its number can be asked for, and elsewhere after `duration`.
struct RunLease: Sendable {
    /// Seconds that a lease lasts without being renewed.
    static let duration = 180.0
    /// Seconds by which another machine's clock may be ahead of this one's.
    static let clockTolerance = 3600.0
    /// Seconds after which a lease is renewed that nothing has been saved under; saves renew it too, once a minute.
    static let renewal = 90.0

    let owner: String

    init() {
        let name = UUID().uuidString + (ProcessSpace.current.map { "@\($0)" } ?? "")
        owner = "\(ProcessInfo.processInfo.hostName):\(getpid()):\(name)"
    }

    /// Whether nobody needs to wait for a lease: it has expired, its process is gone, or it ends later than any lease
    /// can that is renewed by a clock within an hour of this one. Such an end was written by a clock that was wrong.
    ///
    /// An expired lease is void even where a process of its number lives: after a restart that may be any other.
    static func isVoid(_ owner: String, expires: Double, now: Double) -> Bool {
        !(now...(now + duration + clockTolerance)).contains(expires) || isDead(owner)
    }

    /// Whether the process that wrote `owner` is known to be gone.
    ///
    /// An owner without a space, as earlier versions wrote it and as systems without /proc do, is taken for one of this
    /// space if it has this host's name.
    static func isDead(_ owner: String) -> Bool {
        let parts = owner.split(separator: ":")
        guard parts.count == 3, parts[0] == ProcessInfo.processInfo.hostName, let pid = Int32(parts[1]) else {
            return false
        }
        let name = parts[2].split(separator: "@")
        // Containers and machines may share a name and a folder, and each counts its processes by itself.
        guard name.count < 2 || name[1] == ProcessSpace.current ?? "" else { return false }
        return ProcessSpace.isGone(pid)
    }
}
