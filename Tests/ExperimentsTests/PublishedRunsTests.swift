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

    @Test("runs that were trained here keep their places in a sweep, and only those")
    func ownRunsKeepTheirPlaces() throws {
        let (_, file, _) = try published()
        // The same rows with other options, as after a change of identities.
        let other = try TemporaryResults(TemporaryResults.spec.replacing("steps: 5", with: "steps: 6"))
        let own = other.points.map(\.configuration.identity)
        try other.finish(own[0])
        #expect(try other.database.importRuns(from: file) == 2)
        let standing = try other.database.read {
            try String.fetchAll($0, sql: "SELECT run FROM sweep_run WHERE sweep = 's' ORDER BY position")
        }
        #expect(standing.count == 2 && standing[0] == own[0])
        #expect(standing[1] != own[1], "a run that nobody has begun gives way")
    }

    /// Sweep `s` is published, then again with other steps; `u` shares the first runs of `s` and says where they stood.
    @Test("what another sweep's file says of a sweep's rows gives way to the sweep's own, in either order")
    func aSweepsOwnFileSaysItsRows() throws {
        let earlier = try TemporaryResults()
        let shared = try ExperimentSpec(
            text: TemporaryResults.spec.replacing("name: s", with: "name: u"), file: "u.yaml")
        _ = try earlier.database.enter(shared, scale: "quick", points: shared.points(scale: "quick"))
        let later = try TemporaryResults(TemporaryResults.spec.replacing("steps: 5", with: "steps: 6"))
        for results in [earlier, later] {
            for point in results.points { try results.finish(point.configuration.identity) }
        }
        let files = [("u", earlier), ("s", later)].map {
            ($0, $0.1.folder.published.appendingPathComponent("\($0.0)-quick.jsonl"))
        }
        for ((sweep, results), file) in files {
            _ = try results.database.export(sweep: sweep, scale: "quick", to: file)
        }
        for order in [[0, 1], [1, 0]] {
            let other = try elsewhere()
            for place in order { _ = try other.database.importRuns(from: files[place].1) }
            let rows = try ["s", "u"].map { sweep in
                try other.database.runs(sweep: sweep, scale: "quick").map(\.id)
            }
            #expect(rows[0] == later.points.map(\.configuration.identity))
            #expect(rows[1] == earlier.points.map(\.configuration.identity))
        }
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

    /// 100 queries, with names that only bytes tell apart, of which some lack a value.
    private func addQueryValues(
        _ results: TemporaryResults, run: String, of metric: String, score: String = ""
    ) throws {
        try results.database.transact { database in
            for index in 0..<100 where metric != "CVR" || index % 3 != 0 {
                let name = index == 0 ? "caf\u{E9}" : index == 1 ? "cafe\u{301}" : "deer.n.\(index)"
                try database.execute(
                    sql: """
                        INSERT INTO query_value (run, split, metric, k, score, query, value)
                        SELECT number, 'evaluation', ?, 0, ?, ?, ? FROM run WHERE id = ?
                        """, arguments: [metric, score, name, 1 / Double(1 + index * index % 17), run])
            }
        }
    }

    @Test("values by query come back bit for bit, and are compressed; runs share their queries' names")
    func valuesByQueryComeBack() throws {
        let results = try TemporaryResults()
        for id in results.plan.runs {
            try results.finish(id)
            for metric in ["nDCG", "CVR"] { try addQueryValues(results, run: id, of: metric) }
            try addQueryValues(results, run: id, of: "nDCG", score: "sum")
        }
        let file = results.folder.published.appendingPathComponent("s-quick.jsonl")
        _ = try results.database.export(sweep: "s", scale: "quick", to: file)
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.components(separatedBy: "\"queryNames\"").count == 2, "the second run has the first's")
        let other = try elsewhere()
        #expect(try other.database.importRuns(from: file) == 2)
        let sql = """
            SELECT run.id, split, metric, k, score, CAST(query AS BLOB) AS query, value FROM query_value
            JOIN run ON run.number = query_value.run ORDER BY 1, 2, 3, 4, 5, 6
            """
        let values = try [results, other].map { try $0.database.read { try Row.fetchAll($0, sql: sql) } }
        #expect(values[0] == values[1] && values[0].count == 2 * (100 + 66 + 100))
        let again = other.folder.published.appendingPathComponent("again.jsonl")
        _ = try other.database.export(sweep: "s", scale: "quick", to: again)
        #expect(try String(contentsOf: again, encoding: .utf8) == text)

        // The second run alone names no queries; values of another number of queries are no values of these.
        let lines = text.split(separator: "\n").map(String.init)
        for damaged in [lines[1], lines[0].replacing(#/"queryNames":"[^"]*"/#, with: "\"queryNames\":null")] {
            try Data((damaged + "\n").utf8).write(to: file)
            #expect(throws: ResultsError.self) { try elsewhere().database.importRuns(from: file) }
        }
    }

    @Test("packed values: 1,000 lists come back, and 5,000 damaged ones are refused or are values")
    func packedValues() throws {
        var state: UInt64 = 9
        func next(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(below))
        }
        for _ in 0..<1000 {
            let values = (0..<next(300)).map { _ in next(9) == 0 ? nil : Double(next(40)) / 7 - 2 }
            #expect(try PublishedQueryValues.unpacked(PublishedQueryValues.packed(values)) == values)
        }
        let packed = try PublishedQueryValues.packed((0..<200).map { Double($0 % 7) / 7 })
        var refused = 0
        for _ in 0..<5000 {
            var damaged = packed
            for _ in 0...next(3) { damaged[damaged.startIndex + next(damaged.count)] = UInt8(next(256)) }
            if next(4) == 0 { damaged = damaged.prefix(next(damaged.count)) }
            do {
                #expect(try PublishedQueryValues.unpacked(damaged).allSatisfy { $0?.isFinite ?? true })
            } catch { refused += 1 }
        }
        #expect(refused > 4000)
    }

    @Test(
        "packed values: any number of different ones comes back, and fewer than 65,535 have codes of 16 bits")
    func manyDifferentValues() throws {
        for count in [65_534, 65_535, 70_000] {
            let values = [nil] + (0..<count).map { Double(count - $0) / 7 } + [1, nil]
            let packed = try PublishedQueryValues.packed(values)
            #expect(try PublishedQueryValues.unpacked(packed) == values)
            let width = count < 65_535 ? 2 : 4
            let different = Set(values.compactMap { $0 }).count
            #expect(try Zlib.expanded(packed).count == 4 + 8 * different + width * values.count)
        }
    }

    @Test("what is nearly too large comes back, and what is too large is told as that")
    func sizesOfPackedValues() throws {
        var state: UInt64 = 7
        // Noise, of which compression saves nothing.
        var noise = Data()
        for _ in 0..<1_200_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            withUnsafeBytes(of: (state ^ state >> 29) &* 0xbf58_476d_1ce4_e5b9) {
                noise.append(contentsOf: $0)
            }
        }
        #expect(try Zlib.expanded(Zlib.compressed(noise)) == noise)
        let error = #expect(throws: PublishedQueryValues.Fault.self) {
            try Zlib.compressed(Data(count: Zlib.most + 1))
        }
        #expect("\(try #require(error))".contains("\(Zlib.most + 1) bytes"))
    }

    @Test("counts of documents whose product is no integer are refused, and have a mean where they are there")
    func hugeDocumentCounts() throws {
        let documents = (0..<10).map { 1_000_000_000 - $0 }
        let queries = [Int](repeating: 1_000_000_000, count: 10)
        let huge = PublishedDocumentCounts(split: "training", documents: documents, queries: queries)
        #expect(throws: PublishedDocumentCounts.Fault.self) { try huge.check() }
        let counts = DocumentCounts(queries: Dictionary(uniqueKeysWithValues: zip(documents, queries)))
        #expect(abs(counts.mean - 999_999_995.5) < 1e-3 && abs(counts.deviation - 8.25.squareRoot()) < 1e-3)
        #expect(DocumentCounts(queries: [2: 70, 9: 30]).mean == 4.1)
    }

    @Test("documents a query of the data come back, said once a file, and damaged ones are refused")
    func documentCountsComeBack() throws {
        let results = try TemporaryResults()
        for id in results.plan.runs { try results.finish(id) }
        let data = results.points[0].configuration.dataFingerprint
        try results.database.transact { database in
            for (split, documents, queries) in [
                ("training", 2, 70), ("training", 9, 30), ("evaluation", 3, 5),
            ] {
                try ResultsDatabase.insert(database, data, split, documents: documents, queries: queries)
            }
        }
        let file = results.folder.published.appendingPathComponent("s-quick.jsonl")
        _ = try results.database.export(sweep: "s", scale: "quick", to: file)
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(
            text.components(separatedBy: "\"documentCounts\"").count == 2, "the second run has the first's")
        let other = try elsewhere()
        _ = try other.database.importRuns(from: file)
        func counts(_ split: String?) throws -> [Int: Int] {
            try other.database.snapshot { try $0.documentCounts(data: data, split: split).queries }
        }
        #expect(try counts("training") == [2: 70, 9: 30] && counts("evaluation") == [3: 5])
        #expect(try counts(nil) == [2: 70, 9: 30, 3: 5])

        for (from, to) in [
            ("[70,30]", "[70]"), ("[70,30]", "[70,-30]"), ("[2,9]", "[2,2]"), ("[2,9]", "[-2,9]"),
        ] {
            let damaged = text.replacingOccurrences(of: from, with: to)
            #expect(damaged != text)
            try Data(damaged.utf8).write(to: file)
            #expect(throws: ResultsError.self) { try elsewhere().database.importRuns(from: file) }
        }
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
