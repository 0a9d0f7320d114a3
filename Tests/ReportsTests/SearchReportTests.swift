import Foundation
import GRDB
import Testing

@testable import Experiments
@testable import Reports

@Suite struct SearchReportTests {
    private static let paper = """
        row,lambda,targets,beta,nDCG,R@1,R@50
        ntp,top1,onehot,,95.23,95.16,62.99
        trie_b2,top1,trie,2,97.21,70.32,69.03*

        """

    /// A run's configuration on product search; `model` is `reference` or `autoregressive`.
    private static func configuration(
        _ model: String, source: String, fingerprint: String, targets: String = "onehot"
    ) -> String {
        let whole = ResultsFixture.configuration(lambda: "top1", targets: targets)
        let data =
            #""data": {"source": "\#(source)", "protocol": "heldOut"}, "dataFingerprint": "\#(fingerprint)""#
        guard model == "reference" else {
            return whole.replacing(#""data": {"protocol": "heldOut"}"#, with: data)
        }
        return #"{"schema": 1, "model": "reference", "seed": 1, \#(data), "reference": {"order": "random"}}"#
    }

    private func add(_ fixture: ResultsFixture, _ counts: [Int: Int], split: String, data: String) throws {
        try fixture.database.transact { database in
            for (documents, queries) in counts {
                try database.execute(
                    sql: "INSERT INTO task_statistic VALUES (?, ?, 'documents_per_query', ?, ?)",
                    arguments: [data, split, documents, queries])
            }
        }
    }

    private func fixture() throws -> ResultsFixture {
        let fixture = try ResultsFixture()
        try fixture.paperTable("table2", Self.paper)
        try fixture.add(
            "random", to: "table2", id: "r", model: "reference",
            configuration: Self.configuration("reference", source: "glosses", fingerprint: "f1"), steps: 0,
            [.init("nDCG", 0.9, 0.89, 0.91), .init("R@1", 0.05, 0.04, 0.06)])
        try fixture.add(
            "ntp", to: "table2", id: "n",
            configuration: Self.configuration("autoregressive", source: "glosses", fingerprint: "f1"),
            [.init("nDCG", 0.95, 0.94, 0.96), .init("R@1", 0.5, 0.45, 0.55), .init("R@50", 0.7)])
        try add(fixture, [10: 300, 20: 100], split: "evaluation", data: "f1")
        try add(fixture, [10: 50, 12: 50], split: "training", data: "f1")
        return fixture
    }

    @Test func csvHasThePapersRowsFirstThenTheOthers() throws {
        let fixture = try fixture()
        try fixture.writer().write(Table2(), scale: "quick")
        let columns =
            "row,lambda,targets,beta,nDCG,R@1,R@50,nDCG_low,nDCG_high,nDCG_paper,R@1_low,R@1_high,R@1_paper,"
            + "R@50_low,R@50_high,R@50_paper,model,scale,seeds,steps,training_queries,training_points,"
            + "evaluation_queries,runs,nDCG_n,R@1_n,R@50_n,nDCG_spread,R@1_spread,R@50_spread,data"
        #expect(
            try fixture.text("tables/table2.csv") == """
                \(columns)
                ntp,top1,onehot,,95.00,50.00,70.00,94.00,96.00,95.23,45.00,55.00,95.16,,,62.99,\
                compact-decoder-0.78M,quick,1,1800,115200,990000,5000,\(ResultsFixture.id("n")),5000,5000,5000,,,,glosses
                trie_b2,top1,trie,2,,,,,,97.21,,,70.32,,,69.03,,,,,,,,,,,,,,,
                random,,,,90.00,5.00,,89.00,91.00,,4.00,6.00,,,,,\
                reference,quick,1,0,0,0,5000,\(ResultsFixture.id("r")),5000,5000,,,,,glosses

                """)
    }

