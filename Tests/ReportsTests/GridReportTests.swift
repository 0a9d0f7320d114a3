import Foundation
import RankingMetrics
import Testing

@testable import Reports

@Suite struct GridReportTests {
    private func fixture() throws -> ResultsFixture {
        let fixture = try ResultsFixture()
        try fixture.add("base", to: "mine", configuration: ResultsFixture.configuration(lambda: "top1"))
        for (alpha, beta, value) in [(10.0, 1.0, 0.5), (2, 1, 0.625), (2, 4, 0.7501)] {
            try fixture.add(
                "alpha=\(alpha),beta=\(beta)", to: "mine", id: "r\(Int(alpha))\(Int(beta))",
                configuration: ResultsFixture.configuration(
                    lambda: "fractional", alpha: alpha, targets: "trie", beta: beta),
                [.init("R@1", value, value - 0.01, value + 0.01)])
        }
        return fixture
    }

    private static let metric = Metric.rAt(1)

    @Test func findsTheAxesAndOrdersThemAsNumbers() throws {
        let fixture = try fixture()
        _ = try? fixture.writer(gnuplot: Gnuplot(searchPath: "")).write(
            .grid(sweep: "mine", metric: Self.metric))
        #expect(
            try fixture.text("tables/quick/mine-R@1.csv") == """
                loss.alpha,loss.beta,R@1,R@1_low,R@1_high,model,scale,seeds,steps,runs
                2,1,62.50,61.50,63.50,compact-decoder-0.78M,quick,1,1800,\(ResultsFixture.id("r21"))
                2,4,75.01,74.01,76.01,compact-decoder-0.78M,quick,1,1800,\(ResultsFixture.id("r24"))
                10,1,50.00,49.00,51.00,compact-decoder-0.78M,quick,1,1800,\(ResultsFixture.id("r101"))

                """)
        #expect(
            try fixture.text("tables/quick/mine-R@1.md").hasSuffix(
                """
                | loss.alpha \\ loss.beta | 1     | 4     |
                |------------------------|-------|-------|
                | 2                      | 62.50 | 75.01 |
                | 10                     | 50.00 |       |

                """))
    }

    @Test(.enabled(if: gnuplotIsInstalled, "gnuplot is not installed"))
    func drawsAHeatMapWithItsNumbersAndWithoutAMissingOne() throws {
        let fixture = try fixture()
        try fixture.writer().write(.grid(sweep: "mine", metric: Self.metric))
        let svg = try fixture.text("figures/quick/mine-R@1.svg")
        #expect(isWellFormedXML(svg))
        #expect(svg.contains("75.01") && svg.contains("50.00"))
        #expect(!svg.lowercased().contains("nan"))
    }

    @Test func saysWhatIsWrongWithAGrid() throws {
        let fixture = try fixture()
        let writer = fixture.writer()
        #expect(
            throws: ReportError.unknownReport(
                "other", reports: ReportCatalogue.all.map(\.name), sweeps: ["mine"])
        ) {
            try writer.write(.grid(sweep: "other", metric: Self.metric))
        }
        #expect(throws: ReportError.noRuns(sweep: "mine", scale: "full", available: ["quick"])) {
            try writer.write(.grid(sweep: "mine", metric: Self.metric), scale: "full")
        }
        #expect(throws: ReportError.unmeasured(.rAt(99), sweep: "mine")) {
            try writer.write(.grid(sweep: "mine", metric: .rAt(99)))
        }
        try fixture.add("one", to: "flat", configuration: ResultsFixture.configuration(lambda: "top1"))
        #expect(throws: ReportError.notTwoAxes(sweep: "flat", varying: [])) {
            try writer.write(.grid(sweep: "flat", metric: Self.metric))
        }
    }

    @Test func oneAxisGivesAColumn() throws {
        let fixture = try ResultsFixture()
        for (alpha, value) in [(10.0, 0.5), (2, 0.625)] {
            try fixture.add(
                "alpha=\(alpha)", to: "line",
                configuration: ResultsFixture.configuration(lambda: "fractional", alpha: alpha),
                [.init("R@1", value)])
        }
        _ = try? fixture.writer(gnuplot: Gnuplot(searchPath: "")).write(
            .grid(sweep: "line", metric: Self.metric))
        #expect(
            try fixture.text("tables/quick/line-R@1.csv").hasPrefix("loss.alpha,R@1,R@1_low,R@1_high,model,"))
        #expect(
            try fixture.text("tables/quick/line-R@1.md").hasSuffix(
                """
                | loss.alpha | R@1   |
                |------------|-------|
                | 2          | 62.50 |
                | 10         | 50.00 |

                """))
        guard gnuplotIsInstalled else { return }
        try fixture.writer().write(.grid(sweep: "line", metric: Self.metric))
        let svg = try fixture.text("figures/quick/line-R@1.svg")
        #expect(isWellFormedXML(svg) && svg.contains("62.50"))
    }

    /// A budget in points is another number of steps with another seed, which nobody chose. Chosen ones are an axis.
    @Test func stepsThatFollowAreNoAxis() throws {
        let fixture = try ResultsFixture()
        func add(_ row: String, to sweep: String, alpha: Double, seed: Int, steps: Int) throws {
            let configuration = ResultsFixture.configuration(lambda: "fractional", alpha: alpha)
                .replacing("\"seed\": 1", with: "\"seed\": \(seed)")
                .replacing("\"queriesPerBatch\"", with: "\"steps\": \(steps), \"queriesPerBatch\"")
            try fixture.add(
                row, to: sweep, seed: seed, configuration: configuration, steps: steps, [.init("R@1", 0.5)])
        }
        for seed in 1...2 {
            for alpha in [2.0, 10] {
                try add("alpha=\(alpha)", to: "points", alpha: alpha, seed: seed, steps: 89 + seed)
            }
            for steps in [90, 180] {
                try add("steps=\(steps)", to: "chosen", alpha: 2, seed: seed, steps: steps)
            }
        }
        for (sweep, axis) in [("points", "loss.alpha"), ("chosen", "steps")] {
            _ = try? fixture.writer(gnuplot: Gnuplot(searchPath: "")).write(
                .grid(sweep: sweep, metric: Self.metric))
            #expect(try fixture.text("tables/quick/\(sweep)-R@1.csv").hasPrefix("\(axis),R@1,"))
        }
    }

    /// A model's fingerprint and shape follow from its name, and alpha counts beside one lambda alone.
    @Test func whatFollowsFromAnotherOptionIsNoAxis() throws {
        let fixture = try ResultsFixture()
        for (width, model) in [(64, "small"), (128, "large")] {
            for lambda in ["top1", "fractional"] {
                let configuration = ResultsFixture.configuration(lambda: lambda, width: width)
                    .replacing(
                        "{\n\"decoder\"", with: "{\"pretrained\": \"\(model)\", \"decoder\""
                    )
                    .replacing(
                        "\"seed\": 1,", with: "\"seed\": 1, \"modelFingerprint\": \"f\(width)\",")
                try fixture.add(
                    "\(model), \(lambda)", to: "models", configuration: configuration,
                    [.init("R@1", Double(width) / 256)])
            }
        }
        _ = try? fixture.writer(gnuplot: Gnuplot(searchPath: "")).write(
            .grid(sweep: "models", metric: Self.metric))
        #expect(
            try fixture.text("tables/quick/models-R@1.md").hasSuffix(
                """
                | loss.lambda \\ pretrained | large | small |
                |--------------------------|-------|-------|
                | fractional               | 50.00 | 25.00 |
                | top1                     | 50.00 | 25.00 |

                """))
    }

    /// Two data sets have two fingerprints, which is one axis and not two.
    @Test func aDataSetIsAnAxis() throws {
        let fixture = try ResultsFixture()
        for (index, source) in ["shop", "shop2"].enumerated() {
            for alpha in [1, 2] {
                try fixture.add(
                    "data.source=\(source),alpha=\(alpha)", to: "twodata", model: "dual-encoder",
                    configuration: """
                        {"schema": 1, "model": "dual-encoder", "seed": 1, \
                        "data": {"source": "\(source)"}, "dataFingerprint": "\(index)", \
                        "dualEncoder": {"alpha": \(alpha)}}
                        """, [.init("R@1", 0.25 * Double(index + alpha))])
            }
        }
        _ = try? fixture.writer(gnuplot: Gnuplot(searchPath: "")).write(
            .grid(sweep: "twodata", metric: Self.metric))
        #expect(
            try fixture.text("tables/quick/twodata-R@1.md").hasSuffix(
                """
                | alpha \\ data.source | shop  | shop2 |
                |---------------------|-------|-------|
                | 1                   | 25.00 | 50.00 |
                | 2                   | 50.00 | 75.00 |

                """))
    }
}
