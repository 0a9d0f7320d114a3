import Foundation
import RankingMetrics
import Testing

@testable import Experiments
@testable import Reports

@Suite("Tables in LaTeX") struct LaTeXTableTests {
    private static let pdflatex = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { URL(fileURLWithPath: String($0)).appendingPathComponent("pdflatex") }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) }

    /// What TeX would take for something else, and what none of its fonts has.
    private static let names = [
        "a_b", "50%", "x & y", "{", "}", "$x$", "#1", "\\end{table}", "~^", "\"quoted\"", "`so'", "<p>", "--",
        "été",
        "中文", "a\nb", "[x]", "\\\\[1cm]", "%", "\u{E025}", "|", "e\u{301}", "*x",
    ]

    private func fixture() throws -> ResultsFixture {
        let fixture = try ResultsFixture()
        try fixture.paperTable(
            "table1",
            """
            row,lambda,alpha,targets,beta,CVR,R@1
            ntp,top1,,onehot,,27.66,99.96
            frac_a2,fractional,2,onehot,,0.0,97.74*
            stepwise,stepwise,,onehot,,,

            """)
        let rows = [
            ("ntp", "top1", 0.2, 0.95), ("frac_a2", "fractional", 0.01, 0.95001),
            ("stepwise", "stepwise", 0.01, 0.5),
        ]
        for (row, lambda, violations, recall) in rows {
            try fixture.add(
                row, to: "table1", scale: "full", id: row,
                configuration: ResultsFixture.configuration(lambda: lambda),
                [
                    .init("CVR", violations, violations - 0.01, violations + 0.01),
                    .init("R@1", recall, 0.4, 0.96),
                ])
        }
        try fixture.add(
            "base", to: "table1", scale: "full", id: "b",
            configuration: ResultsFixture.configuration(lambda: "fractional", alpha: 0),
            [.init("CVR", 0), .init("R@1", 0.99)])
        return fixture
    }

    @Test("the best of each column is bold, ties as they are printed, and the zero-shot row is none")
    func bold() throws {
        let fixture = try fixture()
        let file = try fixture.writer().writeLaTeX(.table1)
        #expect(file.path.hasSuffix("results/tables/table1.tex"))
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains("row & $\\lambda$ & $\\alpha$ & targets & $\\beta$ & CVR & R@1 \\\\"))
        #expect(text.contains("  base, zero-{}shot &  &  &  &  & 0.00 & 99.00 \\\\\n  \\midrule\n"))
        #expect(text.contains("  ntp & top1 &  & onehot &  & 20.00 & \\textbf{95.00} \\\\\n"))
        #expect(
            text.contains(
                "  frac\\_a2 & fractional & 2 & onehot &  & \\textbf{1.00} & \\textbf{95.00} \\\\\n"))
        #expect(text.contains("  stepwise & stepwise &  & onehot &  & \\textbf{1.00} & 50.00 \\\\\n"))
        // The paper's numbers are compared with each other, not with ours.
        #expect(text.contains("  frac\\_a2 & fractional & 2 & onehot &  & \\textbf{0.0} & 97.74* \\\\\n"))
        #expect(text.contains("27.66 & \\textbf{99.96}"))
    }

    @Test("intervals stand below their numbers where they are wanted")
    func intervals() throws {
        let fixture = try fixture()
        let plain = try String(contentsOf: fixture.writer().writeLaTeX(.table1), encoding: .utf8)
        let file = try fixture.writer().writeLaTeX(.table1, intervals: true)
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(!plain.contains("\\tiny"))
        #expect(
            text.contains("\\\\[-3pt]\n   &  &  &  &  & {\\tiny 19.00--21.00} & {\\tiny 40.00--96.00} \\\\\n")
        )
    }

    @Test("a smaller scale's table has a folder of its own")
    func scales() throws {
        let fixture = try fixture()
        try fixture.add(
            "ntp", to: "table1", scale: "smoke", configuration: ResultsFixture.configuration(lambda: "top1"),
            [.init("R@1", 0.1)])
        let file = try fixture.writer().writeLaTeX(.table1, scale: "smoke")
        #expect(file.path.hasSuffix("results/tables/smoke/table1.tex"))
    }

    @Test("a report goes through a link and leaves it one")
    func links() throws {
        let fixture = try fixture()
        let elsewhere = fixture.folder.appendingPathComponent("paper-table1.tex")
        let tables = fixture.folder.appendingPathComponent("results/tables")
        try FileManager.default.createDirectory(at: tables, withIntermediateDirectories: true)
        for (name, target) in [
            ("table1.tex", elsewhere), ("table1.md", fixture.folder.appendingPathComponent("t.md")),
        ] {
            try Data().write(to: target)
            try FileManager.default.createSymbolicLink(
                at: tables.appendingPathComponent(name), withDestinationURL: target)
        }
        _ = try fixture.writer().writeLaTeX(.table1)
        try fixture.writer().write(.table1)
        #expect(try String(contentsOf: elsewhere, encoding: .utf8).contains("\\toprule"))
        let link = tables.appendingPathComponent("table1.md").path
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link).hasSuffix("t.md"))
    }

    @Test("tables of every name compile", .enabled(if: pdflatex != nil, "pdflatex is not installed"))
    func compile() throws {
        let fixture = try fixture()
        for (place, name) in Self.names.enumerated() {
            try fixture.add(
                name, to: "grid " + name, scale: name, id: "n\(place)",
                configuration: ResultsFixture.configuration(lambda: "fractional", alpha: 1),
                [.init("R@1", 0.5)])
            try fixture.add(
                name + "'", to: "grid " + name, scale: name, id: "m\(place)",
                configuration: ResultsFixture.configuration(lambda: "fractional", alpha: 2),
                [.init("R@1", 0.6)])
            try fixture.add(
                "row " + name, to: "figure4", scale: "full", panel: "a", id: "f\(place)", [.init("R@1", 0.5)])
        }
        var tables: [String] = []
        for report in [PaperTableReport.table1, Figure4(), ClaimsPage(), ChecklistPage()] as [any Report] {
            for intervals in [false, true] {
                let file = try fixture.writer().writeLaTeX(report, intervals: intervals)
                tables.append(try String(contentsOf: file, encoding: .utf8))
            }
        }
        for name in Self.names {
            let file = try fixture.writer().writeLaTeX(.grid(sweep: "grid " + name, metric: .rAt(1)))
            tables.append(try String(contentsOf: file, encoding: .utf8))
        }
        let output = try Self.compiled(tables, in: fixture.folder)
        #expect(output.status == 0, "\(output.said.suffix(1500))")
        #expect(!output.said.contains("Missing character") && output.said.contains("Output written on"))
    }

    private static func compiled(_ tables: [String], in folder: URL) throws -> (status: Int32, said: String) {
        let text = """
            \\documentclass{article}
            \\usepackage[T1]{fontenc}
            \\usepackage{booktabs}
            \\begin{document}
            \(tables.joined(separator: "\n\\clearpage\n"))
            \\end{document}
            """
        try Data(text.utf8).write(to: folder.appendingPathComponent("page.tex"))
        let process = Process()
        let pipe = Pipe()
        process.executableURL = pdflatex
        process.arguments = ["-interaction=nonstopmode", "-halt-on-error", "page.tex"]
        process.currentDirectoryURL = folder
        process.standardOutput = pipe
        try process.run()
        let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said)
    }
}
