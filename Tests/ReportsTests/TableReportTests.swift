import Foundation
import Testing

@testable import Experiments
@testable import Reports

@Suite struct TableReportTests {
    private static let paper = """
        row,lambda,alpha,targets,beta,CVR,R@1
        ntp,top1,,onehot,,27.66,99.96
        frac_a2,fractional,2,onehot,,0.0,97.74*
        trie_b2,top1,,trie,2,1.38,

        """

    private func fixture() throws -> ResultsFixture {
        let fixture = try ResultsFixture()
        try fixture.paperTable("table1", Self.paper)
        try fixture.add(
            "base", to: "table1", id: "b",
            configuration: ResultsFixture.configuration(lambda: "fractional", alpha: 0),
            steps: 3000, [.init("CVR", 0.072, 0.065, 0.079), .init("R@1", 0.015, 0.012, 0.019)])
        try fixture.add(
            "frac_a2", to: "table1", id: "f2",
            configuration: ResultsFixture.configuration(lambda: "fractional"),
            [
                .init("CVR", 0, 0, 0.0007), .init("R@1", 0.91304, 0.9051, 0.92099),
                .init("invalid", 0.0025, 0.001, 0.004),
            ])
        try fixture.add(
            "ntp", to: "table1", id: "n", state: "running",
            configuration: ResultsFixture.configuration(lambda: "top1"))
        return fixture
    }

