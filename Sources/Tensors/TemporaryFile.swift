import Foundation

/// Where a file is written before it takes its place: `.NAME.PROCESS` beside it.
public enum TemporaryFile {
    static func beside(_ file: URL) -> URL {
        file.deletingLastPathComponent().appendingPathComponent(
            ".\(file.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier)")
    }

    /// What killed processes left half written in `folder`: nobody will finish it.
    ///
    /// - Parameters:
    ///   - file: What is left of this file alone; nil: of all.
    ///   - kinds: The endings of the files' names; others are not looked at.
    public static func abandoned(
        in folder: URL, of file: URL? = nil, kinds: [String] = ["safetensors"]
    ) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().filter { name in
            guard name.hasPrefix("."), let process = name.split(separator: ".").last.flatMap({ Int32($0) }),
                kinds.contains(where: { name.hasSuffix(".\($0).\(process)") }),
                file.map({ name == ".\($0.lastPathComponent).\(process)" }) ?? true
            else { return false }
            // Signal 0 is not delivered; it asks whether the process exists. EPERM would mean
            // a living process of another user.
            return kill(process, 0) != 0 && errno == ESRCH
        }.map { folder.appendingPathComponent($0) }
    }
}
