import Foundation
import Options
import RankingData

/// What identifies a run, and how results.db records it.
extension RunConfiguration {
    /// Raised when code changes what equal configurations compute, or what their text is.
    public static let currentSchema = 2

    /// Values of schema 1 that have another name by now, with that name. What they mean has not changed.
    private static let renamedSinceSchema1: [String: [OptionValue: OptionValue]] = [
        "autoregressive.prompt": [.text("compact"): .text("question")]
    ]

    /// The options that count, keys sorted: equal configurations give equal text.
    public var canonicalJSON: String {
        var values: [String: OptionValue] = [
            "schema": .integer(Self.currentSchema), "model": .text(model.rawValue),
            "seed": .integer(Int(clamping: seed)), "dataFingerprint": .text(dataFingerprint),
        ]
        values["modelFingerprint"] = modelFingerprint.map(OptionValue.text)
        for (key, value) in ranker.identifyingValues { values["\(model.section).\(key)"] = value }
        for (key, value) in data.identifyingValues + evaluation.identifyingValues { values[key] = value }
        return CanonicalJSON.text(values)
    }

    /// The run's identity: SHA-256 of the canonical JSON, in hexadecimal.
    public var identity: String { RunConfiguration.identity(canonicalJSON: canonicalJSON) }

    static func identity(canonicalJSON text: String) -> String { Fingerprint.of(Data(text.utf8)) }

    /// Reads what `canonicalJSON` gave.
    ///
    /// Runs of schema 1 are read too: their options have the same names, of which they also record those that did not
    /// count, and one value has another name now. Their identity is that of their own text.
    ///
    /// - Throws: `ConfigurationError` for a kind that is not registered or not named, a schema that is not known, an
    ///   option that is missing, unknown or of another sort.
    public init(canonicalJSON text: String) throws {
        let values = try CanonicalJSON.values(text)
        let schema = values["schema"] ?? .text("missing")
        guard schema == .integer(1) || schema == .integer(Self.currentSchema) else {
            throw ConfigurationError.outOfRange(
                option: "schema", value: "\(schema)", legal: "1 or \(Self.currentSchema)")
        }
        guard case .text(let name) = values["model"] else {
            throw ConfigurationError.unreadable(reason: "it names no kind of ranker")
        }
        let kind = try ModelKind(named: name)
        var draft = RunDraft(kind)
        let renamed = schema == .integer(1) ? Self.renamedSinceSchema1 : [:]
        for (key, value) in values {
            try draft.take(recorded: renamed[key]?[value] ?? value, as: key, section: kind.section)
        }
        self = draft.configuration(seed: try Self.seed(values["seed"]))
        if case .text(let fingerprint) = values["dataFingerprint"] { dataFingerprint = fingerprint }
        if case .text(let fingerprint) = values["modelFingerprint"] { modelFingerprint = fingerprint }
        // Reading leaves aside what it does not know. A text that does not come back as it was said something that is
        // lost.
        guard schema == .integer(1) || canonicalJSON.utf8.elementsEqual(text.utf8) else {
            throw ConfigurationError.unreadable(
                reason:
                    "its options are not those of this version: one is missing, unknown or of another kind")
        }
    }

    private static func seed(_ value: OptionValue?) throws(ConfigurationError) -> UInt64 {
        guard case .integer(let seed) = value, seed >= 0 else {
            throw .unreadable(reason: "its seed is \(value?.description ?? "missing")")
        }
        return UInt64(seed)
    }
}

/// What a person sees of a run's options.
extension RunConfiguration {
    /// The options that count by their dotted names: the ranker's, the data's, the evaluation's.
    public var optionValues: [(key: String, value: OptionValue)] {
        ranker.optionValues + data.optionValues + evaluation.optionValues
    }

    /// Kind, seed, and every option that counts, in alphabetical order.
    public func options() -> [(name: String, value: String)] {
        [("model", model.rawValue), ("seed", "\(seed)")]
            + optionValues.map { ($0.key, $0.value.description) }.sorted { $0.0 < $1.0 }
    }

    /// The command that makes this run: the kind of model, and every option that is not its default.
    public func command() -> String {
        let defaults = Dictionary(uniqueKeysWithValues: model.options.map { ($0.key, $0.defaultValue) })
        let hasOwnShape = ranker.pretrained != nil
        let changed = optionValues.filter { key, value in
            // A pretrained model brings its shape, which no option sets.
            defaults[key] != value && !(hasOwnShape && key.hasPrefix("decoder."))
        }
        let settings = changed.sorted { $0.key < $1.key }.map {
            "--set " + shellQuoted("\($0.key)=\(SettingOverride.quoted($0.value))")
        }
        return (["rankbridge train \(model.rawValue) --seed \(seed)"] + settings).joined(separator: " ")
    }

    /// The commands, a line each, that make this run once more in the results folder `again`; where the run is finished, `command`
    /// would do nothing.
    /// - Parameter results: The results folder that has the run's data, if they were imported.
    public func repetition(results: String) -> [String] {
        let again = "again"
        let isBuiltIn = DataSources.builtIn.contains { $0.name == data.source }
        let file = ResultsFolder(URL(fileURLWithPath: results)).data(data.source).lastPathComponent
        let copy = "mkdir -p \(again)/data && cp \(shellQuoted("\(results)/data/\(file)")) \(again)/data/"
        return (isBuiltIn ? [] : [copy]) + ["\(command()) --results \(again)"]
    }

    /// Sets one option, as `--set name=value` does.
    ///
    /// - Throws: `ConfigurationError` for a name that no option has, or a value that it must not have.
    public mutating func set(_ key: String, _ written: WrittenValue) throws(ConfigurationError) {
        var draft = RunDraft(self)
        try draft.set(key, written)
        let changed = draft.configuration(seed: seed)
        (ranker, data, evaluation) = (changed.ranker, changed.data, changed.evaluation)
    }
}
