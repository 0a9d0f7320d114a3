import DualEncoder
import Foundation
import Testing

@testable import Experiments

/// What YAML can say beyond plain mappings.
@Suite("YAML in specs")
struct SpecYAMLTests {
    private func points(_ text: String, _ overrides: [String] = []) throws -> [SweepPoint] {
        try ExperimentSpec(text: text, file: "spec.yaml").points(scale: "quick", overrides: overrides)
    }

    private func dimensions(_ text: String) throws -> [Int?] {
        try points(text).map { ($0.configuration.ranker as? DualEncoderConfiguration)?.dimension }
    }

    @Test("merge keys take over another mapping's members; the own ones come first")
    func mergeKeys() throws {
        let rows = """
            name: y
            model: dual-encoder
            rows:
            - &r {row: a, dimension: 4, steps: 7}
            - {<<: *r, row: b, dimension: 8}
            - {row: c, <<: *r}
            - {<<: [{dimension: 16}, *r], row: d}
            """
        #expect(try dimensions(rows) == [4, 8, 4, 16])
        #expect(try points(rows).map(\.row) == ["a", "b", "c", "d"])
        #expect(try points(rows).allSatisfy { $0.configuration.steps == 7 })
        let nested = """
            name: y
            model: dual-encoder
            settings: {data: {<<: {evaluationQueries: 3, developmentQueries: 2}, developmentQueries: 1}, steps: 5}
            """
        let data = try #require(try points(nested).first?.configuration.data)
        #expect(data.evaluationQueries == 3 && data.developmentQueries == 1)
    }

