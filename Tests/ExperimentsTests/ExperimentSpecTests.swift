import CrossEncoder
import DualEncoder
import Foundation
import Testing

@testable import Experiments

@Suite("Experiment specs")
struct ExperimentSpecTests {
    private func points(_ text: String, scale: String = "quick", overrides: [String] = []) throws
        -> [SweepPoint]
    {
        try ExperimentSpec(text: text, file: "spec.yaml").points(scale: scale, overrides: overrides)
    }

    private func dual(_ point: SweepPoint) -> DualEncoderConfiguration? {
        point.configuration.ranker as? DualEncoderConfiguration
    }

    @Test("a grid is the product of its axes, the first axis slowest")
    func gridIsAProduct() throws {
        let points = try points(
            "{name: g, model: dual-encoder, grid: {alpha: [0, 2], dimension: [4, 8, 16]}}")
        #expect(points.map(\.row).first == "alpha=0,dimension=4")
        #expect(points.map { dual($0)?.weighting.alpha } == [0, 0, 0, 2, 2, 2])
        #expect(points.map { dual($0)?.dimension } == [4, 8, 16, 4, 8, 16])
    }

    @Test("a scale without a value leaves a part out")
    func scalesLeavePartsOut() throws {
        let text = """
            name: s
            parts:
              - {model: dual-encoder, settings: {steps: 5}, scales: {quick: ~, full: {steps: 7}}, rows: [{row: a}]}
              - {model: dual-encoder, settings: {steps: 6}, scales: {quick: {}, full: ~}, rows: [{row: b}]}
            """
        #expect(try points(text, scale: "quick").map(\.row) == ["b"])
        #expect(try points(text, scale: "full").map { $0.configuration.steps } == [7])
        #expect(throws: SpecError.self) { try points(text, scale: "smoke") }
    }

    @Test("a scale lies over the settings, a row over the scale")
    func layersAreLaidInOrder() throws {
        let text = """
            name: s
            model: dual-encoder
            settings: {steps: 100, alpha: 1}
            scales: {quick: {steps: 200}, full: {}}
            rows: [{row: a}, {row: b, steps: 300}]
            """
        #expect(try points(text).map { $0.configuration.steps } == [200, 300])
        #expect(try points(text, scale: "full").map { $0.configuration.steps } == [100, 300])
        #expect(try points(text).allSatisfy { dual($0)?.weighting == .fractional(alpha: 1) })
    }

