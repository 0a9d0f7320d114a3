import Foundation
import GRDB
import Testing

@testable import Experiments
@testable import Reports

/// Tables of runs that were measured by several scores of their documents.
@Suite struct ScoreTableTests {
    private static let paper = """
        row,lambda,alpha,targets,beta,CVR,R@1
        ntp,top1,,onehot,,27.66,99.96
        frac_a2,fractional,2,onehot,,0.0,97.74*

        """

    /// A row with two seeds. Each query's R@1 by the sum is 1 in the first two queries and `last` in the third.
    private func fixture(byScores: Bool) throws -> ResultsFixture {
        let fixture = try ResultsFixture()
        try fixture.paperTable("table1", Self.paper)
        for seed in 1...2 {
            let id = "f2-\(seed)"
            try fixture.add(
                "frac_a2", to: "table1", id: id, seed: seed,
                configuration: ResultsFixture.configuration(lambda: "fractional"),
                [.init("CVR", 0.01, 0, 0.02), .init("R@1", 0.9, 0.88, 0.92)])
            guard byScores else { continue }
            try fixture.database.transact { database in
                for (score, value) in [("sum", 0.94 + 0.02 * Double(seed)), ("counted", 0.5)] {
                    for (metric, k) in [("CVR", 0), ("R", 1)] {
                        try database.execute(
                            sql: """
                                INSERT INTO metric (run, split, metric, k, score, value, low, high, n)
                                VALUES (?, 'evaluation', ?, ?, ?, ?, ?, ?, 5000)
                                """,
                            arguments: [
                                ResultsFixture.id(id), metric, k, score, value, value - 0.01, value + 0.01,
                            ])
                    }
                }
            }
        }
        return fixture
    }

    private func report(_ fixture: ResultsFixture) throws -> (csv: [[String]], page: String) {
        let file = fixture.folder.appendingPathComponent("experiments/paper/table1.csv")
        return try fixture.read { reader in
            let table = try TableReport(
                reader.results("table1", scale: nil), paper: PaperTable(contentsOf: file), reader: reader)
            let lines = table.csv.split(separator: "\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
            return (lines, table.markdown(title: "Table 1"))
        }
    }

    @Test func otherScoresAreTheLastColumnsAndASecondTable() throws {
        let (csv, page) = try report(fixture(byScores: true))
        #expect(csv[0].suffix(4) == ["CVR_sum", "R@1_sum", "CVR_counted", "R@1_counted"])
        #expect(csv[1].suffix(4) == ["", "", "", ""], "a row without a run")
        #expect(csv[2].suffix(4) == ["97.00", "97.00", "50.00", "50.00"], "the mean over seeds")
        #expect(csv[2][5] == "1.00" && csv[2][6] == "90.00", "the mean over tokens stays the table's own")
        #expect(page.contains("## By other scores"))
        #expect(
            page.contains(
                "| frac_a2 | sum     | 97.00 ± 1.41 (96.00-98.00) / 0.0 | 97.00 ± 1.41 (96.00-98.00) / 97.74* |"
            ))
        #expect(page.contains("| frac_a2 | counted | 50.00 ± 0.00"))
        #expect(!page.contains("| ntp     | sum"))
        let sections = page.components(separatedBy: "## By other scores")
        #expect(sections[0].contains("90.00 ± 0.00") && !sections[0].contains("97.00"))
    }

    /// Runs from before there were other scores give the table that they always gave.
    @Test func runsOfOneScoreGiveNeither() throws {
        let (csv, page) = try report(fixture(byScores: false))
        #expect(csv[0].last == "invalid" && csv.allSatisfy { $0.count == csv[0].count })
        #expect(!page.contains("By other scores"))
    }

    /// Where rows are scored by `counted`, the mean is one of the others, and their base is shown by `counted` too.
    @Test func theShownScoreIsTheRows() throws {
        let fixture = try ResultsFixture()
        try fixture.paperTable("table1", Self.paper)
        let plain = ResultsFixture.configuration(lambda: "fractional")
        let counted = plain.replacing(#""queriesPerBatch""#, with: #""score": "counted", "queriesPerBatch""#)
        try fixture.add(
            "base", to: "table1", configuration: plain,
            [
                .init("CVR", 0.5), .init("R@1", 0.3), .init("invalid", 0.07),
                .init("R@1", 0.2, score: "counted"),
            ])
        try fixture.add(
            "frac_a2", to: "table1", configuration: counted,
            [
                .init("CVR", 0.01), .init("R@1", 0.9), .init("invalid", 0.01),
                .init("CVR", 0.02, score: "mean"),
                .init("R@1", 0.8, score: "mean"), .init("CVR", 0.03, score: "sum"),
                .init("R@1", 0.7, score: "sum"),
            ])
        let (csv, page) = try report(fixture)
        #expect(csv[0].suffix(4) == ["CVR_mean", "R@1_mean", "CVR_sum", "R@1_sum"])
        #expect(csv[2].suffix(4) == ["2.00", "80.00", "3.00", "70.00"])
        let base = try #require(page.split(separator: "\n").first { $0.hasPrefix("| base") })
        #expect(base.contains("20.00") && base.contains("50.00") && base.contains("7.00"))
        #expect(!base.contains("30.00"))
    }
}
