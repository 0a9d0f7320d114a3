import Experiments
import RankingMetrics
import Testing

@testable import Reports

@Suite struct ClaimReportTests {
    private static let better = Claim.RowName(sweep: "table1", row: "better")
    private static let worse = Claim.RowName(sweep: "table1", row: "worse")
    private static let R1 = Metric.rAt(1)
    private static let claim = Claim(title: "T", source: "S", comparisons: [.more(better, worse, R1)])

    private func entry(_ claim: Claim, _ fixture: ResultsFixture, scale: String = "quick") throws
        -> ClaimReport.Entry
    {
        try fixture.database.snapshot {
            try ClaimReport(ResultsReader(snapshot: $0), scale: scale, claims: [claim]).entries[0]
        }
    }

    /// 200 queries of which the first `hits` are hit.
    private func hits(_ hits: Int) -> [Double] { (0..<200).map { $0 < hits ? 1 : 0 } }

    private func add(
        _ row: String, hits count: Int, to fixture: ResultsFixture, keepsQueries: Bool = true,
        cutoffs: [Int] = [1]
    ) throws {
        let value = Double(count) / 200
        let configuration = ResultsFixture.configuration(lambda: "top1").replacing(
            "\"seed\": 1", with: "\"seed\": 1, \"evaluation\": {\"cutoffs\": \(cutoffs)}")
        try fixture.add(
            row, to: "table1", configuration: configuration,
            [.init("R@1", value, value - 0.06, value + 0.06)],
            perQuery: keepsQueries ? ["R@1": hits(count)] : [:])
    }

