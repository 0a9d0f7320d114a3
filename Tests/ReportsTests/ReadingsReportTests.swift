import Testing

@testable import Reports

@Suite struct ReadingsReportTests {
    /// 200 queries of which the first `hits` are hit.
    private func add(_ panel: String, _ row: String, hits: Int, to fixture: ResultsFixture) throws {
        let values = (0..<200).map { $0 < hits ? 1.0 : 0 }
        let names = ReadingsReport.cutoffs.map { "R@\($0)" }
        try fixture.add(
            row, to: ReadingsReport.sweep, panel: panel,
            names.map { .init($0, Double(hits) / 200, Double(hits) / 200 - 0.05, Double(hits) / 200 + 0.05) },
            perQuery: Dictionary(uniqueKeysWithValues: names.map { ($0, values) }))
    }

    private func fixture() throws -> ResultsFixture {
        let fixture = try ResultsFixture()
        try add("de_n32", "default", hits: 150, to: fixture)
        try add("de_n32", "held-out", hits: 20, to: fixture)
        try add("ce", "default", hits: 100, to: fixture)
        try add("ce", "held-out", hits: 20, to: fixture)
        try add("arr", "default", hits: 120, to: fixture)
        try fixture.add("alpha-3", to: ReadingsReport.sweep, panel: "arr", state: "pending")
        return fixture
    }

    private func report(_ fixture: ResultsFixture) throws -> ReadingsReport {
        try fixture.read { try ReadingsReport($0.results(ReadingsReport.sweep, scale: nil), reader: $0) }
    }

    @Test func aReadingChangesTheSeriesThatHaveItsRowAndNoOther() throws {
        let readings = try report(fixture()).readings
        #expect(readings.map(\.name) == ["default", "held-out", "alpha-3"])
        #expect(readings.map(\.changed) == [[], ["de_n32", "ce"], ["arr"]])
        let values = readings.map {
            $0.differences.map { $0.estimates[0].map { ($0.value * 200).rounded() } }
        }
        // ce - de_n32, arr - de_n32, arr - ce
        #expect(values == [[-50, -30, 20], [0, 100, 100], [-50, nil, nil]])
        #expect(readings[0].differences.map(\.verdict) == [.doesNotHold, .doesNotHold, .holds])
        #expect(readings[1].differences.map(\.verdict) == [.undecided, .holds, .holds])
    }

    @Test func rankingsOfDifferentCandidatesAreNotCompared() throws {
        let fixture = try fixture()
        for panel in ["de_n32", "ce"] {
            try fixture.add(
                "corpus", to: ReadingsReport.sweep, panel: panel, model: "dual-encoder",
                configuration:
                    #"{"schema": 1, "model": "dual-encoder", "seed": 1, "evaluation": {"candidates": "corpus"}}"#,
                ReadingsReport.cutoffs.map { .init("R@\($0)", 0.4, 0.3, 0.5) })
        }
        let reading = try #require(try report(fixture).readings.first { $0.name == "corpus" })
        #expect(reading.differences.map { $0.estimates[0]?.value } == [0, nil, nil])
    }

    @Test func aRunThatHasNotFinishedIsNotReplacedByTheDefault() throws {
        let fixture = try fixture()
        #expect(try report(fixture).readings[2].differences[1].verdict == .notRun)
        try fixture.writer().write(.readings)
        #expect(
            try fixture.text("tables/quick/figure4-readings.csv").contains(
                "alpha-3,arr,de_n32,1,,,,not run,quick,")
        )
        let markdown = try fixture.text("tables/quick/figure4-readings.md")
        #expect(markdown.contains("+50.00 / +50.00 / +50.00 (holds)"))
        #expect(markdown.contains("? / ? / ? (not run)"))
    }
}
