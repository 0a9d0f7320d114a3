import Foundation

/// What a process's number is a number in. Machines and containers may share a folder, and each counts its processes by itself.
public enum ProcessSpace {
    /// This process's space: the start of the machine and, for containers, the process namespace. Nil where /proc does not tell.
    public static let current: String? = {
        guard let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8),
            let namespace = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        else { return nil }
        return boot.filter(\.isHexDigit) + "-" + namespace.filter(\.isNumber)
    }()

    /// Whether no process of this space has the number `process`. A process that this one may not signal is there all the same.
    public static func isGone(_ process: Int32) -> Bool {
        // Signal 0 is not delivered; it only asks. Another user's process gives EPERM.
        kill(process, 0) != 0 && errno == ESRCH
    }
}