    @Test func pairingDecidesWhatIntervalsAloneCannot() throws {
        let paired = try ResultsFixture()
        try add("better", hits: 130, to: paired)
        try add("worse", hits: 120, to: paired)
        let finding = try entry(Self.claim, paired).findings[0]
        #expect(finding.verdict == .holds)
        let difference = try #require(finding.difference)
        let (low, high) = (try #require(difference.low), try #require(difference.high))
        #expect(abs(difference.value - 0.05) < 1e-9)
        #expect(low > 0.015 && low < 0.03 && high > 0.07 && high < 0.09)

        let unpaired = try ResultsFixture()
        try add("better", hits: 130, to: unpaired, keepsQueries: false)
        try add("worse", hits: 120, to: unpaired)
        let wide = try #require(try entry(Self.claim, unpaired).findings[0].difference)
        #expect(Verdict(wide) == .undecided)
        #expect(abs(try #require(wide.low) - (0.05 - 0.06 * 2.0.squareRoot())) < 1e-9)
        #expect(abs(try #require(wide.high) - (0.05 + 0.06 * 2.0.squareRoot())) < 1e-9)
    }

    @Test func aClaimFailsOnAContradictionAndIsUndecidedOnATie() throws {
        let contrary = try ResultsFixture()
        try add("better", hits: 100, to: contrary)
        try add("worse", hits: 120, to: contrary)
        #expect(try entry(Self.claim, contrary).verdict == .doesNotHold)

        let tie = try ResultsFixture()
        try add("better", hits: 120, to: tie)
        try add("worse", hits: 120, to: tie)
        #expect(try entry(Self.claim, tie).verdict == .undecided)
    }

    @Test func lessIsTheOtherWayRound() throws {
        let fixture = try ResultsFixture()
        try add("better", hits: 20, to: fixture)
        try add("worse", hits: 120, to: fixture)
        let claim = Claim(title: "T", source: "S", comparisons: [.less(Self.better, Self.worse, Self.R1)])
        #expect(try entry(claim, fixture).verdict == .holds)
    }

    @Test func aMissingRunIsNotRunUnlessAnotherComparisonContradicts() throws {
        let fixture = try ResultsFixture()
        try add("better", hits: 100, to: fixture)
        try fixture.add("worse", to: "table1", state: "running")
        let entry = try entry(Self.claim, fixture)
        #expect(entry.verdict == .notRun)
        #expect(entry.missing == [Self.worse])
        #expect(entry.findings[0].difference == nil)
        #expect(Verdict(all: [.notRun, .doesNotHold, .holds]) == .doesNotHold)
        #expect(Verdict(all: [.undecided, .holds]) == .undecided)
        #expect(Verdict(all: []) == .notRun)
    }

    @Test func approachingIsMeasuredFromBothSides() throws {
        let target = Claim.RowName(sweep: "table1", row: "target")
        let claim = Claim(
            title: "T", source: "S",
            approaches: [.init(near: Self.better, far: Self.worse, target: target, metric: Self.R1)])
        for (near, verdict) in [(110, Verdict.holds), (92, .holds), (180, .doesNotHold)] {
            let fixture = try ResultsFixture()
            try add("target", hits: 100, to: fixture)
            try add("worse", hits: 140, to: fixture)
            try add("better", hits: near, to: fixture)
            let entry = try entry(claim, fixture)
            #expect(entry.verdict == verdict, "near row at \(near) hits")
            let gain = try #require(entry.findings[0].difference?.value)
            #expect(abs(gain - Double(40 - abs(near - 100)) / 200) < 1e-9)
        }
    }

    @Test func meansWeighRowsAndMetricsEqually() throws {
        let fixture = try ResultsFixture()
        for (row, first, second) in [("a", 0.8, 0.6), ("b", 0.6, 0.4), ("c", 0.5, 0.5)] {
            try fixture.add(row, to: "table1", [.init("R@1", first), .init("R@2", second)])
        }
        let rows = ["a", "b", "c"].map { Claim.RowName(sweep: "table1", row: $0) }
        let claim = Claim(
            title: "T", source: "S",
            comparisons: [.more([rows[0], rows[1]], rows[2], meanOf: (1...2).map(Metric.rAt))])
        let finding = try entry(claim, fixture).findings[0]
        #expect(abs(try #require(finding.difference?.value) - 0.1) < 1e-9)
        #expect(finding.verdict == .undecided, "without intervals nothing is decided")
    }

    /// One row's gain over where it starts, less another's: 0.3 - 0.1.
    @Test func gainsAreCompared() throws {
        let fixture = try ResultsFixture()
        for (row, value) in [("a", 0.8), ("a0", 0.5), ("b", 0.6), ("b0", 0.5)] {
            try fixture.add(row, to: "table1", [.init("R@1", value)])
        }
        let rows = ["a", "a0", "b", "b0"].map { Claim.RowName(sweep: "table1", row: $0) }
        let claim = Claim(
            title: "T", source: "S",
            comparisons: [.gain(rows[0], over: rows[1], moreThan: rows[2], over: rows[3], Self.R1)])
        let finding = try entry(claim, fixture).findings[0]
        #expect(abs(try #require(finding.difference?.value) - 0.2) < 1e-9)
        #expect(finding.statement == "R@1: a over a0 more than b over b0")
    }

    @Test func runsOfOneScaleAreCompared() throws {
        let fixture = try ResultsFixture()
        try add("better", hits: 130, to: fixture)
        try add("worse", hits: 100, to: fixture)
        try fixture.add("better", to: "table1", scale: "full", [.init("R@1", 0.9)])
        #expect(try entry(Self.claim, fixture).verdict == .holds)
        #expect(try entry(Self.claim, fixture, scale: "full").verdict == .notRun)
    }

    @Test func aSmallerScaleChangesNoCommittedPage() throws {
        let fixture = try ResultsFixture()
        let lambda = ["ntp": "top1", "frac_a2": "fractional"]
        func add(_ scale: String, _ rows: [String: Double]) throws {
            for (row, value) in rows {
                try fixture.add(
                    row, to: "table1", scale: scale,
                    configuration: ResultsFixture.configuration(lambda: lambda[row] ?? ""),
                    [.init("R@1", value, value - 0.01, value + 0.01), .init("CVR", value / 10)])
            }
        }
        try add("full", ["ntp": 0.9, "frac_a2": 0.8])
        try fixture.paperTable("table1", "row,lambda,R@1\nntp,top1,99.96\nfrac_a2,fractional,97.74\n")
        let reports: [any Report] = [PaperTableReport.table1, ClaimsPage(), ChecklistPage()]
        func pages() throws -> [String] {
            for report in reports { try fixture.writer().write(report) }
            return try ["table1.csv", "table1.md", "claims.md", "checklist.md"].map {
                try fixture.text("tables/\($0)")
            }
        }
        let committed = try pages()
        #expect(committed[2].contains("at scale full:") && committed[3].contains("table1, full"))
        for scale in ["quick", "smoke"] { try add(scale, ["ntp": 0.1, "frac_a2": 0.7]) }
        try fixture.add("de_n8", to: "figure4", scale: "smoke", panel: "a", [.init("R@1", 0.2)])
        #expect(try pages() == committed)
        try fixture.writer().write(ClaimsPage(), scale: "smoke")
        #expect(try fixture.text("tables/smoke/claims.md").contains("at scale smoke:"))
    }

    @Test func everyClaimNamesRowsThatExist() throws {
        let tables = try ["table1", "table2", "table3"].flatMap { name in
            let file = repository.appendingPathComponent("experiments/paper/\(name).csv")
            return try PaperTable(contentsOf: file).rows.map { Claim.RowName(sweep: name, row: $0.id) }
        }
        let specs = try ["table1", "table2", "table3", "figure4", "docids"].flatMap { name in
            let file = repository.appendingPathComponent("experiments/\(name).yaml").path
            return try ExperimentSpec(contentsOf: file).points(scale: "full").map {
                Claim.RowName(sweep: name, panel: $0.panel, row: $0.row)
            }
        }
        for row in Claim.all.flatMap(\.rows) {
            #expect(specs.contains(row), "\(row) is in no spec")
            // Of rows with vectors and of other docIDs the paper has none: a claim of the paper is checked on them too.
            let isOurs = row.sweep == "docids" || (row.sweep == "table2" && row.row.hasPrefix("vectors_"))
            #expect(isOurs || row.sweep == "figure4" || tables.contains(row), "\(row) is not the paper's")
        }
        #expect(Claim.all.count == 19)
    }

    @Test func thePageHasAVerdictForEachClaimWhateverIsMissing() throws {
        let fixture = try ResultsFixture()
        #expect(throws: ReportError.nothingToReport(report: "claims", scale: nil, available: [])) {
            try fixture.writer().write(.claims)
        }
        try fixture.add("ntp", to: "table1", [.init("R@1", 0.9)])
        try fixture.writer().write(.claims)
        let page = try fixture.text("tables/quick/claims.md")
        for claim in Claim.all { #expect(page.contains("\n## \(claim.title)\n")) }
        #expect(page.contains("| not run | 0 of 11 "))
        #expect(!page.contains("| holds"))
        #expect(
            throws: ReportError.nothingToReport(report: "claims", scale: "full", available: ["quick"])
        ) {
            try fixture.writer().write(.claims, scale: "full")
        }
    }