    @Test("--set changes every row, several values make an axis, seeds multiply")
    func overridesMultiply() throws {
        let text = "{name: s, model: cross-encoder, rows: [{row: a}, {row: b}]}"
        #expect(
            try points(text, overrides: ["alpha=3"]).allSatisfy {
                ($0.configuration.ranker as? CrossEncoderConfiguration)?.weighting == .fractional(alpha: 3)
            })
        let crossed = try points(text, overrides: ["alpha=0,1", "seed=1,2,3"])
        #expect(crossed.count == 12)
        #expect(Set(crossed.map(\.configuration.identity)).count == 6, "rows a and b are the same runs")
    }

    @Test("--set changes the rows that have the option, and is refused where none has")
    func overridesPassByWhatHasNoSuchOption() throws {
        let text = """
            name: s
            parts:
              - {model: reference, rows: [{row: random, order: random}]}
              - {model: dual-encoder, rows: [{row: de}]}
            """
        let changed = try points(text, overrides: ["steps=7", "data.evaluationQueries=9"])
        #expect(changed.map(\.row) == ["random", "de"] && changed[1].configuration.steps == 7)
        #expect(changed.allSatisfy { $0.configuration.data.evaluationQueries == 9 })
        #expect(
            try points(text, overrides: ["steps=7,8"]).map(\.row) == ["random", "de,steps=7", "de,steps=8"])
        let error = #expect(throws: SpecError.self) { try points(text, overrides: ["stepz=7"]) }
        #expect(String(describing: error).contains("there is no option 'stepz'"))
    }

    @Test("--set takes the place of an axis of the grid")
    func overridesReplaceAxes() throws {
        let text = "{name: s, model: cross-encoder, grid: {alpha: [0, 1, 2], dimension: [4, 8]}}"
        let crossed = try points(text, overrides: ["alpha=3,5"])
        #expect(
            crossed.map(\.row) == [
                "dimension=4,alpha=3", "dimension=4,alpha=5", "dimension=8,alpha=3", "dimension=8,alpha=5",
            ])
        let one = try points(text, overrides: ["alpha=3"])
        #expect(one.map(\.row) == ["dimension=4,alpha=3", "dimension=8,alpha=3"])
        #expect(Set(one.map(\.configuration.identity)).count == 2)
        #expect(
            try points("{name: s, model: cross-encoder, grid: {alpha: [0, 1]}}", overrides: ["alpha=3"]).map(
                \.row)
                == ["alpha=3"])
    }

    @Test("a budget in points is kept with each row, for when the data are known")
    func budgetsInPoints() throws {
        let points = try points("{name: s, model: autoregressive, points: 5000, grid: {loss.alpha: [1, 2]}}")
        #expect(points.map(\.trainingPoints) == [5000, 5000])
        #expect(try self.points("{name: s, model: autoregressive}").map(\.trainingPoints) == [nil])
        // Steps beside it would be ignored.
        for text in [
            "grid: {steps: [1, 2]}", "rows: [{row: a, steps: 3}]", "rows: [{row: a}, {row: b, steps: 3}]",
        ] {
            let error = #expect(throws: SpecError.self, "\(text)") {
                try self.points("{name: s, model: dual-encoder, points: 5000, \(text)}")
            }
            #expect("\(error!)".contains("'steps' cannot stand beside 'points'"))
        }
        #expect(throws: SpecError.self) {
            try self.points("{name: s, model: dual-encoder, points: 5000}", overrides: ["steps=5"])
        }
    }

    @Test("axes that multiply to more rows than can be entered are refused, soon")
    func tooManyRows() {
        let values = (1...90).map(String.init).joined(separator: ", ")
        let axes = ["alpha", "dimension", "steps", "batch", "data.splitSeed"].map { "\($0): [\(values)]" }
        let grid = "{name: s, model: dual-encoder, grid: {\(axes.joined(separator: ", "))}}"
        #expect(throws: SpecError.tooManyRows(file: "spec.yaml", most: 100_000)) { try points(grid) }
        let all = values.replacing(" ", with: "")
        #expect(throws: SpecError.tooManyRows(file: "spec.yaml", most: 100_000)) {
            try points(
                "{name: s, model: dual-encoder}",
                overrides: ["alpha=\(all)", "dimension=\(all)", "steps=\(all)"])
        }
    }

    @Test("what cannot be meant is refused, with its place")
    func mistakesAreNamed() {
        let cases: [(text: String, says: String)] = [
            ("{name: s, model: dual-encoder, settings: {alhpa: 1}}", "alhpa"),
            ("{name: s, model: dual-encoder, settings: {alpha: -1}}", "alpha"),
            ("{name: s, model: dual-encoder, settings: {alpha: much}}", "a number"),
            ("{name: s, model: bi-encoder}", "bi-encoder"),
            ("{name: s, model: dual-encoder, rows: []}", "no run"),
            ("{name: s, model: dual-encoder, grid: {alpha: []}}", "no run"),
            ("{name: s, model: dual-encoder, rows: [{row: a}, {row: a}]}", "'a'"),
            ("{name: s, model: dual-encoder, points: 0}", "points is 0, it must be a whole number in 1..."),
            ("{model: dual-encoder}", "name"),
            ("{name: ~, model: dual-encoder}", "'name' is missing"),
            ("{name: s, model: dual-encoder, rows: [{row: a}], grid: {alpha: [1]}}", "beside 'rows'"),
            ("{name: s, settings: {steps: 1}, parts: [{model: dual-encoder}]}", "beside 'parts'"),
            ("{name: s, rows: [{row: a}], parts: [{model: dual-encoder}]}", "beside 'parts'"),
            ("{name: s, parts: [{model: dual-encoder, panel: [a]}]}", "a panel's name"),
            ("{name: s, model: dual-encoder, scales: 3}", "a mapping of scales"),
            ("[1, 2]", "a mapping"),
            ("", "no run"),
        ]
        for (text, says) in cases {
            let error = #expect(throws: SpecError.self, "\(text)") { try points(text) }
            #expect("\(error.map { "\($0)" } ?? "")".contains(says), "\(text): \(error as Any)")
        }
    }
}
