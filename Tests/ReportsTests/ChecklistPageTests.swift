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
                    UPDATE run SET cpu_seconds = 1800, wall_seconds = 900, threads = 2, peak_memory_bytes = 2000000000, cpu = 'A | B',
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
        #expect(line("table1", 2) == ["table1, quick", "2.50", "1.25", "2.00", "A I B", "1,800", "float32"])
        let options = line("table1", 3).last ?? ""
        #expect(options.hasPrefix("autoregressive: loss.") && options.hasSuffix("loss.lambda"), "\(options)")
        #expect(line("table1", 4)[1...2] == ["0123456789", "0 of 5"])
        #expect(page.contains("- Failed: trie_b1, seed 1 (run t...........)"))
    }

    @Test("a run counts no more processor time than its threads can have had")
    func sharedProcesses() throws {
        let fixture = try ResultsFixture()
        try fixture.add("ntp", to: "table1", id: "a")
        try fixture.add("frac_a2", to: "table1", id: "b")
        try fixture.database.transact {
            try $0.execute(sql: "UPDATE run SET cpu_seconds = 7200, wall_seconds = 3600, threads = 1")
        }
        #expect(
            try cells(fixture, section: 2).first { $0[0] == "table1, quick" }?[1...2] == ["2.00", "2.00"])
    }

    @Test("runs that do not tell their commit are counted apart from unchanged ones")
    func commits() throws {
        let fixture = try ResultsFixture()
        for row in ["ntp", "frac_a2"] { try fixture.add(row, to: "table1") }
        func code() throws -> [String] { Array(try cells(fixture, section: 4)[1][1...2]) }
        #expect(try code() == ["not recorded", "not recorded"])
        try fixture.database.transact {
            try $0.execute(
                sql: "UPDATE run SET commit_hash = 'abc', dirty = 1 WHERE id LIKE 'table1-ntp%'")
        }
        #expect(try code() == ["abc (1 of 2 runs)", "1 of 1"])
    }

    @Test("the precision of products is that of the runs' options")
    func precision() throws {
        let fixture = try ResultsFixture()
        let configuration = ResultsFixture.configuration(lambda: "top1")
        let rounded = configuration.replacing(
            "queriesPerBatch", with: "precision\": \"bfloat16\", \"queriesPerBatch")
        try fixture.add("ntp", to: "table1", configuration: configuration)
        try fixture.add("frac_a2", to: "table1", configuration: rounded)
        try fixture.add("trie_b2", to: "table3", configuration: rounded)
        let table = try cells(fixture, section: 2)
        #expect(table[0].last == "precision of products")
        #expect(table.first { $0[0] == "table1, quick" }?.last == "bfloat16, float32")
        #expect(table.first { $0[0] == "table3, quick" }?.last == "bfloat16")
    }

    /// The lines of a section's first table, its header first.
    private func cells(_ fixture: ResultsFixture, section: Int) throws -> [[String]] {
        try fixture.writer().write(ChecklistPage())
        let page = try fixture.text("tables/quick/checklist.md")
        let lines = page.components(separatedBy: "\n## ")[section].split(separator: "\n")
            .filter { $0.hasPrefix("|") && !$0.hasPrefix("|--") }
        return lines.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    @Test("without any run there is nothing to answer")
    func nothing() throws {
        #expect(throws: ReportError.nothingToReport(report: "checklist", scale: nil, available: [])) {
            try ResultsFixture().writer().write(ChecklistPage())
        }
    }

    /// The committed page has each experiment at its own scale, so a page of one scale is not it, though that be the same scale.
    @Test("a scale that was asked for has a page of its own", arguments: ["checklist", "claims"])
    func oneScaleForAll(page: String) throws {
        let fixture = try ResultsFixture()
        try fixture.add("ntp", to: "table1", scale: "full", [.init("R@1", 0.9)])
        try fixture.add("ntp", to: "table2", scale: "quick", [.init("R@1", 0.9)])
        let report = try #require(ReportCatalogue.all.first { $0.name == page })
        try fixture.writer().write(report)
        let committed = try fixture.text("tables/\(page).md")
        try fixture.writer().write(report, scale: "full")
        #expect(try fixture.text("tables/\(page).md") == committed)
        #expect(try fixture.text("tables/full/\(page).md") != committed)
    }

    @Test("without a run at a scale it says which scales have some")
    func anotherScale() throws {
        let fixture = try ResultsFixture()
        try fixture.add("ntp", to: "table1", [.init("R@1", 0.9)])
        #expect(
            throws: ReportError.nothingToReport(report: "checklist", scale: "full", available: ["quick"])
        ) {
            try fixture.writer().write(ChecklistPage(), scale: "full")
        }
    }
}
