import AutoregressiveRanker
import Foundation
import Options
import Rankers
import Testing

@testable import Experiments

@Suite("Run identity")
struct RunConfigurationTests {
    @Test("equal options give equal text, and come back from it", arguments: ModelKind.allCases)
    func canonicalTextRoundTrips(model: ModelKind) throws {
        let configuration = RunConfiguration(model: model, seed: 7)
        #expect(try RunConfiguration(canonicalJSON: configuration.canonicalJSON) == configuration)
        #expect(configuration.identity.count == 64)
        #expect(configuration.identity == RunConfiguration(model: model, seed: 7).identity)
    }

    @Test("a run that would evaluate no query is refused")
    func nothingToEvaluate() throws {
        var configuration = try RunConfiguration(model: ModelKind(named: "random"))
        configuration.evaluation.split = .development
        #expect(throws: Never.self) { try configuration.validate() }
        configuration.data.developmentQueries = 0
        #expect(throws: ConfigurationError.self) { try configuration.validate() }
        configuration.evaluation.split = .evaluation
        #expect(throws: Never.self) { try configuration.validate() }
    }

    @Test("every option that counts is part of the identity", arguments: ModelKind.allCases)
    func everyOptionCounts(model: ModelKind) throws {
        let configuration = RunConfiguration(model: model)
        var identities: Set = [configuration.identity]
        for option in model.options where configuration.optionValues.contains(where: { $0.key == option.key })
        {
            var changed = configuration
            try changed.set(option.key, option.another)
            #expect(
                identities.insert(changed.identity).inserted, "\(option.key) does not change the identity")
            #expect(try RunConfiguration(canonicalJSON: changed.canonicalJSON) == changed)
        }
        #expect(identities.insert(RunConfiguration(model: model, seed: 2).identity).inserted)
        var fingerprinted = configuration
        fingerprinted.dataFingerprint = "other data"
        #expect(identities.insert(fingerprinted.identity).inserted)
    }

    @Test("an option that does not count makes no other run", arguments: ModelKind.allCases)
    func optionsThatDoNotCount(model: ModelKind) throws {
        var options = 0
        let configuration = RunConfiguration(model: model)
        for option in model.options
        where !configuration.optionValues.contains(where: { $0.key == option.key }) {
            var changed = configuration
            try changed.set(option.key, option.another)
            #expect(changed == configuration && changed.identity == configuration.identity, "\(option.key)")
            options += 1
        }
        guard let lambda = model.options.first(where: { $0.key.hasSuffix("lambda") })?.key else { return }
        var top1 = configuration
        try top1.set(lambda, .scalar("top1"))
        var withAlpha = top1
        try withAlpha.set(lambda.replacing("lambda", with: "alpha"), .scalar("5"))
        #expect(withAlpha.identity == top1.identity)
        #expect(model.rawValue != "autoregressive" || options > 0)
    }

    @Test("a recorded configuration is read whole or not at all")
    func damagedRecords() throws {
        let text = RunConfiguration(model: try ModelKind(named: "dual-encoder")).canonicalJSON
        for (part, other) in [
            ("\"model\":\"dual-encoder\",", ""), ("dual-encoder\"", "bi-encoder\""),
            ("\"schema\":2", "\"schema\":3"),
            ("\"schema\":2,", ""), ("\"seed\":1", "\"seed\":-1"), ("\"seed\":1", "\"seed\":1.5"),
            ("\"batch\":2048,", ""), ("\"batch\":2048", "\"batch\":2048.5"),
            ("\"batch\":2048", "\"batch\":true"),
            ("\"batch\":2048", "\"batch\":2048,\"novel\":1"), ("\"sphere\"", "\"cube\""),
        ] {
            let changed = text.replacing(part, with: other)
            #expect(changed != text, "\(part)")
            #expect(throws: ConfigurationError.self, "\(changed)") {
                try RunConfiguration(canonicalJSON: changed)
            }
        }
        #expect(
            throws: ConfigurationError.unknownKind("bi-encoder", known: ModelKind.allCases.map(\.rawValue))
        ) { try RunConfiguration(canonicalJSON: text.replacing("dual-encoder\"", with: "bi-encoder\"")) }
    }

    @Test("runs that were published by earlier versions are read, with their bases")
    func publishedRunsAreRead() throws {
        let published = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
                "results/published")
        var runs = 0
        for file in try FileManager.default.contentsOfDirectory(
            at: published, includingPropertiesForKeys: nil)
        where file.lastPathComponent != "capacity.jsonl" {
            var found: Set<RunConfiguration> = []
            var bases: Set<RunConfiguration> = []
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                let record = try JSONDecoder().decode(PublishedRun.self, from: Data(line.utf8))
                let configuration = try RunConfiguration(canonicalJSON: record.configuration)
                #expect(throws: Never.self) { try configuration.validate() }
                found.insert(configuration)
                if let base = configuration.baseRun { bases.insert(base) }
                runs += 1
            }
            #expect(bases.isSubset(of: found), "\(file.lastPathComponent)")
        }
        #expect(runs > 30)
    }

    @Test("a run of schema 1 that was asked with the question alone is read under the style's new name")
    func renamedPrompt() throws {
        var ranker = AutoregressiveConfiguration()
        (ranker.pretrained, ranker.prompt) = ("smollm2", .question)
        let configuration = RunConfiguration(ranker)
        let old = configuration.canonicalJSON.replacing(
            "\"prompt\":\"question\"", with: "\"prompt\":\"compact\"")
        let text = old.replacing("\"schema\":2", with: "\"schema\":1")
        #expect(try RunConfiguration(canonicalJSON: text) == configuration)
        #expect(throws: ConfigurationError.self) { try RunConfiguration(canonicalJSON: old) }
        // As a row of results.db.
        let results = try TemporaryResults()
        let id = RunConfiguration.identity(canonicalJSON: text)
        try results.execute(
            "UPDATE run SET id = ?, model = 'autoregressive', configuration = ? WHERE id = ?",
            [id, text, try results.addedRun()])
        #expect(try results.database.run(id).configuration == configuration)
    }

    @Test(
        "the command that repeats a run names what differs from the defaults, and repeats it; imported data come along"
    )
    func theCommandRepeatsTheRun() throws {
        let text =
            "{name: s, model: autoregressive, settings: {steps: 9, loss: {targets: trie, beta: 2.5}}, seeds: [4]}"
        let point = try #require(try ExperimentSpec(text: text, file: "s").points(scale: "quick").first)
        let command = point.configuration.command()
        #expect(
            command
                == "rankbridge train autoregressive --seed 4 --set loss.beta=2.5 --set loss.targets=trie --set steps=9"
        )
        let settings = command.split(separator: " ").filter { $0.contains("=") }.map(String.init)
        let again = try ExperimentSpec(text: "{name: t, model: autoregressive, seeds: [4]}", file: "t")
            .points(scale: "quick", overrides: settings)
        #expect(again.map(\.configuration) == [point.configuration])
        #expect(point.configuration.repetition(results: "results") == [command + " --results again"])
        var imported = point.configuration
        imported.data.source = "shop"
        #expect(
            imported.repetition(results: "my results") == [
                "mkdir -p again/data && cp 'my results/data/shop.json' again/data/",
                imported.command() + " --results again",
            ])
    }

    @Test(
        "values with commas, quotes, brackets and blanks stand in quotes, and come back",
        arguments: [
            "a,b", "\"", "a\"b,\"\"", "[1]", ",", "\",\"", "it's, so", "plain", "a b", "e\u{301},",
        ])
    func quotedValues(name: String) throws {
        let quoted = SettingOverride.quoted(.text(name))
        let values = try SettingOverride("data.source=\(quoted),x,[1,2]").values
        #expect(values.count == 3 && values[0].string.map { Array($0.utf8) } == Array(name.utf8))
        let text = "{name: t, model: dual-encoder, seeds: [4]}"
        let point = try #require(
            try ExperimentSpec(text: text, file: "t").points(
                scale: "quick", overrides: ["data.source=\(quoted)"]
            ).first)
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", point.configuration.command().replacing("rankbridge", with: "printf '%s\\n'"),
        ]
        process.standardOutput = pipe
        try process.run()
        let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let words = said.split(separator: "\n").filter { $0.contains("=") }.map(String.init)
        let again = try ExperimentSpec(text: text, file: "t").points(scale: "quick", overrides: words)
        #expect(again.map(\.configuration.identity) == [point.configuration.identity])
    }

    @Test(
        "a quote that nobody ends, or that something follows, is refused",
        arguments: [
            "a=\"b", "a=\"b\"c", "a=1,\"b", "a=\"b\"\"",
        ])
    func brokenQuotes(text: String) {
        #expect(throws: SpecError.malformedSet(text)) { try SettingOverride(text) }
    }

    @Test("rows of one sweep share their base, whatever their loss and seed")
    func rowsShareTheirBase() throws {
        let text =
            "{name: s, model: autoregressive, settings: {loss.targets: trie}, "
            + "grid: {loss.alpha: [0, 2], loss.beta: [1, 3]}, seeds: [1, 2]}"
        let points = try ExperimentSpec(text: text, file: "s").points(scale: "quick")
        #expect(Set(points.map(\.configuration.identity)).count == 8)
        #expect(Set(points.map(\.configuration.baseRun?.identity)).count == 1)
        #expect(points[0].configuration.baseRun?.baseRun == nil)
    }
}

extension RunConfiguration {
    /// A kind's defaults.
    init(model: ModelKind, seed: UInt64 = 1) { self.init(model.type.defaults, seed: seed) }
}

extension OptionDescription {
    /// A legal value that is not the default.
    fileprivate var another: WrittenValue {
        switch (legal, defaultValue) {
        case (.words(let words), _): .scalar(words.first { .text($0) != defaultValue } ?? "")
        case (.integers(let range), .integer(let value)):
            .scalar("\(value + (value < range.upperBound ? 1 : -1))")
        case (.numbers(let range), .number(let value)):
            .scalar("\(range.contains(value + 0.5) ? value + 0.5 : value / 2)")
        case (.flag, _): .scalar(defaultValue == .flag(true) ? "false" : "true")
        case (.integerList, _): .list([.scalar("77")])
        default: .scalar("another")
        }
    }
}
