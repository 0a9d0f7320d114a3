import ArgumentParser
import Options

/// A whole number behind a flag, by the same rule as numbers in specs and after `--set`.
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
