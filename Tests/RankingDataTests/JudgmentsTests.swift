import Foundation
import Testing

@testable import RankingData

@Suite struct JudgmentsTests {
    private let queries = "q1\tred shoes\nq2\tblue hat\nq9\tnothing fits\n"
    private let documents = "d1\tRunner\nd2\tSandal\nd3\tHat\nd4\tScarf\n"

    @Test func qrelsRankByRelevanceThenByLine() throws {
        let files = try CollectionFiles([
            "qrels": "q1 0 d2 1\nq1 0 d1 2\nq1 0 d3 1\nq1 0 d4 0\nq2 0 d3 1\n", "q": queries, "d": documents,
        ])
        let (judgments, findings) = try Judgments.read(
            relevant: files.path("qrels"), queries: files.path("q"), documents: files.path("d"))
        func texts(_ indices: [Int32]) -> [String] { indices.map { judgments.entities[Int($0)].text } }
        #expect(texts(judgments.queries.map(\.query)) == ["red shoes", "blue hat"])
        #expect(judgments.queries.map { texts($0.documents) } == [["Runner", "Sandal", "Hat"], ["Hat"]])
        #expect(judgments.queries.map { texts($0.negatives) } == [["Scarf"], []])
        #expect(texts(judgments.documents) == ["Runner", "Sandal", "Hat", "Scarf"])
        #expect(findings.counts == [.unjudgedQuery: 1, .equalGrades: 1])
    }

