import Foundation
import GRDB
import Testing

@testable import Experiments

@Suite("Published runs")
struct PublishedRunsTests {
    private func published() throws -> (results: TemporaryResults, file: URL, text: String) {
        let results = try TemporaryResults()
        for point in results.points { try results.finish(point.configuration.identity) }
        let file = results.folder.published.appendingPathComponent("s-quick.jsonl")
        #expect(try results.database.export(sweep: "s", scale: "quick", to: file) == 2)
        return (results, file, try String(contentsOf: file, encoding: .utf8))
    }

    private func elsewhere() throws -> TemporaryResults {
        try TemporaryResults("{name: t, model: cross-encoder}")
    }

    @Test("an export comes back elsewhere as it was, marked as imported, and only once")
    func exportsComeBack() throws {
        let (results, file, text) = try published()
        let other = try elsewhere()
        #expect(try other.database.importRuns(from: file) == 2)
        #expect(try other.database.importRuns(from: file) == 0)
        let sql = "SELECT * FROM curve ORDER BY run, step"
        let curves = try [results, other].map {
            try $0.database.read { try Row.fetchAll($0, sql: sql) }
        }
        #expect(curves[0] == curves[1] && curves[0].count == 4)
        let imported = try other.database.read {
            try Int.fetchAll($0, sql: "SELECT imported FROM run WHERE state = 'finished'")
        }
        #expect(imported == [1, 1])
        let again = other.folder.published.appendingPathComponent("again.jsonl")
        _ = try other.database.export(sweep: "s", scale: "quick", to: again)
        #expect(try String(contentsOf: again, encoding: .utf8) == text)
    }

    @Test("a byte-order mark and CR LF change nothing; an export goes through a link")
    func spellingsOfFiles() throws {
        let (results, file, text) = try published()
        let returned = text.replacingOccurrences(of: "\n", with: "\r\n")
        for spelling in ["\u{feff}" + text, returned, "\u{feff}" + returned, text + "\n\n"] {
            try Data(spelling.utf8).write(to: file)
            #expect(try elsewhere().database.importRuns(from: file) == 2)
        }
        let link = file.deletingLastPathComponent().appendingPathComponent("link.jsonl")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        _ = try results.database.export(sweep: "s", scale: "quick", to: link)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    @Test("a damaged line is named, and nothing of its file is taken")
    func damagedFilesAreRefusedWhole() throws {
        let (_, file, text) = try published()
        let lines = text.split(separator: "\n").map(String.init)
        let damages = [
            (String(lines[1].dropLast(40)), "JSON"),
            (lines[1].replacingOccurrences(of: #"\"dimension\":8"#, with: #"\"dimension\":9"#), "hash"),
            (
                lines[1].replacingOccurrences(of: #""metrics":[{"#, with: #""metrics":[],"x":[{"#),
                "no metrics"
            ),
        ]
        for (damaged, says) in damages {
            #expect(damaged != lines[1])
            try Data((lines[0] + "\n" + damaged + "\n").utf8).write(to: file)
            let other = try elsewhere()
            let error = #expect(throws: ResultsError.self) { try other.database.importRuns(from: file) }
            guard case .malformedExport(_, line: 2, let reason)? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(reason.contains(says), "\(reason)")
            #expect(try other.database.runs(sweep: "s", scale: "quick").isEmpty)
        }
    }

    @Test("a sweep without a finished run has nothing to publish")
    func nothingToPublish() throws {
        let results = try TemporaryResults()
        #expect(throws: ResultsError.nothingToExport(sweep: "s", scale: "quick")) {
            try results.database.export(sweep: "s", scale: "quick", to: results.folder.published)
        }
    }
}
