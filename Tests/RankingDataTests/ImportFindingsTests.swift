import Foundation
import Tensors
import Testing

@testable import RankingData

/// What the data mean is said: every choice and every line left out has its count.
@Suite("import's findings") struct ImportFindingsTests {
    private func documents(_ judgments: Judgments, of query: Int) -> [String] {
        judgments.queries[query].documents.map { judgments.entities[Int($0)].id }
    }

    @Test(
        "a file's first line that names columns is a header",
        arguments: [
            "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t1\n",
            "query_id iteration doc_id relevance\nq1 0 d1 2\nq1 0 d2 1\n",
            "qid Q0 docno rank score tag\nq1 Q0 d1 1 9 t\nq1 Q0 d2 2 8 t\n",
            "\u{feff}query-id\tcorpus-id\tscore\r\nq1\td1\t2\r\nq1\td2\t1\r\n",
        ])
    func headersAreSkipped(_ text: String) throws {
        let (judgments, findings) = try CollectionFiles(["qrels": text]).read()
        #expect(documents(judgments, of: 0) == ["d1", "d2"])
        #expect(findings.counts == [.header: 1, .noNegative: 1])
    }

    @Test func headersOfTextsAndEdgesAreSkipped() throws {
        let files = try CollectionFiles([
            "q": "qid\tquery\nq1\tred\n", "d": "_id\ttext\nd1\that\nd2\tshoe\n", "qrels": "q1 0 d1 1\n",
            "edges": "child\tparent\nbat\tmammal\n",
        ])
        #expect(try files.read().findings.counts == [.header: 2])
        let (taxonomy, findings) = try Taxonomy.read(edges: files.path("edges"))
        #expect(taxonomy.names == ["bat", "mammal"] && findings.counts == [.header: 1])
    }