    @Test func pageSaysWhatTheDataAreAndWhatReferencesMean() throws {
        let fixture = try fixture()
        try fixture.writer().write(Table2(), scale: "quick")
        let page = try fixture.text("tables/table2.md")
        #expect(
            page.contains("Data `glosses`: 400 evaluated queries of 10-20 documents, 12.5 ± 4.3 on average."))
        #expect(page.contains("| 95.00 (94.00-96.00) / 95.23 |"))
        #expect(page.contains(" / 69.03* "))
        #expect(page.contains("No model that writes docIDs can have a higher R@1"))
        #expect(page.contains("standing in for the paper's Mistral-7B-Instruct-v0.3"))
    }

    /// Under the paper's name of a row anybody may have entered another loss, and the paper's number is not beside it.
    @Test func runsOfAnotherLossAreLeftOut() throws {
        let fixture = try fixture()
        let configuration = Self.configuration("autoregressive", source: "glosses", fingerprint: "f1")
        try fixture.add(
            "trie_b2", to: "table2", id: "t", configuration: configuration, [.init("R@1", 0.3217)])
        try fixture.writer().write(Table2(), scale: "quick")
        let page = try fixture.text("tables/table2.md")
        #expect(page.contains("Row trie_b2 leaves out run t"))
        #expect(page.contains("its loss.beta is not set, the row's is 2"))
        #expect(!page.contains("32.17"))
    }

    /// Where documents share docIDs, both readings of R@k and both scores stand behind the other columns.
    @Test func otherReadingsStandAtTheEnd() throws {
        let fixture = try fixture()
        let configuration = Self.configuration(
            "autoregressive", source: "glosses", fingerprint: "f1", targets: "trie")
        try fixture.add(
            "trie_b2", to: "table2", id: "t", configuration: configuration,
            [
                .init("R@1", 0.25), .init("R-docID@1", 0.5, 0.45, 0.55), .init("R-docID@50", 0.75),
                .init("R@1", 0.125, score: "sum"), .init("R-docID@1", 0.375, score: "sum"),
            ])
        try fixture.writer().write(Table2(), scale: "quick")
        let csv = try fixture.text("tables/table2.csv").split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        #expect(csv[0].suffix(5) == ["data", "R-docID@1", "R-docID@50", "R@1_sum", "R-docID@1_sum"])
        #expect(csv[1].suffix(5) == ["glosses", "", "", "", ""])
        #expect(csv[2].suffix(5) == ["glosses", "50.00", "75.00", "12.50", "37.50"])
        let page = try fixture.text("tables/table2.md")
        let rows = page.components(separatedBy: "## By docID").last?.split(separator: "\n").filter {
            $0.hasPrefix("| trie_b2")
        }.map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
        #expect(
            rows == [
                ["trie_b2", "mean", "docID", "", "50.00 (45.00-55.00)", "75.00"],
                ["trie_b2", "sum", "document", "", "12.50", ""],
                ["trie_b2", "sum", "docID", "", "37.50", ""],
            ])
    }

    /// A base is trained on next tokens alone, whatever loss its options name.
    @Test func aBaseHasNoLoss() throws {
        let fixture = try fixture()
        try fixture.add(
            "base", to: "table2", id: "b",
            configuration: Self.configuration("autoregressive", source: "glosses", fingerprint: "f1"),
            [.init("nDCG", 0.5)])
        try fixture.writer().write(Table2(), scale: "quick")
        let page = try fixture.text("tables/table2.md")
        #expect(page.contains("rows finished: 2; of the paper's 2 rows: 1."))
        #expect(page.contains("- Base: one for all rows, 1,800 steps, 115,200 queries, 990,000 points,"))
        let row = page.split(separator: "\n").first { $0.hasPrefix("| base, zero-shot") }
        let cells = row?.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(cells == ["base, zero-shot", "glosses", "", "", "", "50.00", "", ""])
    }

    /// What a base has seen of ranks, and what its embeddings start from, stand beside its budget.
    @Test(arguments: [
        ("", "trained on nothing that tells ranks (run"),
        (
            #""objective": "matching", "matchingQuestions": "queries", "initialEmbeddings": "minilm", "#,
            "trained on which document is the first of training queries, and on nothing that tells other ranks, "
                + "token embeddings from those of minilm (run"
        ),
    ])
    func whatABaseHasSeenIsSaid(options: String, sentence: String) throws {
        let fixture = try fixture()
        let plain = Self.configuration("autoregressive", source: "glosses", fingerprint: "f1")
        let own = plain.replacing(#""autoregressive": {"#, with: #""autoregressive": {"# + options)
        #expect(options.isEmpty || own != plain)
        try fixture.add("base", to: "table2", id: "b", configuration: own, [.init("nDCG", 0.5)])
        try fixture.writer().write(Table2(), scale: "quick")
        #expect(try fixture.text("tables/table2.md").contains(sentence))
        let name = options.isEmpty ? "zero-shot" : "by itself"
        #expect(try fixture.text("tables/table2.md").contains("| base, \(name) |"))
        #expect(try fixture.text("tables/table2.md").contains("the row `base, \(name)` is its own"))
    }

    /// Each of several bases is named by its data and by what its prompts hold, and has its own budget.
    @Test func basesAreToldApart() throws {
        let fixture = try fixture()
        let plain = Self.configuration("autoregressive", source: "glosses", fingerprint: "f1")
        let vectors = plain.replacing(
            #""autoregressive": {"#, with: #""autoregressive": {"textVectors": "minilm", "#)
        for (row, own) in [("base-1", plain), ("base-2", vectors)] {
            try fixture.add(row, to: "table2", id: row, configuration: own, [.init("nDCG", 0.5)])
        }
        try fixture.add("vectors_ntp", to: "table2", id: "v", configuration: vectors, [.init("nDCG", 0.6)])
        try fixture.writer().write(Table2(), scale: "quick")
        let page = try fixture.text("tables/table2.md")
        #expect(page.contains("- Base `base-1` on glosses, 1,800 steps,"), "\(page)")
        #expect(page.contains("- Base `base-2` on glosses, vectors of minilm, 1,800 steps,"))
        #expect(page.contains("tells ranks, each query and title one vector of minilm (run"))
        #expect(page.contains("Rows `vectors_...`: a prompt holds one vector of a text encoder"))
        #expect(page.contains("| base-2, zero-shot |"))
    }

    /// The paper has one kind of docID: no number of it stands beside other kinds, and no row of it is missing.
    @Test func kindsOfDocIDsHaveATableWithoutThePapersNumbers() throws {
        let fixture = try fixture()
        #expect(throws: ReportError.nothingToReport(report: "docids", scale: nil, available: [])) {
            try fixture.writer().write(DocIDTable())
        }
        for (row, source) in [("random_ntp", "glosses-random"), ("ntp", "glosses")] {
            try fixture.add(
                row, to: "docids", id: row,
                configuration: Self.configuration(
                    "autoregressive", source: source, fingerprint: "f-\(source)"),
                [.init("nDCG", 0.5, 0.4, 0.6)])
        }
        try fixture.writer().write(DocIDTable())
        let page = try fixture.text("tables/docids.md")
        #expect(page.hasPrefix("# Kinds of docIDs on product search\n"))
        #expect(page.contains("rows finished: 2.\n"))
        let rows = page.split(separator: "\n").filter { $0.contains("glosses") && $0.hasPrefix("|") }.map {
            $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        #expect(
            rows == [
                ["random_ntp", "glosses-random", "top1", "onehot", "", "50.00 (40.00-60.00)", "", ""],
                ["ntp", "glosses", "top1", "onehot", "", "50.00 (40.00-60.00)", "", ""],
            ])
        #expect(!page.contains("95.23") && !page.contains("the paper's. Nothing"))
        let csv = try fixture.text("tables/docids.csv").split(separator: "\n")
        #expect(csv.count == 3)
        #expect(csv[1].hasPrefix("random_ntp,top1,onehot,,50.00,,,40.00,60.00,,"))
        let latex = try String(contentsOf: fixture.writer().writeLaTeX(DocIDTable()), encoding: .utf8)
        #expect(!latex.contains("The paper's numbers") && latex.contains("\\textbf{50.00}"), "\(latex)")
        #expect(latex.components(separatedBy: "\\midrule").count == 2)
    }

    @Test func documentsAQueryAreDrawnAPanelEach() throws {
        let fixture = try fixture()
        for (row, source, data) in [("WordNet", "wordnet", "f0"), ("product search", "glosses", "f1")] {
            try fixture.add(
                row, to: "figure3", id: "f-\(source)", model: "reference",
                configuration: Self.configuration("reference", source: source, fingerprint: data), steps: 0)
        }
        try add(fixture, [1: 1, 3: 3], split: "evaluation", data: "f0")
        try fixture.writer().write(Figure3(), scale: "quick")
        #expect(
            try fixture.text("figures/figure3.csv") == """
                panel,data,documents,queries,share,scale,run
                WordNet,wordnet,1,1,25.00,quick,\(ResultsFixture.id("f-wordnet"))
                WordNet,wordnet,3,3,75.00,quick,\(ResultsFixture.id("f-wordnet"))
                product search,glosses,10,350,70.00,quick,\(ResultsFixture.id("f-glosses"))
                product search,glosses,12,50,10.00,quick,\(ResultsFixture.id("f-glosses"))
                product search,glosses,20,100,20.00,quick,\(ResultsFixture.id("f-glosses"))

                """)
        let svg = try fixture.text("figures/figure3.svg")
        #expect(svg.contains("product search: 500 queries, 12.2 on average"))
        let page = try fixture.text("figures/figure3.md")
        #expect(
            page.contains(
                "| WordNet        | wordnet | 4       | 1      | 2.50  | 0.87               | 3    |"))
    }

    @Test func statisticsOfNoQueriesAreNone() throws {
        let fixture = try ResultsFixture()
        let none = try fixture.database.snapshot { try $0.documentCounts(data: "nowhere") }
        #expect(none.total == 0 && none.mean == 0 && none.deviation == 0 && none.range == nil)
    }
}
