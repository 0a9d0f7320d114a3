import Foundation
import Options
import Tensors
import Testing

@testable import RankingData

/// Files of a small collection in a folder of their own, which goes with the test.
final class CollectionFiles {
    let folder: URL

    init(_ files: [String: String]) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files { try write(name, Data(text.utf8)) }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func write(_ name: String, _ data: Data) throws {
        try data.write(to: folder.appendingPathComponent(name))
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func read(_ options: ImportOptions = ImportOptions()) throws -> (
        judgments: Judgments, findings: ImportFindings
    ) {
        func given(_ name: String) -> String? {
            FileManager.default.fileExists(atPath: path(name)) ? path(name) : nil
        }
        return try Judgments.read(
            relevant: path("qrels"), queries: given("q"), documents: given("d"), negatives: given("no"),
            options: options)
    }
}

/// What is the same text, written otherwise, gives the same data; what differs in a byte stays two.
@Suite("text of inputs") struct InputTextTests {
    /// A random collection with names in several scripts, as files.
    private static func collection(_ stream: inout RandomStream) -> [String: String] {
        let letters = ["a", "é", "e\u{301}", "ü", "水", "ก\u{e33}", "🙂", "-", ".", "\u{a0}", "Å", "\u{212b}"]
        func word(_ stream: inout RandomStream) -> String {
            (0...stream.uniform(below: 5)).map { _ in letters[stream.uniform(below: letters.count)] }.joined()
        }
        var files = ["q": "", "d": "", "qrels": ""]
        let queries = (0..<4).map { "q\($0)\(word(&stream))" }
        let documents = (0..<6).map { "d\($0)\(word(&stream))" }
        for query in queries { files["q"]! += "\(query)\ttext of \(query) \(word(&stream))\n" }
        for document in documents { files["d"]! += "\(document)\ttext of \(document) \(word(&stream))\n" }
        for query in queries {
            for document in documents where stream.uniform(below: 2) == 0 || document == documents[0] {
                files["qrels"]! += "\(query) 0 \(document) \(stream.uniform(below: 4))\n"
            }
            files["qrels"]! += "\(query) 1 \(documents[0])x 9\n"
        }
        files["d"]! += "\(documents[0])x\tanother \n"
        return files
    }

    /// 50 collections, three files of each, in five spellings: 750 inputs.
    @Test func marksAndLineEndsChangeNothing() throws {
        var stream = RandomStream(seed: 1, name: "test.texts")
        for _ in 0..<50 {
            let texts = Self.collection(&stream)
            let expected = try CollectionFiles(texts).read()
            for name in ["q", "d", "qrels"] {
                let text = try #require(texts[name])
                let spellings = [
                    "\u{feff}" + text, text.replacingOccurrences(of: "\n", with: "\r\n"),
                    "\u{feff}" + text.replacingOccurrences(of: "\n", with: "\r\n"),
                    "\n\n" + text + " \t\n\n", String(text.dropLast()),
                ]
                for spelling in spellings {
                    var other = texts
                    other[name] = spelling
                    let found = try CollectionFiles(other).read()
                    #expect(found.judgments == expected.judgments, "\(name): \(spelling.debugDescription)")
                }
            }
        }
    }

    /// 40 pairs of names that Swift's `==` calls equal stay two, as ids and as texts, in each kind of file.
    @Test func namesThatDifferByNormalisationStayTwo() throws {
        let pairs = (0..<40).map { index -> (String, String) in
            let base = ["é", "ü", "Å", "ñ", "ô", "ç", "가", "ザ"][index % 8] + "\(index)"
            return (
                base.precomposedStringWithCanonicalMapping, base.decomposedStringWithCanonicalMapping
            )
        }
        for (composed, decomposed) in pairs {
            try #require(composed == decomposed && !composed.utf8.elementsEqual(decomposed.utf8))
            let files = try CollectionFiles([
                "q": "\(composed)\tred \(composed)\n\(decomposed)\tblue \(decomposed)\n",
                "d": "\(composed)\that\n\(decomposed)\tshoe\nz\tcoat\n",
                "qrels": "\(composed) 0 \(composed) 1\n\(decomposed) 0 \(decomposed) 1\n",
                "edges": "\(composed)\troot\n\(decomposed)\troot\n\(composed)\t\(decomposed)\n",
            ])
            let judgments = try files.read().judgments
            #expect(judgments.entities.count == 5 && judgments.queries.count == 2)
            let texts = judgments.queries.map { judgments.entities[Int($0.documents[0])].text }
            #expect(texts == ["hat", "shoe"])
            let taxonomy = try Taxonomy.read(edges: files.path("edges")).taxonomy
            #expect(taxonomy.count == 3 && taxonomy.parents.map(\.count) == [2, 0, 1])
            let whole = Collection(entities: judgments.entities)
            #expect(
                whole.fingerprintedBytes
                    != Collection(entities: Array(judgments.entities.reversed())).fingerprintedBytes)
        }
    }

