import Options
import Testing

@testable import Experiments

/// Numbers that people type: one rule in specs, `seeds:`, budgets and `--set`, for every option of every kind.
@Suite("Numbers that a person types")
struct TypedNumberTests {
    /// Texts that are no whole number within any option's range, or none at all.
    private static let illegalIntegers = [
        "007", "-007", "00", "2.5", "2.0", "1e30", "1e3", "9223372036854775808", "18446744073709551615",
        "16318415894834013633", "-1", "-9223372036854775809", "1_000", "0x10", "0o17", "1:30", "ten", "nan",
        ".inf",
        "true", "", "1 2", "+", "٣",
    ]
    private static let illegalNumbers = [
        "007", "00.5", "1e400", "nan", ".nan", ".inf", "-.inf", "ten", "1_0", "0x1p3", "",
    ]

    private func says(_ body: () throws -> [SweepPoint]) -> String {
        do { return "accepted: \(try body().map { $0.configuration.canonicalJSON })" } catch {
            return "\(error)"
        }
    }

    /// What is said without the place.
    private func reason(_ text: String) -> String {
        text.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? text
    }

    @Test(
        "an illegal number gets the same answer as a setting, in a row, in a grid and after --set",
        arguments: ModelKind.allCases)
    func sameAnswerEverywhere(kind: ModelKind) throws {
        var inputs = 0
        for option in kind.options {
            let texts: [String]
            switch option.legal {
            case .integers: texts = Self.illegalIntegers
            case .numbers: texts = Self.illegalNumbers
            default: continue
            }
            for text in texts {
                let expected = "\(option.key) is \(text.isEmpty ? "empty" : text), it must be \(option.legal)"
                let head = "name: s\nmodel: \(kind.rawValue)\n"
                let quoted = "\"\(text)\""
                for (spec, overrides) in [
                    ("settings: {\(option.key): \(quoted)}", []),
                    ("rows: [{row: a, \(option.key): \(quoted)}]", []),
                    ("grid: {\(option.key): [\(quoted)]}", []),
                    ("scales: {quick: {\(option.key): \(quoted)}}", []),
                    ("seeds: [1]", ["\(option.key)=\(text)"]),
                ] {
                    let said = says {
                        try ExperimentSpec(text: head + spec, file: "s.yaml").points(
                            scale: "quick", overrides: overrides)
                    }
                    #expect(reason(said) == expected, "\(spec) \(overrides)")
                    inputs += 1
                }
            }
        }
        #expect(inputs > 300 || kind.options.count < 12, "\(inputs) inputs")
    }

    @Test("seeds and budgets follow the same rule", arguments: illegalIntegers)
    func seedsAndBudgets(text: String) throws {
        let shown = text.isEmpty ? "empty" : text
        let seed = "seed is \(shown), it must be a whole number in 0...9223372036854775807"
        let head = "name: s\nmodel: dual-encoder\n"
        for (spec, overrides, expected) in [
            ("seeds: [\"\(text)\"]", [], seed), ("seeds: \"\(text)\"", [], seed),
            ("seeds: [1]", ["seed=\(text)"], seed),
            ("points: \"\(text)\"", [], "points is \(shown), it must be a whole number in 1...1000000000000"),
        ] {
            let said = says {
                try ExperimentSpec(text: head + spec, file: "s.yaml").points(
                    scale: "quick", overrides: overrides)
            }
            #expect(reason(said) == expected)
        }
    }

    /// YAML's own types are not asked: what stands there is read once, as text.
    @Test("unquoted numbers are read as they are written")
    func unquoted() throws {
        for text in ["007", "2.5", "1e30", "9223372036854775808", "-1", "0x10", "1_000", "true"] {
            for key in ["batch", "steps", "data.splitSeed", "dimension"] {
                let said = says {
                    try ExperimentSpec(
                        text: "{name: s, model: dual-encoder, settings: {\(key): \(text)}}", file: "s.yaml"
                    ).points(scale: "quick")
                }
                #expect(reason(said).hasPrefix("\(key) is \(text), it must be a whole number in "), "\(said)")
            }
        }
    }

    @Test(
        "whole numbers are never rounded",
        arguments: [
            "0", "1", "9007199254740991", "9007199254740993", "9223372036854775806", "9223372036854775807",
        ])
    func nothingIsRounded(text: String) throws {
        let value = try #require(UInt64(text))
        for (spec, overrides) in [
            ("seeds: [\(text)]", ["data.splitSeed=\(text)", "base.seed=\(text)"]),
            ("settings: {data: {splitSeed: \(text)}, base.seed: \(text)}", ["seed=\(text)"]),
        ] {
            let points = try ExperimentSpec(text: "name: s\nmodel: autoregressive\n\(spec)", file: "s.yaml")
                .points(scale: "quick", overrides: overrides)
            let configuration = try #require(points.first?.configuration)
            #expect(configuration.seed == value && configuration.data.splitSeed == value)
            #expect(configuration.baseRun?.seed == value)
            #expect(configuration.canonicalJSON.contains("\"splitSeed\":\(text)"))
            #expect(try RunConfiguration(canonicalJSON: configuration.canonicalJSON) == configuration)
        }
    }

    @Test(
        "an unknown word names the legal ones, in every option that has words", arguments: ModelKind.allCases)
    func unknownWords(kind: ModelKind) throws {
        for option in kind.options {
            guard case .words(let words) = option.legal else { continue }
            for text in [words[0].uppercased() + "x", "", words[0] + "\u{301}"] {
                let said = says {
                    try ExperimentSpec(text: "{name: s, model: \(kind.rawValue)}", file: "s").points(
                        scale: "quick", overrides: ["\(option.key)=\(text)"])
                }
                for word in words { #expect(said.contains(word), "\(said)") }
                #expect(said.contains(option.key))
            }
        }
    }
}