    /// Of a sweep with a scale of its own that one's runs are compared.
    @Test func aSweepMayHaveAScaleOfItsOwn() throws {
        let fixture = try ResultsFixture()
        try add("better", hits: 130, to: fixture)
        try add("worse", hits: 100, to: fixture)
        let report = try fixture.database.snapshot {
            try ClaimReport(
                ResultsReader(snapshot: $0), scale: "full", scales: ["table1": "quick"], claims: [Self.claim])
        }
        #expect(report.entries[0].verdict == .holds)
        #expect(report.scale(of: Self.claim) == "quick")
        #expect(try entry(Self.claim, fixture, scale: "full").verdict == .notRun)
    }

    /// A sum of metrics of which some queries lack one is resampled over all of them, and not put together of intervals.
    @Test func sumsOverQueriesThatLackAMetricArePaired() throws {
        let fixture = try ResultsFixture()
        for (row, count) in [("better", 120), ("worse", 114)] {
            let own = hits(count)
            let value = Double(count) / 200
            try fixture.add(
                row, to: "table1",
                [.init("R@1", value, value - 0.06, value + 0.06), .init("R@5", value, 0, 1)],
                perQuery: ["R@1": own, "R@5": Array(own.dropLast())])
        }
        let sum = Claim.Comparison(
            statement: "R@1 and R@5",
            terms: [Self.R1, .rAt(5)].flatMap { metric in
                [(1.0, Self.better), (-1.0, Self.worse)].map { .init(weight: $0, row: $1, metric: metric) }
            })
        let finding = try entry(Claim(title: "T", source: "S", comparisons: [sum]), fixture).findings[0]
        let difference = try #require(finding.difference)
        #expect(finding.verdict == .holds, "the intervals of R@5 alone reach from 0 to 1")
        #expect(try #require(difference.low) > 0.01 && #require(difference.high) < 0.13)
    }

