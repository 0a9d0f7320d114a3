import ArgumentParser
import Options

/// A number behind a flag, by the same rule as numbers in specs and after `--set`.
///
/// Such a flag is parsed with `.unconditional`, so that -1 is a number that is too small and not another flag.
struct TypedNumber: Sendable {
    private let description: OptionDescription

    init(_ name: String, _ legal: LegalValues) { description = OptionDescription(number: name, legal) }
    init(_ name: String, in range: ClosedRange<Int>) { self.init(name, .integers(range)) }
    init(_ description: OptionDescription) { self.description = description }

    /// - Throws: `ConfigurationError.outOfRange`, which names the flag and its range.
    @Sendable func read(_ text: String) throws -> Int { try description.wholeNumber(.scalar(text)) }
}

/// The same for a flag whose number may have decimals.
struct TypedDecimal: Sendable {
    private let description: OptionDescription

    init(_ name: String, _ range: NumberRange) {
        description = OptionDescription(number: name, .numbers(range))
    }

    /// - Throws: `ConfigurationError.outOfRange`, which names the flag and its range.
    @Sendable func read(_ text: String) throws -> Double { try description.number(.scalar(text)) }
}
