import Foundation

/// Programs on this machine.
public enum Program {
    /// The first executable file of that name in the folders of PATH; nil where there is none.
    public static func inPath(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
