import Foundation
import Testing

@testable import Experiments
@testable import Reports

@Suite struct PretrainedReportTests {
    /// SmolLM2 as it is and after two budgets, and the compact decoder after one.
    private func fixture() throws -> ResultsFixture {
        let fixture = try ResultsFixture()
        let compact = ResultsFixture.configuration(lambda: "fractional")
        let pretrained = compact.replacing(
            "{\n\"decoder\"", with: "{\"pretrained\": \"smollm2\", \"decoder\"")
        #expect(pretrained != compact)
        func measured(_ value: Double) -> [ResultsFixture.Measured] {
            PretrainedReport.metrics.map { .init($0.description, value, value - 0.05, value + 0.05) }
        }
        for (row, steps, value) in [("b", 16, 0.6), ("zero_shot", 0, 0.2), ("a", 4, 0.4)] {
            let configuration =
                row == "a"
                ? pretrained.replacing(
                    "{\"pretrained\"", with: "{\"precision\": \"bfloat16\", \"pretrained\"") : pretrained
            try fixture.add(
                row, to: PretrainedReport.sweep, scale: "full", configuration: configuration, steps: steps,
                measured(value))
        }
        try fixture.add(
            "compact", to: PretrainedReport.sweep, scale: "full", configuration: compact, steps: 30,
            measured(0.5))
        try fixture.add("c", to: PretrainedReport.sweep, scale: "full", state: "pending")
        try fixture.database.transact { try $0.execute(sql: "UPDATE run SET cpu_seconds = 1800") }
        return fixture
    }

    @Test func aSeriesIsAModelAndALossOverGrowingQueries() throws {
        let report = try fixture().read {
            try PretrainedReport($0.results("pretrained", scale: nil), reader: $0)
        }
        #expect(
            report.series.map(\.label) == [
                "smollm2-1M, fractional α = 2", "smollm2-1M, as it is",
                "compact-decoder-0.78M, fractional α = 2",
            ])
        #expect(report.series[0].points.map(\.queries) == [256, 1024])
        #expect(report.series[0].points.map(\.hours) == [0.5, 0.5])
        #expect(report.missing == ["c"])
    }

    @Test func whatIsNotKnownIsNotZero() throws {
        let fixture = try fixture()
        try fixture.database.transact {
            try $0.execute(
                sql: "UPDATE run SET training_queries = NULL WHERE steps = 0 OR id LIKE 'pretrained-a-%'")
        }
        let report = try fixture.read {
            try PretrainedReport($0.results("pretrained", scale: nil), reader: $0)
        }
        #expect(report.series[0].label == "smollm2-1M, fractional α = 2")
        #expect(report.series[0].points.map(\.queries) == [1024, nil], "what is not known comes last")
        #expect(report.series[1].points.map(\.queries) == [0])
        #expect(report.csv.contains("\na,smollm2-1M,fractional α = 2,,0.5000,4,"))
    }

    @Test(.enabled(if: gnuplotIsInstalled)) func writesTableAndPicture() throws {
        let fixture = try fixture()
        try fixture.writer().write(.pretrained)
        let lines = try fixture.text("figures/pretrained.csv").split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[1].hasPrefix("a,smollm2-1M,fractional α = 2,256,0.5000,4,5000,40.00,35.00,45.00,"))
        let markdown = try fixture.text("figures/pretrained.md")
        #expect(markdown.contains("rows finished: 4; not run: c."))
        #expect(markdown.contains("- Products of matrices: float32; bfloat16 in a.\n"))
        let svg = try fixture.text("figures/pretrained.svg")
        #expect(isWellFormedXML(svg) && svg.contains("as it is") && !svg.lowercased().contains("nan"))
    }
}
