import Foundation

/// Where an archive is written before it takes its place: `.NAME.PROCESS` beside it.
public enum TemporaryFile {
    static func beside(_ file: URL) -> URL {
        file.deletingLastPathComponent().appendingPathComponent(
            ".\(file.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier)")
    }

    /// What killed processes left of archives in `folder`: nobody will finish them.
    ///
    /// - Parameter file: Those of this archive alone; nil: all.
    public static func abandoned(in folder: URL, of file: URL? = nil) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().filter { name in
            guard name.hasPrefix("."), let process = name.split(separator: ".").last.flatMap({ Int32($0) }),
                name.hasSuffix(".safetensors.\(process)"),
                file.map({ name == ".\($0.lastPathComponent).\(process)" }) ?? true
            else { return false }
            return kill(process, 0) != 0 && errno == ESRCH
        }.map { folder.appendingPathComponent($0) }
    }
}
