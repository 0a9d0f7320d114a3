import Foundation
import Testing

@testable import Experiments

/// What the paper's tables and figures share is one run.
@Suite("Runs that experiments share")
struct SharedRunsTests {
    private static let experiments = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("experiments")

    private func points(_ name: String, _ scale: String) throws -> [SweepPoint] {
        try ExperimentSpec(contentsOf: Self.experiments.appendingPathComponent("\(name).yaml").path)
            .points(scale: scale)
    }

    private func identity(_ name: String, _ scale: String, row: String, panel: String = "") throws -> String {
        let point = try points(name, scale).first { $0.row == row && $0.panel == panel }
        return try #require(point, "\(name) has no row \(row)").configuration.identity
    }

    @Test("Table 1's frac_a2 is Figure 4's ARR and the readings' default", arguments: ExperimentSpec.scales)
    func fractionalWithAlpha2(scale: String) throws {
        let table = try identity("table1", scale, row: "frac_a2")
        #expect(try identity("figure4", scale, row: "arr", panel: "a") == table)
        #expect(try identity("figure4-readings", scale, row: "default", panel: "arr") == table)
    }

    @Test("Figure 4's panels share the encoders of width 32 with alpha = 2", arguments: ExperimentSpec.scales)
    func encodersOfWidth32(scale: String) throws {
        for (row, panel, other, reading) in [
            ("de_n32", "b", "de_a2", "de_n32"), ("ce", "c", "ce_a2", "ce"),
        ] {
            let own = try identity("figure4", scale, row: row, panel: "a")
            #expect(try identity("figure4", scale, row: other, panel: panel) == own)
            #expect(try identity("figure4-readings", scale, row: "default", panel: reading) == own)
        }
        #expect(
            try identity("figure4-readings", scale, row: "default", panel: "de_n4")
                == identity("figure4", scale, row: "de_n4", panel: "a"))
    }

    @Test("Tables 1 and 3 fine-tune one base", arguments: ExperimentSpec.scales)
    func oneBase(scale: String) throws {
        let bases = try Set((points("table1", scale) + points("table3", scale)).map(\.configuration.baseRun))
        #expect(bases.count == 1 && !bases.contains(nil))
    }
}