    @Test func aRunRanksByItsRanksAndIdsAreTextsWithoutFiles() throws {
        let files = try CollectionFiles([
            "run": "1 Q0 b 2 0.5 x\n1 Q0 1 1 0.9 x\n2 Q0 c 1 1 x\n", "no": "1 0 c 0\n2 0 b 1\n",
        ])
        let (judgments, _) = try Judgments.read(relevant: files.path("run"), negatives: files.path("no"))
        let first = try #require(judgments.queries.first)
        #expect(first.documents.map { judgments.entities[Int($0)].text } == ["1", "b"])
        #expect(!first.documents.contains(first.query), "the query 1 and the document 1 are two things")
        #expect(
            judgments.queries.map { $0.negatives.map { judgments.entities[Int($0)].text } } == [["c"], ["b"]])
    }

    @Test func theNegativeIsJudgedOrFromTheOtherDocuments() throws {
        let files = try CollectionFiles([
            "qrels": "q1 0 d2 1\nq1 0 d1 2\nq1 0 d4 0\nq2 0 d3 1\n", "q": queries, "d": documents,
        ])
        let (judgments, _) = try Judgments.read(
            relevant: files.path("qrels"), queries: files.path("q"), documents: files.path("d"))
        var drawn: Set<String> = []
        for seed in 0..<40 {
            let options = DataConfiguration(
                evaluationQueries: 1, developmentQueries: 0, splitSeed: UInt64(seed), splitProtocol: .all,
                source: "x")
            for query in try RankingTask(judgments, options).training {
                let negative = judgments.entities[Int(try #require(query.negatives.first))].text
                if judgments.entities[Int(query.query)].text == "red shoes" {
                    #expect(negative == "Scarf")
                } else {
                    drawn.insert(negative)
                }
            }
        }
        #expect(drawn == ["Runner", "Sandal", "Scarf"])
    }

    @Test(
        "damage is found where it is",
        arguments: [
            ("qrels", "q1 0 d1 1\nq1 0 d2\n", "qrels:2: expected 4 fields, as the lines before have"),
            (
                "qrels", "q1 0 d1 1\nq1 0 d1 2\n",
                "qrels:2: the document 'd1' of query 'q1' stands in the file twice, and otherwise in line 1"
            ),
            ("qrels", "q1 0 d1 1\nq7 0 d1 2\n", "qrels:2: the query 'q7' is not in "),
            ("qrels", "q1 0 d1 much\n", "qrels:1: expected a relevance in place of 'much'"),
            ("qrels", "q1 0 d1 0\n", "the files hold no query with a relevant document"),
            ("q", "q1 red shoes\n", "q:1: expected an id, a tab and a text"),
            ("d", "d1\tRunner\nd1\tSandal\n", "d:2: the id 'd1' stands in the file twice, with another text"),
        ])
    func damageIsFound(file: String, text: String, message: String) throws {
        var texts = ["qrels": "q1 0 d1 1\n", "q": queries, "d": documents]
        texts[file] = text
        let files = try CollectionFiles(texts)
        let error = #expect(throws: JudgmentsError.self) {
            try Judgments.read(
                relevant: files.path("qrels"), queries: files.path("q"), documents: files.path("d"))
        }
        #expect("\(try #require(error))".contains(message), "\(String(describing: error))")
    }

    @Test func anEdgeListIsATaxonomy() throws {
        let files = try CollectionFiles([
            "edges": "bat\tflier\nbat\tmammal\nmammal\tvertebrate\nvertebrate\tanimal\nflier\tanimal\r\n",
            "cycle": "a\tb\nb\tc\nc\ta\n",
        ])
        let taxonomy = try Taxonomy.read(edges: files.path("edges")).taxonomy
        let bat = try #require(taxonomy.names.firstIndex(of: "bat"))
        let paths = try HypernymPaths(taxonomy)
        #expect(
            paths.documents(of: Int32(bat)).map { taxonomy.names[Int($0)] } == [
                "mammal", "vertebrate", "animal",
            ])
        #expect(throws: JudgmentsError.self) { try Taxonomy.read(edges: files.path("cycle")).taxonomy }
    }

    /// A ranker of docIDs scores two documents of one docID equal: as a negative, one would always be as good as the other.
    @Test func noNegativeHasTheDocIDOfARelevantDocument() throws {
        let hats = "d1\that\nd2\that\nd3\that\n"
        let options = DataConfiguration(
            evaluationQueries: 1, developmentQueries: 0, splitProtocol: .all, source: "x")
        for (documents, qrels, expected) in [
            (hats, "q1 0 d1 1\nq2 0 d1 1\n", [String]()),
            (hats + "d4\tcap\n", "q1 0 d1 1\nq2 0 d2 1\n", ["cap"]),
            (hats + "d4\tcap\n", "q1 0 d1 1\nq1 0 d3 0\nq2 0 d2 1\nq2 0 d3 0\n", []),
        ] {
            let files = try CollectionFiles([
                "q": "q1\tone\nq2\ttwo\n", "d": documents, "qrels": qrels,
            ])
            let (judgments, findings) = try files.read()
            #expect(findings.counts[.noNegative] == (expected.isEmpty ? 2 : nil))
            for seed in 1...8 {
                let source = JudgmentsSource(judgments)
                for query in source.queries {
                    let negatives = source.ranked(query, seed: UInt64(seed)).negatives
                    #expect(negatives.map(source.collection.docID) == expected)
                }
            }
            _ = try RankingTask(judgments, options)
        }
    }

    @Test func aQueryToWhichAllIsRelevantHasNoNegative() throws {
        let files = try CollectionFiles([
            "edges": "a\tb\nb\tc\n", "qrels": "q1 0 d1 1\nq2 0 d1 2\nq2 0 d2 1\n",
        ])
        let options = DataConfiguration(
            evaluationQueries: 1, developmentQueries: 0, splitProtocol: .all, source: "x")
        let chain = try RankingTask(Taxonomy.read(edges: files.path("edges")).taxonomy, options)
        #expect(Set(chain.training.map { [$0.documents.count, $0.negatives.count] }) == [[2, 0], [1, 1]])
        let (judgments, findings) = try files.read()
        #expect(findings.counts == [.noNegative: 1])
        let task = try RankingTask(judgments, options)
        #expect(Set(task.training.map { [$0.documents.count, $0.negatives.count] }) == [[2, 0], [1, 1]])
    }
}
