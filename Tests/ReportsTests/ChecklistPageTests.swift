import Foundation
import Testing

@testable import Experiments
@testable import Reports

@Suite("Checklist page") struct ChecklistPageTests {
    @Test("counts runs, seeds and hours once each, and names what failed")
    func answers() throws {
        let fixture = try ResultsFixture()
        for seed in 1...2 {
            try fixture.add(
                "ntp", to: "table1", seed: seed, configuration: ResultsFixture.configuration(lambda: "top1"),
                [.init("R@1", 0.5)])
        }
        try fixture.add(
            "frac_a2", to: "table1", configuration: ResultsFixture.configuration(lambda: "fractional"),
            [.init("R@1", 0.5)])
        try fixture.add("trie_b1", to: "table1", id: "t", state: "failed")
        try fixture.add("base", to: "table1", id: "b", [.init("R@1", 0.1)])
        // The same run stands in a figure too: each experiment counts it.
        try fixture.add("arr", to: "figure4", panel: "a", id: "b")
        try fixture.database.transact {
            try $0.execute(
                sql: """
                    UPDATE run SET cpu_seconds = 1800, wall_seconds = 900, peak_memory_bytes = 2000000000, cpu = 'A | B',
                        commit_hash = '0123456789abcdef', started = '2026-01-01T00:00:00Z', ended = '2026-01-02T00:00:00Z'
                    """)
        }
        try fixture.writer().write(ChecklistPage())
        let page = try fixture.text("tables/quick/checklist.md")
        func line(_ start: String, _ part: Int) -> [String] {
            let section = page.components(separatedBy: "\n## ")[part]
            let line = section.split(separator: "\n").first { $0.hasPrefix("| \(start)") } ?? ""
            return line.replacing("\\|", with: "I").split(separator: "|").map { $0.trimmingPrefix(" ") }.map {
                String($0).replacing(#/ +$/#, with: "")
            }
        }
        #expect(line("table1", 1) == ["table1, quick", "3", "2", "4", "1", "1-2", "5,000"])
        #expect(line("figure4", 1) == ["figure4, quick", "1", "1", "1", "0", "1", "5,000"])
        #expect(line("table1", 2) == ["table1, quick", "2.50", "1.25", "2.00", "A I B", "1,800"])
        let options = line("table1", 3).last ?? ""
        #expect(options.hasPrefix("autoregressive: loss.") && options.hasSuffix("loss.lambda"), "\(options)")
        #expect(line("table1", 4)[1...2] == ["0123456789", "0"])
        #expect(page.contains("- Failed: trie_b1, seed 1 (run t...........)"))
    }

    @Test("without any run there is nothing to answer")
    func nothing() throws {
        #expect(throws: ReportError.nothingToReport(report: "checklist", scale: nil, available: [])) {
            try ResultsFixture().writer().write(ChecklistPage())
        }
    }
}
