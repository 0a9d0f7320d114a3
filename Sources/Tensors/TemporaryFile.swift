import Foundation

/// Where a file is written before it takes its place: `.NAME.SPACE.PROCESS` beside it, without SPACE where the process has none.
public enum TemporaryFile {
    /// Seconds after which nobody is taken to write any more what a process of another machine began.
    static let patience: TimeInterval = 86_400

    static func beside(_ file: URL) -> URL {
        let space = ProcessSpace.current.map { ".\($0)" } ?? ""
        return file.deletingLastPathComponent().appendingPathComponent(
            ".\(file.lastPathComponent)\(space).\(ProcessInfo.processInfo.processIdentifier)")
    }

    /// A new folder of this process's in `parent`; what killed processes left of that kind is removed.
    ///
    /// - Parameter kind: What the folder is for, a word.
    /// - Throws: `FileFailure` where `parent` cannot be written.
    public static func folder(_ kind: String, in parent: URL) throws -> URL {
        for left in abandoned(in: parent, kinds: [kind]) { try? FileManager.default.removeItem(at: left) }
        let work = beside(parent.appendingPathComponent("\(UUID().uuidString).\(kind)"))
        try FileFailure.naming(work) {
            try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        }
        return work
    }

    /// What killed processes left half written in `folder`: nobody will finish it.
    ///
    /// A file that a process of this machine began is abandoned when that process is gone, and one of another machine or
    /// container, whose processes cannot be asked for, when nothing has been written to it for a day.
    ///
    /// - Parameters:
    ///   - file: What is left of this file alone; nil: of all.
    ///   - kinds: The endings of the files' names; others are not looked at.
    public static func abandoned(
        in folder: URL, of file: URL? = nil, kinds: [String] = ["safetensors"]
    ) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().compactMap { name in
            guard let kind = kinds.first(where: { name.contains(".\($0).") }),
                let end = name.range(of: ".\(kind).", options: .backwards),
                name.hasPrefix("."),
                file.map({ "." + $0.lastPathComponent + "." == name[..<end.upperBound] }) ?? true
            else { return nil }
            let left = folder.appendingPathComponent(name)
            return isAbandoned(left, writer: name[end.upperBound...].split(separator: ".")) ? left : nil
        }
    }

    /// - Parameter writer: The space and the number of the process that wrote the file, or its number alone.
    private static func isAbandoned(_ file: URL, writer: [Substring]) -> Bool {
        guard (1...2).contains(writer.count), let process = Int32(writer[writer.count - 1]) else {
            return false
        }
        // Earlier versions wrote the number alone, and it is taken for one of this machine, as it was by them.
        if writer.count == 1 || String(writer[0]) == ProcessSpace.current {
            return ProcessSpace.isGone(process)
        }
        let written = try? file.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate
        return written.map { Date().timeIntervalSince($0) > patience } ?? false
    }
}