    /// Columns that the header names in another order would be taken for one another.
    @Test(
        "a header in another order is refused",
        arguments: [
            ["edges": "parent\tchild\nmammal\tbat\n"], ["edges": "Hypernym\tHyponym\nmammal\tbat\n"],
            ["qrels": "corpus-id\tquery-id\tscore\nd1\tq1\t1\n"],
            ["qrels": "query_id doc_id iteration relevance\nq1 d1 0 1\n"],
            ["q": "text\tid\nred\tq1\n", "d": "d1\that\n", "qrels": "q1 0 d1 1\n"],
        ])
    func headersInAnotherOrderAreRefused(_ texts: [String: String]) throws {
        let files = try CollectionFiles(texts)
        let error = #expect(throws: JudgmentsError.self) {
            if texts["edges"] != nil {
                _ = try Taxonomy.read(edges: files.path("edges"))
            } else {
                _ = try files.read()
            }
        }
        #expect("\(try #require(error))".contains("another order than is read"))
    }

    /// An edge between two entities that are called as columns are.
    @Test func aWordThatNamesAColumnIsNoHeader() throws {
        let files = try CollectionFiles(["edges": "child\tperson\nparent\tperson\n"])
        let (taxonomy, findings) = try Taxonomy.read(edges: files.path("edges"))
        #expect(taxonomy.names == ["child", "person", "parent"] && findings.counts.isEmpty)
    }

    /// 100 random orders of the lines of binary qrels: the order decides and is said, or the ids do.
    @Test func equalGradesAreSaidAndBrokenAsStated() throws {
        let lines = (0..<3).flatMap { query in (0..<4).map { "q\(query) 0 d\($0) 1\n" } } + ["q3 0 d0 1\n"]
        var stream = RandomStream(seed: 3, name: "test.ties")
        for _ in 0..<100 {
            var order = lines
            stream.shuffle(&order)
            let files = try CollectionFiles(["qrels": order.joined()])
            let (byLines, findings) = try files.read()
            #expect(findings.counts[.equalGrades] == 3)
            #expect(findings.sentences.contains { $0.contains("in the order of their lines") })
            for (place, query) in byLines.queries.enumerated() {
                let id = byLines.entities[Int(query.query)].id
                let own = order.filter { $0.hasPrefix(id + " ") }
                #expect(documents(byLines, of: place) == own.map { String($0.split(separator: " ")[2]) })
            }
            let (byIDs, _) = try files.read(ImportOptions(ties: .ids))
            for place in byIDs.queries.indices {
                let found = documents(byIDs, of: place)
                #expect(found == found.sorted())
            }
        }
    }

    /// 100 runs whose ranks are all the same: the scores order them, whatever the order of lines.
    @Test func equalRanksGoByScore() throws {
        var stream = RandomStream(seed: 4, name: "test.runs")
        for round in 0..<100 {
            var order = (0..<5).map { $0 }
            stream.shuffle(&order)
            let rank = [0, 1, 7][round % 3]
            let text = order.map { "q1 Q0 d\($0) \(rank) \(Double(-$0) / 4) sys\n" }.joined()
            let (judgments, findings) = try CollectionFiles(["qrels": text]).read()
            #expect(documents(judgments, of: 0) == ["d0", "d1", "d2", "d3", "d4"])
            #expect(findings.counts == [.equalRanks: 1, .noNegative: 1])
        }
        let (judgments, findings) = try CollectionFiles([
            "qrels": "q1 Q0 d1 1 5 t\nq1 Q0 d2 0 9 t\nq2 Q0 d3 0 3 t\nq2 Q0 d1 1 4 t\n"
        ]).read()
        #expect(documents(judgments, of: 0) == ["d2", "d1"] && documents(judgments, of: 1) == ["d3", "d1"])
        #expect(findings.counts == [.ranksAgainstScores: 1])
    }

    @Test func whatIsRepeatedCountsOnce() throws {
        let (judgments, findings) = try CollectionFiles([
            "q": "q1\tred\nq1\tred\nq9\tnothing\n", "d": "d1\that\nd2\that\nd3\tshoe\nd3\tshoe\n",
            "qrels": "q1 0 d1 2\nq1 0 d3 0\nq1 0 d1 2\n", "no": "q1 0 d3 0\nq1 0 d1 0\nq1 0 d2 0\n",
        ]).read()
        #expect(documents(judgments, of: 0) == ["d1"])
        #expect(judgments.queries[0].negatives.map { judgments.entities[Int($0)].id } == ["d3", "d2"])
        #expect(
            findings.counts == [.repeated: 3, .sharedDocID: 1, .relevantNegative: 1, .unjudgedQuery: 1])
        #expect(findings.sentences.count == 4)
    }

    /// Two queries of one text could be on both sides of a split: the first stays. Ids that stand for themselves are their own.
    @Test func queriesOfOneTextAreOne() throws {
        let qrels = "q1 0 d1 1\nq2 0 d2 1\nq3 0 d1 1\nQ1 0 d2 1\n"
        let (judgments, findings) = try CollectionFiles([
            "q": "q1\tUSB hub\nq2\tusb  Hub\nq3\tusb hubs\nQ1\tnothing\n", "qrels": qrels,
        ]).read()
        #expect(judgments.queries.map { judgments.entities[Int($0.query)].id } == ["q1", "q3", "Q1"])
        #expect(findings.counts[.repeatedQuery] == 1 && findings.counts[.unjudgedQuery] == nil)
        let (named, none) = try CollectionFiles(["qrels": qrels]).read()
        #expect(named.queries.count == 4 && none.counts[.repeatedQuery] == nil)
    }

    /// Every kind of line that cannot be used, among good lines: refused with its place, or left out and counted.
    @Test(
        arguments: [
            ("qrels", "q1 0 d1", "qrels:2: expected 4 fields"),
            ("qrels", "q1 0 d1 1", "and otherwise in line 1"),
            ("qrels", "q7 0 d1 1", "the query 'q7' is not in"),
            ("qrels", "q1 0 d7 1", "the document 'd7' is not in"),
            ("qrels", "q1 0 d2 much", "expected a relevance in place of 'much'"),
            ("qrels", "q1 0 d2 0x1", "in place of '0x1'"), ("qrels", "q1 0 d2 1e999", "in place of '1e999'"),
            ("qrels", "q1 0 d2 nan", "in place of 'nan'"),
            ("q", "q5 no tab", "expected an id, a tab and a text"),
            ("q", "q5\t ", "expected a text after the tab"), ("q", "\tred", "expected an id"),
            ("q", "q1\tother", "with another text"), ("d", "d\u{7}9\tbell", "control character"),
            ("q", "q5\ta\rb", "carriage return"), ("d", "d9\ta\u{0}b", "NUL"),
        ])
    func badLinesAreRefusedOrCounted(file: String, line: String, message: String) throws {
        let texts = [
            "qrels": "q1 0 d1 2\nq1 0 d3 0\n", "q": "q1\tred\nq2\tblue\n",
            "d": "d1\that\nd2\tcap\nd3\tshoe\n",
        ]
        let good = try CollectionFiles(texts).read()
        var damaged = texts
        var lines = try #require(texts[file]).split(separator: "\n").map(String.init)
        lines.insert(line, at: 1)
        damaged[file] = lines.map { $0 + "\n" }.joined()
        let files = try CollectionFiles(damaged)
        let error = #expect(throws: JudgmentsError.self) { try files.read() }
        let text = "\(try #require(error))"
        #expect(text.contains(message) && text.contains("\(file):2:"), "\(text)")
        #expect(text.contains("--skip-bad-lines"))
        let skipped = try files.read(ImportOptions(skipsBadLines: true))
        #expect(skipped.judgments == good.judgments)
        #expect(skipped.findings.counts[.badLine] == 1)
        #expect(try #require(skipped.findings.firstPlaces[.badLine]).contains("\(file):2:"))
    }

    @Test func theNumberOfBadLinesIsSaid() throws {
        let files = try CollectionFiles(["qrels": "q1 0 d1 1\nq1\nq1 0 d2 x\nq1 0 d3 0\n"])
        let error = #expect(throws: JudgmentsError.self) { try files.read() }
        #expect("\(try #require(error))".contains("2 lines cannot be used"))
        #expect(throws: JudgmentsError.empty) {
            try CollectionFiles(["qrels": "q1\n"]).read(ImportOptions(skipsBadLines: true))
        }
    }

    /// Chains of up to 200,000 entities: no cycle, and eight times the depth in no more than twenty times the time.
    @Test func aDeepTaxonomyIsNoCycle() throws {
        func seconds(_ depth: Int) throws -> Double {
            let text = (1..<depth).map { "e\($0)\te\($0 - 1)\n" }.reversed().joined()
            let files = try CollectionFiles(["edges": text])
            let start = Date()
            let taxonomy = try Taxonomy.read(edges: files.path("edges")).taxonomy
            #expect(try HypernymPaths(taxonomy).lengths.max() == Int32(depth - 1))
            return Date().timeIntervalSince(start)
        }
        let (short, long) = (try seconds(25_000), try seconds(200_000))
        #expect(long < max(1, 20 * short), "\(short) s, \(long) s")
        let files = try CollectionFiles([
            "edges": (1..<5000).map { "e\($0)\te\($0 - 1)\n" }.joined() + "e0\te4999\n"
        ])
        #expect(throws: JudgmentsError.cycle(entity: "e1")) {
            try Taxonomy.read(edges: files.path("edges")).taxonomy
        }
    }

    /// One child of 100,000 parents takes no time that grows with their square.
    @Test func manyParentsAreReadInProportion() throws {
        let files = try CollectionFiles(["edges": (0..<100_000).map { "child\tparent \($0)\n" }.joined()])
        let start = Date()
        #expect(try Taxonomy.read(edges: files.path("edges")).taxonomy.parents[0].count == 100_000)
        #expect(Date().timeIntervalSince(start) < 20)
    }
}

