import RankingMetrics
import Testing

@testable import Reports

@Suite struct PaperTableTests {
    private static let text = """
        row,lambda,alpha,CVR,R@1,R@5
        ntp,top1,,27.66,99.96,63.42
        frac_a2,fractional,2,0.0,97.74,96.58*
        frac_a4,fractional,4,0.02,99.36,

        """

    @Test func splitsOptionsFromMetrics() throws {
        let table = try PaperTable(Self.text, file: "table1.csv")
        #expect(table.optionColumns == ["lambda", "alpha"])
        #expect(table.metrics.map(\.description) == ["CVR", "R@1", "R@5"])
        #expect(table.rows.map(\.id) == ["ntp", "frac_a2", "frac_a4"])
        #expect(table.rows[0].options == ["lambda": "top1", "alpha": ""])
    }

    @Test func keepsTextAndStarAndMissingCells() throws {
        let rows = try PaperTable(Self.text, file: "table1.csv").rows
        let last = Metric.rAt(5)
        #expect(rows[1].numbers[Metric.cvr] == .init(text: "0.0", isStarred: false))
        #expect(rows[1].numbers[last] == .init(text: "96.58", isStarred: true))
        #expect(rows[2].numbers[last] == nil)
    }

    @Test func namesFileAndLineOfWhatIsWrong() {
        #expect(
            throws: ReportError.malformedPaperTable(
                file: "t.csv", line: 2, reason: "2 cells, the header has 3")
        ) { try PaperTable("row,CVR,R@1\nntp,1\n", file: "t.csv") }
        #expect(
            throws: ReportError.malformedPaperTable(
                file: "t.csv", line: 2, reason: "'x' is no number (column CVR)")
        ) { try PaperTable("row,CVR\nntp,x\n", file: "t.csv") }
        #expect(
            throws: ReportError.malformedPaperTable(
                file: "t.csv", line: 1, reason: "the first column must be 'row'")
        ) { try PaperTable("", file: "t.csv") }
        #expect(
            throws: ReportError.malformedPaperTable(file: "t.csv", line: 1, reason: "a column stands twice")
        ) { try PaperTable("row,alpha,alpha,CVR\nntp,1,2,3\n", file: "t.csv") }
        #expect(
            throws: ReportError.malformedPaperTable(
                file: "t.csv", line: 4, reason: "'nan' is no number (column CVR)")
        ) { try PaperTable("row,CVR\nntp,1\n\nfrac,nan\n", file: "t.csv") }
    }

    @Test(arguments: ["R@0", "R", "nDCG@3", "accuracy", "", "R@", "R@1@2"])
    func refusesUnknownMetrics(name: String) {
        #expect(throws: ReportError.unknownMetric(name)) {
            try PaperTable("row,CVR,\(name)\n", file: "t.csv")
        }
    }
}