    @Test func csvHasThePapersRowsAndEmptyCellsForWhatIsMissing() throws {
        let fixture = try fixture()
        try fixture.writer().write(.table1)
        let columns =
            "row,lambda,alpha,targets,beta,CVR,R@1,CVR_low,CVR_high,CVR_paper,R@1_low,R@1_high,R@1_paper,"
            + "model,scale,seeds,steps,training_queries,training_points,evaluation_queries,runs,"
            + "CVR_spread,R@1_spread,invalid"
        #expect(
            try fixture.text("tables/quick/table1.csv") == """
                \(columns)
                ntp,top1,,onehot,,,,,,27.66,,,99.96,,,,,,,,,,,
                frac_a2,fractional,2,onehot,,0.00,91.30,0.00,0.07,0.0,90.51,92.10,97.74,\
                compact-decoder-0.78M,quick,1,1800,115200,990000,5000,\(ResultsFixture.id("f2")),,,0.25
                trie_b2,top1,,trie,2,,,,,1.38,,,,,,,,,,,,,,

                """)
    }

    @Test func markdownShowsBothNumbersTheBaseAndWhatWasRun() throws {
        let fixture = try fixture()
        try fixture.writer().write(.table1)
        let page = try fixture.text("tables/quick/table1.md")
        #expect(page.contains("| 91.30 (90.51-92.10) / 97.74* | 0.25 (0.10-0.40) |"))
        #expect(page.contains("| base, zero-shot |"))
        #expect(page.contains("| 1.50 (1.20-1.90) /"))
        #expect(page.contains("rows finished: 1 of 3"))
        #expect(page.contains("standing in for the paper's Mistral-7B"))
        #expect(page.contains("1,800 steps of 64 queries"))
        #expect(page.contains("so 550 points a step"))
        #expect(page.contains("5,000 queries, protocol `heldOut`"))
        #expect(page.contains("one for all rows, 3,000 steps"))
        #expect(page.contains("differ in their loss alone"))
        #expect(!page.contains("| 27.66 |"), "the paper's number must not stand where ours belongs")
    }

    @Test func saysWhenRowsWereTunedDifferently() throws {
        let fixture = try fixture()
        try fixture.add(
            "trie_b2", to: "table1",
            configuration: ResultsFixture.configuration(lambda: "top1", targets: "trie", width: 64),
            [.init("CVR", 0.01)])
        try fixture.writer().write(.table1)
        #expect(try fixture.text("tables/quick/table1.md").contains("the rows' runs differ in decoder.width"))
    }

    @Test func leavesOutARunOfAnotherLoss() throws {
        let fixture = try fixture()
        try fixture.add(
            "trie_b2", to: "table1", id: "t3",
            configuration: ResultsFixture.configuration(lambda: "top1", targets: "trie", beta: 3),
            [.init("CVR", 0.01)])
        try fixture.writer().write(.table1)
        #expect(
            try fixture.text("tables/quick/table1.csv").contains(
                "\ntrie_b2,top1,,trie,2,,,,,1.38,,,,,,,,,,,,,,\n"))
        #expect(
            try fixture.text("tables/quick/table1.md")
                .contains(
                    "Row trie_b2 leaves out run \(ResultsFixture.id("t3")): its loss.beta is 3, the row's is 2."
                ))
    }

    @Test func takesTheLargestScaleWithAFinishedRunUnlessTold() throws {
        let fixture = try fixture()
        try fixture.add(
            "ntp", to: "table1", scale: "full", configuration: ResultsFixture.configuration(lambda: "top1"),
            steps: 10_000, [.init("R@1", 0.95)])
        try fixture.add("frac_a2", to: "table1", scale: "huge", state: "pending")
        try fixture.writer().write(.table1)
        #expect(try fixture.text("tables/table1.csv").contains(",full,1,10000,"))
        try fixture.writer().write(.table1, scale: "quick")
        #expect(!(try fixture.text("tables/quick/table1.csv").contains(",full,")))
        #expect(
            try fixture.text("tables/table1.csv").contains(",full,1,10000,"),
            "another scale's page was replaced")
    }

    @Test func poolsSeedsQueryByQuery() throws {
        let fixture = try fixture()
        let configuration = ResultsFixture.configuration(lambda: "top1")
        // The seeds disagree on every query, but their mean is one half on each: no query is lucky.
        let odd = (0..<100).map { Double($0 % 2) }
        try fixture.add("trie_b2", to: "table1", scale: "full", id: "x", configuration: configuration)
        for (seed, mean, values) in [(1, 0.4, odd), (2, 0.6, odd.map { 1 - $0 })] {
            try fixture.add(
                "ntp", to: "table1", scale: "full", id: "n\(seed)", seed: seed, configuration: configuration,
                [.init("R@1", mean, 0.3, 0.7)], perQuery: ["R@1": values])
        }
        try fixture.writer().write(.table1)
        let csv = try fixture.text("tables/table1.csv")
        #expect(csv.contains("\nntp,top1,,onehot,,,50.00,,,27.66,50.00,50.00,99.96,"))
        #expect(
            csv.contains(
                ",full,2,1800,115200,990000,5000,\(ResultsFixture.id("n1"));\(ResultsFixture.id("n2")),,14.14,\n"
            ))
        #expect(try fixture.text("tables/table1.md").contains("- Seeds: 1;2."))
        try fixture.add(
            "frac_a2", to: "table1", scale: "full", id: "f",
            configuration: ResultsFixture.configuration(lambda: "fractional"), [.init("R@1", 0.9, 0.8, 1)])
        try fixture.writer().write(.table1)
        #expect(
            try fixture.text("tables/table1.md").contains("- Seeds: 1;2 of `ntp`; 1 of `frac_a2`."))
    }

    @Test func withoutAnyRunThereIsNothingToReport() throws {
        let fixture = try ResultsFixture()
        try fixture.paperTable(
            "table3", "row,lambda,alpha,targets,beta,R@1\ncomb_b1,fractional,2,trie,1,73.38\n")
        #expect(throws: ReportError.nothingToReport(report: "table3", scale: nil, available: [])) {
            try fixture.writer().write(.table3)
        }
        try fixture.add("comb_b1", to: "table3", state: "pending")
        #expect(throws: ReportError.nothingToReport(report: "table3", scale: "quick", available: [])) {
            try fixture.writer().write(.table3, scale: "quick")
        }
        #expect(
            !FileManager.default.fileExists(
                atPath: fixture.folder.appendingPathComponent("results/tables").path))
    }

    @Test func aFailedRunIsNamedWithItsStep() throws {
        let fixture = try fixture()
        try fixture.add("trie_b2", to: "table1", id: "t", state: "failed")
        try fixture.database.transact {
            try $0.execute(
                sql: "UPDATE run SET error = 'training diverged', failed_step = 1200 WHERE state = 'failed'")
        }
        try fixture.writer().write(.table1)
        let page = try fixture.text("tables/quick/table1.md")
        #expect(
            page.contains(
                "Failed: trie_b2, seed 1 (run t...........) at step 1,200: training diverged. It is"))
        #expect(page.contains("rows finished: 1 of 3"))
        #expect(try fixture.text("tables/quick/table1.csv").contains("\ntrie_b2,top1,,trie,2,,,,,1.38,"))
    }

    @Test func aRunWithoutAMetricHasAnEmptyCellForIt() throws {
        let fixture = try fixture()
        try fixture.add(
            "ntp", to: "table1", scale: "full", configuration: ResultsFixture.configuration(lambda: "top1"),
            [.init("CVR", 0.25)])
        try fixture.writer().write(.table1)
        #expect(
            try fixture.text("tables/table1.csv").contains(
                "\nntp,top1,,onehot,,25.00,,,,27.66,,,99.96,compact"))
    }
}