/// Text and docID apart, from JSON Lines.
@Suite("JSON Lines") struct JSONLinesTests {
    @Test func idTextAndDocIDAreThreeThings() throws {
        let files = try CollectionFiles([
            "q": #"{"_id": 7, "text": " red\tshoe ", "metadata": {"a": [1, null]}}"# + "\n",
            "d": """
            \u{feff}{"id": "d1", "title": "Runner", "text": "light, r\\u00e9d", "docid": "shoe 1"}\r
            {"docid": "shoe 2", "text": "heavy", "id": "d\\u0301"}\r
            {"id": "d3", "text": "hat"}\r

            """, "qrels": "7 0 d1 2\n7 0 d\u{301} 1\n",
        ])
        let (judgments, findings) = try files.read()
        #expect(
            judgments.entities == [
                Entity(id: "7", text: "red\tshoe", docID: "red\tshoe"),
                Entity(id: "d1", text: "Runner light, réd", docID: "shoe 1"),
                Entity(id: "d\u{301}", text: "heavy", docID: "shoe 2"),
                Entity(id: "d3", text: "hat", docID: "hat"),
            ])
        #expect(findings.counts.isEmpty)
        let kept = try JSONDecoder().decode(Judgments.self, from: JSONEncoder().encode(judgments))
        #expect(kept == judgments && kept.isConsistent)
        let source = JudgmentsSource(judgments)
        #expect(source.collection.docIDs == ["red\tshoe", "shoe 1", "shoe 2", "hat"])
        #expect(source.collection.ids != source.collection.entities.map(\.text))
    }

    @Test(
        "lines that are no entity are refused with their place, or counted",
        arguments: [
            (#"{"id": "d9", "text": "x""#, "no JSON"), (#"{"id": "d9", "id": "d8", "text": "x"}"#, "no JSON"),
            (#"["d9", "x"]"#, "an object"), (#"{"text": "x"}"#, #"an "id""#),
            (#"{"id": 1.5, "text": "x"}"#, "whole"),
            (#"{"id": "", "text": "x"}"#, "an id"), (#"{"id": "a\tb", "text": "x"}"#, "control character"),
            (#"{"id": "d9"}"#, #"a "text""#), (#"{"id": "d9", "text": null}"#, "a string"),
            (#"{"id": "d9", "text": "  "}"#, "empty"),
            (#"{"id": "d9", "text": "x", "docid": ""}"#, "docid is empty"),
            (#"{"id": "d9", "text": "x", "docid": 9}"#, "a string"),
            (#"{"id": "d9", "text": "a\u0000b"}"#, "NUL"),
            (#"{"id": "d1", "text": "other"}"#, "with another text"), ("d9\tx", "no JSON"),
        ])
    func badLines(line: String, message: String) throws {
        let good = #"{"id": "d1", "text": "a"}"# + "\n"
        let files = try CollectionFiles([
            "d": good + line + "\n" + #"{"id": "d2", "text": "b"}"# + "\n", "qrels": "q1 0 d1 1\n",
        ])
        let error = #expect(throws: JudgmentsError.self) { try files.read() }
        let text = "\(try #require(error))"
        #expect(text.contains(message) && text.contains("d:2: "), "\(text)")
        let (judgments, findings) = try files.read(ImportOptions(skipsBadLines: true))
        #expect(judgments.documents.count == 2 && findings.counts == [.badLine: 1])
    }
}

/// Collections by themselves.
@Suite struct CollectionTests {
    /// What is told apart: ids, texts and docIDs each; where one ends and the next begins; which documents there are.
    @Test func fingerprintsTellCollectionsApart() {
        let collections = [
            Collection(names: ["a", "b"]), Collection(names: ["b", "a"]), Collection(names: ["é"]),
            Collection(names: ["e\u{301}"]),
            Collection(entities: [
                Entity(id: "a", text: "x\ny", docID: "1"), Entity(id: "b", text: "z", docID: "1"),
            ]),
            Collection(entities: [
                Entity(id: "a", text: "x", docID: "1"), Entity(id: "b", text: "y\nz", docID: "1"),
            ]),
            Collection(entities: [
                Entity(id: "a", text: "x", docID: "2"), Entity(id: "b", text: "y\nz", docID: "1"),
            ]),
            Collection(entities: [
                Entity(id: "a", text: "a", docID: "b"), Entity(id: "b", text: "b", docID: "a"),
            ]),
        ]
        #expect(Set(collections.map(\.fingerprintedBytes)).count == collections.count)
    }

    @Test func candidatesCarryTheirRanks() {
        let query = RankedQuery(query: 0, documents: [4, 2], negatives: [1, 3])
        #expect(query.candidates.map(\.entity) == [4, 2, 1, 3])
        #expect(query.candidates.map(\.rank) == [1, 2, 0, 0])
        #expect(query.candidates.map(\.isNegative) == [false, false, true, true])
        let corpus = query.among([0, 1, 2, 5])
        #expect(corpus.candidates.last == Candidate(entity: 5, rank: 0) && corpus.candidates.count == 5)
    }
}