    /// A blank that a combining mark follows is one Character with it, and still a blank.
    @Test func fieldsAreCutByBytes() throws {
        let files = try CollectionFiles([
            "qrels": "q1 0 \u{301}d 1\nq1\t0\td two\t2\nq1 0 d3 0\n"
        ])
        let judgments = try files.read().judgments
        #expect(
            judgments.queries[0].documents.map { judgments.entities[Int($0)].id } == ["d two", "\u{301}d"])
    }

    /// Each of 200 places in each of three files: a byte that is no UTF-8 is named with file and line, or left out.
    @Test func bytesThatAreNoTextAreNamed() throws {
        var stream = RandomStream(seed: 2, name: "test.texts")
        let texts = Self.collection(&stream)
        for name in ["q", "d", "qrels"] {
            let data = Data(try #require(texts[name]).utf8)
            for _ in 0..<200 {
                let place = stream.uniform(below: data.count)
                var damaged = data
                damaged.insert([0xFF, 0xC0, 0x80, 0x00][stream.uniform(below: 4)], at: place)
                let line = 1 + data[..<place].count { $0 == 0x0A }
                let files = try CollectionFiles(texts)
                try files.write(name, damaged)
                let error = #expect(throws: JudgmentsError.self) { try files.read() }
                guard case .badLines(let first, _) = try #require(error) else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                #expect(first.file == files.path(name) && first.line == line)
                let skipped = try? files.read(ImportOptions(skipsBadLines: true))
                #expect(skipped == nil || skipped!.findings.counts[.badLine]! >= 1)
            }
        }
    }

    @Test func otherEncodingsAndMissingFilesAreRefused() throws {
        let files = try CollectionFiles([:])
        for (encoding, mark) in [
            (String.Encoding.utf16LittleEndian, [0xFF, 0xFE]), (.utf16BigEndian, [0xFE, 0xFF]),
        ] as [(String.Encoding, [UInt8])] {
            try files.write("qrels", Data(mark) + "q1 0 d1 1\n".data(using: encoding)!)
            #expect(throws: JudgmentsError.input(.otherEncoding(file: files.path("qrels")))) {
                try files.read()
            }
        }
        #expect(
            throws: JudgmentsError.input(
                .unreadable(file: files.path("no-file"), reason: "No such file or directory"))
        ) { try Judgments.read(relevant: files.path("no-file")) }
        #expect(throws: JudgmentsError.input(.unreadable(file: "/", reason: "Is a directory"))) {
            try Judgments.read(relevant: "/")
        }
        try files.write("qrels", Data("q1 0 d1 1\rq2 0 d2 1\r".utf8))
        let error = #expect(throws: JudgmentsError.self) { try files.read() }
        #expect("\(try #require(error))".contains("qrels:1: a carriage return"))
    }

    @Test func pipesAreRead() throws {
        let files = try CollectionFiles([:])
        let pipe = files.path("qrels")
        try #require(mkfifo(pipe, 0o600) == 0)
        let text = (0..<20_000).map { "q\($0 % 100) 0 d\($0) \($0 % 3)\n" }.joined()
        let writer = Thread {
            let descriptor = open(pipe, O_WRONLY)
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            try? handle.write(contentsOf: Data(text.utf8))
        }
        writer.start()
        let judgments = try Judgments.read(relevant: pipe).judgments
        #expect(judgments.queries.count == 100 && judgments.documents.count == 20_000)
    }
}
