import Foundation
import Tensors
import Testing

@testable import Reports

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Whether the tests that draw can run; they are reported as skipped where they cannot.
let gnuplotIsInstalled = Program("gnuplot") != nil

func isWellFormedXML(_ text: String) -> Bool {
    XMLParser(data: Data(text.utf8)).parse()
}

@Suite struct FigureReportTests {
    private func fixture() throws -> ResultsFixture {
        let fixture = try ResultsFixture()
        func curve(_ start: Double) -> [ResultsFixture.Measured] {
            (1...10).map { k in
                let value = start + 0.02 * Double(k)
                return .init("R@\(k)", value, value - 0.01, value + 0.01)
            }
        }
        for (dimension, start) in [(32, 0.6), (4, 0.3)] {
            try fixture.add(
                "de_n\(dimension)", to: "figure4", panel: "a", id: "d\(dimension)", model: "dual-encoder",
                configuration:
                    #"{"schema": 1, "model": "dual-encoder", "seed": 1, "dualEncoder": {"dimension": \#(dimension), "alpha": 2.0}}"#,
                curve(start))
        }
        try fixture.add("arr", to: "figure4", panel: "a", id: "arr", state: "running")
        try fixture.add(
            "base", to: "figure4", id: "base",
            configuration: ResultsFixture.configuration(lambda: "top1"),
            curve(0))
        try fixture.add("de_a2", to: "figure4", panel: "b", id: "d32", model: "dual-encoder")
        return fixture
    }

    @Test func csvIsLongAndOrdered() throws {
        let fixture = try fixture()
        let written = try? fixture.writer(gnuplot: Gnuplot(searchPath: "")).write(.figure4)
        #expect(written == nil)
        let lines = try fixture.text("figures/quick/figure4.csv").split(separator: "\n")
        #expect(lines.count == 31)
        #expect(lines[0] == "panel,series,dimension,alpha,k,recall,low,high,seeds,scale,runs,spread")
        #expect(lines[1] == "a,de_n4,4,2,1,32.00,31.00,33.00,1,quick,\(ResultsFixture.id("d4")),")
        #expect(lines[11] == "a,de_n32,32,2,1,62.00,61.00,63.00,1,quick,\(ResultsFixture.id("d32")),")
        #expect(lines[30] == "b,de_a2,32,2,10,80.00,79.00,81.00,1,quick,\(ResultsFixture.id("d32")),")
    }

    @Test func missingGnuplotLeavesTheRestAndSaysSo() throws {
        let fixture = try fixture()
        let error = #expect(throws: ReportError.self) {
            try fixture.writer(gnuplot: Gnuplot(searchPath: "/nonexistent")).write(.figure4)
        }
        #expect(error?.description.contains("apt-get install gnuplot-nox") == true)
        #expect(try fixture.text("figures/quick/figure4.md").contains("not run: a/arr"))
        #expect(
            try fixture.text("figures/quick/figure4.md").contains(
                "## (c) Cross encoders over alpha\n\nNot run."))
    }

    @Test(.enabled(if: gnuplotIsInstalled, "gnuplot is not installed"))
    func drawsAWellFormedPictureWithEverySeries() throws {
        let fixture = try fixture()
        let files = try fixture.writer().write(.figure4)
        #expect(files.map(\.lastPathComponent) == ["figure4.csv", "figure4.md", "figure4.svg"])
        let svg = try fixture.text("figures/quick/figure4.svg")
        #expect(isWellFormedXML(svg))
        for label in ["DE, n = 4", "DE, n = 32", "α = 2", "not run", "R@k (%)"] {
            #expect(svg.contains(label), "the picture lacks '\(label)'")
        }
    }

    @Test(.enabled(if: gnuplotIsInstalled, "gnuplot is not installed"))
    func gnuplotsComplaintIsPassedOn() {
        let error = #expect(throws: ReportError.self) { try Gnuplot().svg("plot nonsense(\n") }
        guard case .gnuplotFailed(let status, let message) = error else {
            Issue.record("expected gnuplotFailed, got \(String(describing: error))")
            return
        }
        #expect(status != 0 && message.contains("nonsense"))
    }
}
