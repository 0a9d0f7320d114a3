import Options
import Rankers
import RankingData

/// A run's options while they are being set, one by one and in any order.
struct RunDraft {
    let kind: ModelKind
    private let descriptions: [String: OptionDescription]
    private var values: [String: OptionValue] = [:]

    /// All options of a kind at their defaults.
    init(_ kind: ModelKind) {
        self.kind = kind
        descriptions = Dictionary(uniqueKeysWithValues: kind.options.map { ($0.key, $0) })
    }

    /// The options of a run.
    init(_ run: RunConfiguration) {
        self.init(run.model)
        for (key, value) in run.optionValues { values[key] = value }
    }

    func has(_ key: String) -> Bool { descriptions[key] != nil }

    /// The next words of the names that begin with `prefix`, in alphabetical order: `alpha`, `beta` for `loss.`.
    func words(below prefix: String) -> [String] {
        let rests = descriptions.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        return Set(rests.map { String($0.prefix { $0 != "." }) }).sorted()
    }

    /// Sets an option to what a person wrote.
    ///
    /// - Throws: `ConfigurationError.unknownOption` or `.outOfRange`.
    mutating func set(_ key: String, _ written: WrittenValue) throws(ConfigurationError) {
        guard let description = descriptions[key] else {
            throw .unknownOption(key, known: descriptions.keys.sorted())
        }
        values[key] = try description.read(written)
    }

    /// Takes over a recorded value. Members that are no options, and options that are not known, are left aside: whoever
    /// reads the record compares the whole.
    ///
    /// - Parameter section: What the ranker's own options stand below.
    mutating func take(
        recorded value: OptionValue, as key: String, section: String
    ) throws(ConfigurationError) {
        let name = key.hasPrefix(section + ".") ? String(key.dropFirst(section.count + 1)) : key
        guard let description = descriptions[name] else { return }
        values[name] = try description.recorded(value)
    }

    /// The options as a run; those that do not count are left at their defaults.
    func configuration(seed: UInt64) -> RunConfiguration {
        RunConfiguration(
            kind.type.init(values: values), seed: seed, data: DataConfiguration(values: values),
            evaluation: EvaluationConfiguration(values: values))
    }
}