    @Test("a merge key wants mappings", arguments: ["3", "[1]", "~", "word"])
    func illegalMerges(value: String) {
        #expect(throws: SpecError.self) {
            try points("{name: y, model: dual-encoder, settings: {<<: \(value)}}")
        }
        #expect(throws: SpecError.self) {
            try points("{name: y, model: dual-encoder, settings: {\"<<\": {steps: 1}}}")
        }
    }

    @Test("aliases that multiply are refused, soon")
    func multiplyingAliases() {
        var text = "name: y\nmodel: dual-encoder\nsettings:\n  a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1]\n"
        for level in 1..<12 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 8).joined(separator: ", ")
            text += "  a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(throws: SpecError.self) { try points(text) }
    }

    @Test("lists and mappings are values of a grid")
    func gridsOfListsAndMappings() throws {
        let text = """
            name: y
            model: dual-encoder
            grid: {evaluation.cutoffs: [[1, 2], [3]], dimension: [4, 8]}
            """
        #expect(
            try points(text).map(\.row) == [
                "evaluation.cutoffs=[1,2],dimension=4", "evaluation.cutoffs=[1,2],dimension=8",
                "evaluation.cutoffs=[3],dimension=4", "evaluation.cutoffs=[3],dimension=8",
            ])
        #expect(try points(text).map(\.configuration.evaluation.cutoffs) == [[1, 2], [1, 2], [3], [3]])
        let losses = """
            name: y
            model: autoregressive
            grid: {loss: [{lambda: top1}, {lambda: fractional, alpha: 3}]}
            """
        #expect(
            try points(losses).map(\.row) == ["loss={lambda: top1}", "loss={lambda: fractional, alpha: 3}"])
        #expect(Set(try points(losses).map(\.configuration.identity)).count == 2)
    }

    @Test("lists behind --set are one value each")
    func listsBehindSet() throws {
        let text = "{name: y, model: dual-encoder}"
        let one = try points(text, ["evaluation.cutoffs=[1,2]"])
        #expect(one.map(\.configuration.evaluation.cutoffs) == [[1, 2]])
        let two = try points(text, ["evaluation.cutoffs=[1,2],[3]"])
        #expect(two.map(\.configuration.evaluation.cutoffs) == [[1, 2], [3]])
        for wrong in [
            "evaluation.cutoffs=[1,1]", "evaluation.cutoffs=[1,", "evaluation.cutoffs=1", "=1", "steps",
        ] {
            #expect(throws: SpecError.self, "\(wrong)") { try points(text, [wrong]) }
        }
    }

    @Test("a byte-order mark and Windows line ends are read over")
    func bytesOfWindows() throws {
        let plain =
            "name: y\nmodel: dual-encoder\nsettings:\n  steps: 5\nrows:\n  - {row: a}\n  - {row: b, dimension: 4}\n"
        let expected = try points(plain)
        #expect(try points("\u{FEFF}" + plain) == expected)
        #expect(try points(plain.replacing("\n", with: "\r\n")) == expected)
        #expect(try points("\u{FEFF}" + plain.replacing("\n", with: "\r\n")) == expected)
    }

    @Test("bytes that are no UTF-8 are refused by name")
    func otherEncodings() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data([0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xff, 0xfe]).write(to: file)
        #expect(
            throws: SpecError.input(
                .notText(file: file.path, line: 1, reason: "this is no text in UTF-8"))
        ) { try ExperimentSpec(contentsOf: file.path) }
    }

    /// A folder with these files.
    private func folder(_ files: [String: String]) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "extends-\(UUID().uuidString)")
        for (name, text) in files {
            let file = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return folder
    }

    private static let base = """
        model: dual-encoder
        settings: {steps: 5, data: {evaluationQueries: 3}}
        scales: {smoke: {steps: 1}, quick: {}, full: {steps: 9}}
        rows: [{row: one}]
        seeds: [4]
        """

    @Test("a spec lies over the file that it extends: settings and scales by option, all else whole")
    func extending() throws {
        let folder = try folder([
            "base/dual.yaml": Self.base,
            "spec.yaml": """
            name: s
            extends: base/dual.yaml
            settings: {data: {developmentQueries: 2}, dimension: 4}
            scales: {full: {batch: 7}}
            rows: [{row: a}, {row: b, steps: 6}]
            """,
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let spec = try ExperimentSpec(contentsOf: folder.appendingPathComponent("spec.yaml").path)
        #expect(spec.text.contains("evaluationQueries"), "what it extends is kept with it")
        for (scale, steps, batch) in [
            ("smoke", [1, 6], 2048), ("quick", [5, 6], 2048), ("full", [9, 6], 7),
        ] {
            let points = try spec.points(scale: scale)
            #expect(points.map(\.row) == ["a", "b"] && points.map(\.seed) == [4, 4])
            #expect(points.map(\.configuration.steps) == steps)
            let rankers = points.compactMap { $0.configuration.ranker as? DualEncoderConfiguration }
            #expect(rankers.map(\.batch) == [batch, batch] && rankers.map(\.dimension) == [4, 4])
            let data = points[0].configuration.data
            #expect(data.evaluationQueries == 3 && data.developmentQueries == 2)
        }
    }

    @Test("a mistake is told by the file that it stands in, and its line there")
    func mistakesInEitherFile() throws {
        let good = "model: dual-encoder\n\nsettings:\n  steps: 5\n"
        let files = [
            "spec.yaml": "name: s\nextends: base/middle.yaml\nrows: [{row: a}]\nsettings: {batch: 7}\n",
            "base/middle.yaml": "# A comment.\nextends: low.yaml\nsettings:\n  dimension: 8\n",
            "base/low.yaml": good,
        ]
        for (name, from, to, line) in [
            ("spec.yaml", "batch: 7", "bath: 7", 4), ("spec.yaml", "batch: 7", "batch: -7", 4),
            ("spec.yaml", "{row: a}", "a", 3), ("base/middle.yaml", "dimension: 8", "dimension: wide", 4),
            ("base/middle.yaml", "settings:", "setings:", 3), ("base/low.yaml", "dual-encoder", "bi", 1),
            ("base/low.yaml", "steps: 5", "step: 5", 4), ("base/low.yaml", "steps: 5", "steps: 5e3", 4),
        ] {
            var damaged = files
            damaged[name] = files[name]?.replacing(from, with: to)
            let folder = try folder(damaged)
            defer { try? FileManager.default.removeItem(at: folder) }
            let error = #expect(throws: SpecError.self, "\(to)") {
                try ExperimentSpec(contentsOf: folder.appendingPathComponent("spec.yaml").path)
                    .points(scale: "quick")
            }
            let place = folder.appendingPathComponent(name).path + ":\(line): "
            #expect("\(try #require(error))".hasPrefix(place), "\(String(describing: error))")
        }
    }

    @Test("text of an extended file that is no YAML is told by its own line")
    func malformedBase() throws {
        let folder = try folder([
            "spec.yaml": "name: s\n\n\n\nextends: base.yaml\n",
            "base.yaml": "model: dual-encoder\nrows: [{]\n",
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let error = #expect(throws: SpecError.self) {
            try ExperimentSpec(contentsOf: folder.appendingPathComponent("spec.yaml").path)
        }
        let text = "\(try #require(error))"
        #expect(text.contains("/base.yaml is not YAML: 2:"), "\(text)")
    }

    @Test("rows take the place of the grid that a base has")
    func rowsForAGrid() throws {
        let folder = try folder([
            "spec.yaml": "{name: s, extends: base.yaml, rows: [{row: a, dimension: 4}]}",
            "base.yaml": "{model: dual-encoder, grid: {dimension: [8, 16]}}",
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let spec = try ExperimentSpec(contentsOf: folder.appendingPathComponent("spec.yaml").path)
        #expect(try spec.points(scale: "quick").map(\.row) == ["a"])
    }

    @Test("parts extend files of their own, and a file may extend another")
    func partsExtend() throws {
        let folder = try folder([
            "dual.yaml": Self.base, "wide.yaml": "{extends: dual.yaml, settings: {dimension: 64}}",
            "spec.yaml":
                "{name: s, parts: [{panel: a, extends: dual.yaml}, {panel: b, extends: wide.yaml}], seeds: [2]}",
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let points = try ExperimentSpec(contentsOf: folder.appendingPathComponent("spec.yaml").path)
            .points(scale: "quick")
        #expect(points.map(\.panel) == ["a", "b"])
        #expect(
            points.map { ($0.configuration.ranker as? DualEncoderConfiguration)?.dimension } == [32, 64])
        #expect(points.allSatisfy { $0.configuration.steps == 5 })
    }

    @Test(
        "what cannot be extended is refused by name",
        arguments: [
            "extends: spec.yaml", "extends: circle.yaml", "extends: missing.yaml", "extends: [a]",
            "extends: ~",
            "extends: ''", "extends: .", "extends: list.yaml", "extends: typo.yaml",
        ])
    func illegalExtends(line: String) throws {
        let folder = try folder([
            "spec.yaml": "name: s\nmodel: dual-encoder\n\(line)\n", "circle.yaml": "extends: spec.yaml",
            "list.yaml": "[1]", "typo.yaml": "{sttings: {}}",
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(throws: SpecError.self) {
            try ExperimentSpec(contentsOf: folder.appendingPathComponent("spec.yaml").path).points(
                scale: "quick")
        }
    }
}
