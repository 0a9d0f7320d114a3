import Experiments
import Foundation
import Tensors

/// Writes the site: a folder of pages that a browser opens as files, and any web server can hand out.
public struct SiteWriter {
    private let database: ResultsDatabase
    private let experiments: URL
    private let gnuplot = Gnuplot()

    /// - Parameters:
    ///   - database: The runs; they are only read, in one state.
    ///   - experiments: The folder that holds `paper/tableN.csv`.
    public init(database: ResultsDatabase, experiments: URL) {
        self.database = database
        self.experiments = experiments
    }

    /// Makes all pages, then puts them in place of an earlier site at once.
    ///
    /// - Parameter folder: Where the site goes. It must not exist, be empty, or hold an earlier site.
    /// - Returns: The first page.
    /// - Throws: `ReportError.notASite` for a folder of something else, `FileFailure` where it cannot be written, and what
    ///   the database and gnuplot throw.
    public func write(to folder: URL) throws -> URL {
        // Where the folder is a link, the site goes to where it leads, and the link stays.
        let folder = folder.resolvingSymlinksInPath()
        try checkReplaceable(folder)
        let site = try database.snapshot { snapshot in
            try Site(
                snapshot, paper: PaperNumbers(folder: experiments.appendingPathComponent("paper")),
                gnuplot: gnuplot)
        }
        let parent = folder.deletingLastPathComponent()
        // Beside the old site, because a rename does not reach another file system.
        let new = parent.appendingPathComponent(".site-\(ProcessInfo.processInfo.processIdentifier)")
        try FileFailure.naming(folder) {
            defer { try? FileManager.default.removeItem(at: new) }
            try FileManager.default.createDirectory(at: new, withIntermediateDirectories: true)
            for (name, text) in site.files {
                try Data(text.utf8).write(to: new.appendingPathComponent(name))
            }
            // A rename takes the place of no folder that holds files. The earlier site goes once the new one is there.
            let old = new.appendingPathExtension("old")
            try? FileManager.default.removeItem(at: old)
            let isThere = FileManager.default.fileExists(atPath: folder.path)
            if isThere { try FileManager.default.moveItem(at: folder, to: old) }
            do { try FileManager.default.moveItem(at: new, to: folder) } catch {
                if isThere { try? FileManager.default.moveItem(at: old, to: folder) }
                throw error
            }
            if isThere { try FileManager.default.removeItem(at: old) }
        }
        return folder.appendingPathComponent("index.html")
    }

    private func checkReplaceable(_ folder: URL) throws {
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        let own = ["site.css", "site.js"]
        guard let names,
            names.isEmpty || names.contains("site.css") && names.contains("index.html"),
            // A file that somebody added would be lost.
            names.allSatisfy({ $0.hasSuffix(".html") || own.contains($0) })
        else { throw ReportError.notASite(folder.path) }
    }
}