    /// A comparison at a k that no query reaches says nothing for or against a claim.
    @Test func whatNoQueryShowsIsLeftOut() throws {
        let fixture = try ResultsFixture()
        for (row, hits) in [("better", 130), ("worse", 100)] {
            try add(row, hits: hits, to: fixture, cutoffs: [1, 25])
        }
        let claim = Claim(
            title: "T", source: "S",
            comparisons: [Self.R1, .rAt(25)].map { .more(Self.better, Self.worse, $0) })
        let unasked = Claim(
            title: "T", source: "S",
            comparisons: [Self.R1, .rAt(10)].map { .more(Self.better, Self.worse, $0) })
        // What was not measured is another matter.
        #expect(try self.entry(unasked, fixture).findings.map(\.verdict) == [.holds, .notRun])
        let entry = try entry(claim, fixture)
        #expect(entry.findings.map(\.verdict) == [.holds, .noQuery])
        #expect(entry.verdict == .holds)
        #expect(Verdict(all: [.noQuery]) == .notRun)
    }

    /// By another score each run is compared as that score measured it, and a claim on which the scores differ is listed.
    @Test func claimsAreComparedByEachScore() throws {
        let fixture = try ResultsFixture()
        for (row, mean, sum) in [("better", 0.9, 0.4), ("worse", 0.5, 0.6)] {
            try fixture.add(
                row, to: "table1",
                [
                    .init("R@1", mean, mean - 0.01, mean + 0.01),
                    .init("R@1", sum, sum - 0.01, sum + 0.01, score: "sum"),
                ])
        }
        let reports = try ["mean", "sum"].map { score in
            let report = try fixture.database.snapshot {
                try ClaimReport(
                    ResultsReader(snapshot: $0), scale: "quick", claims: [Self.claim], score: score)
            }
            return (score: score, report: report)
        }
        #expect(reports.map { $0.report.entries[0].verdict } == [.holds, .doesNotHold])
        let table = ClaimReport.byScore(reports)
        #expect(table.rows == [["T", "holds, 1 of 1", "does not hold, 0 of 1"]])
        #expect(ClaimReport.byScore([reports[0], reports[0]]).rows.isEmpty)
    }

    /// Of runs whose own scores differ one that all were measured by decides, whichever is asked for.
    @Test func runsAreComparedByOneScore() throws {
        let fixture = try ResultsFixture()
        let plain = ResultsFixture.configuration(lambda: "fractional")
        let counted = plain.replacing(#""queriesPerBatch""#, with: #""score": "counted", "queriesPerBatch""#)
        try fixture.add(
            "better", to: "table1", configuration: counted,
            [.init("R@1", 0.2, 0.19, 0.21), .init("R@1", 0.9, 0.89, 0.91, score: "mean")])
        try fixture.add("worse", to: "table1", configuration: plain, [.init("R@1", 0.5, 0.49, 0.51)])
        for score in [nil, "mean", "counted", "sum"] {
            let entry = try fixture.database.snapshot {
                try ClaimReport(
                    ResultsReader(snapshot: $0), scale: "quick", claims: [Self.claim], score: score
                ).entries[0]
            }
            #expect(entry.score == "mean" && entry.verdict == .holds, "asked for \(score ?? "none")")
        }
    }
}
