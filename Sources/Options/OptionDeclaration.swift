/// What a person is told of an option.
public struct OptionDescription: Sendable {
    /// The dotted name: `loss.alpha`.
    public let key: String
    /// The value that the option has where nobody sets it.
    public let defaultValue: OptionValue
    /// The values that it may have.
    public let legal: LegalValues
    /// One sentence that says what the option does.
    public let meaning: String
    /// When the option counts, `lambda is fractional`; nil: always. Where it does not count it is no part of a run.
    public let condition: String?
    /// Whether the option is left out of what identifies a run while it has its default. Options that came after runs
    /// had been made are left out, so that those keep their identity; the default of such an option must never change.
    public let isLeftOutAtDefault: Bool
    /// The option's flag on the command line, without the dashes: `loss-alpha`.
    public let flag: String

    /// `data.evaluationQueries` as `data-evaluation-queries`, `matchingDocIDs` as `matching-docids`.
    static func flag(for key: String) -> String {
        key.replacing("DocIDs", with: "Docids").map {
            $0 == "." ? "-" : $0.isUppercase ? "-" + $0.lowercased() : String($0)
        }.joined()
    }

    /// The value that `written` spells.
    ///
    /// - Throws: `ConfigurationError.outOfRange` where that is none of the legal ones.
    public func read(_ written: WrittenValue) throws(ConfigurationError) -> OptionValue {
        guard let value = legal.read(written) else {
            throw .outOfRange(option: key, value: written.description, legal: legal.description)
        }
        return value
    }
}

/// An option of `Root`, declared once.
///
/// From a list of declarations come reading and checking, the text that identifies a run, and every list of options
/// that a person sees. The default is the one of `Root.defaults`.
public struct OptionDeclaration<Root: Sendable>: Sendable {
    let key: String
    let legal: LegalValues
    let meaning: String
    let get: @Sendable (Root) -> OptionValue
    /// Ignores a value of another sort.
    let set: @Sendable (inout Root, OptionValue) -> Void
    private(set) var condition: String?
    private(set) var applies: @Sendable (Root) -> Bool = { _ in true }
    private(set) var isLeftOutAtDefault = false
    private(set) var flag: String

    init(
        _ key: String, _ legal: LegalValues, _ meaning: String,
        get: @escaping @Sendable (Root) -> OptionValue,
        set: @escaping @Sendable (inout Root, OptionValue) -> Void
    ) {
        self.key = key
        self.legal = legal
        self.meaning = meaning
        self.get = get
        self.set = set
        flag = OptionDescription.flag(for: key)
    }

    /// The option counts only where `applies` says so; `condition` says it in words. Of several conditions all must hold.
    public func when(_ condition: String, _ applies: @escaping @Sendable (Root) -> Bool) -> OptionDeclaration
    {
        var declaration = self
        declaration.condition = self.condition.map { $0 + " and " + condition } ?? condition
        declaration.applies = { [earlier = self.applies] in earlier($0) && applies($0) }
        return declaration
    }

    /// The option came after runs had been made without it (`OptionDescription.isLeftOutAtDefault`).
    public func leftOutAtDefault() -> OptionDeclaration {
        var declaration = self
        declaration.isLeftOutAtDefault = true
        return declaration
    }

    /// The option has another flag than its name gives.
    public func flag(_ name: String) -> OptionDeclaration {
        var declaration = self
        declaration.flag = name
        return declaration
    }

    func description(_ defaults: Root) -> OptionDescription {
        OptionDescription(
            key: key, defaultValue: get(defaults), legal: legal, meaning: meaning, condition: condition,
            isLeftOutAtDefault: isLeftOutAtDefault, flag: flag)
    }
}

// MARK: - The sorts of options

extension OptionDeclaration {
    /// An option that is a whole number in a range.
    public static func integer(
        _ key: String, in range: ClosedRange<Int>, _ path: WritableKeyPath<Root, Int> & Sendable,
        _ meaning: String
    ) -> OptionDeclaration {
        .integer(key, in: range, meaning, get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
    }

    /// An option that is a whole number, as a part's own declarations read and set it.
    public static func integer(
        _ key: String, in range: ClosedRange<Int>, _ meaning: String, get: @escaping @Sendable (Root) -> Int,
        set: @escaping @Sendable (inout Root, Int) -> Void
    ) -> OptionDeclaration {
        OptionDeclaration(
            key, .integers(range), meaning, get: { .integer(get($0)) },
            set: { if case .integer(let value) = $1 { set(&$0, value) } })
    }

    /// The seed of random streams: a whole number from 0 to the largest that the database keeps.
    public static func seed(
        _ key: String, _ path: WritableKeyPath<Root, UInt64> & Sendable, _ meaning: String
    ) -> OptionDeclaration {
        OptionDeclaration(
            key, LegalValues.seeds, meaning, get: { .integer(Int(clamping: $0[keyPath: path])) },
            set: { if case .integer(let value) = $1 { $0[keyPath: path] = UInt64(clamping: value) } })
    }

    public static func number(
        _ key: String, _ range: NumberRange, _ meaning: String,
        get: @escaping @Sendable (Root) -> Double, set: @escaping @Sendable (inout Root, Double) -> Void
    ) -> OptionDeclaration {
        OptionDeclaration(
            key, .numbers(range), meaning, get: { .number(get($0)) },
            set: { if case .number(let value) = $1 { set(&$0, value) } })
    }

    public static func number(
        _ key: String, _ range: NumberRange, _ path: WritableKeyPath<Root, Double> & Sendable,
        _ meaning: String
    ) -> OptionDeclaration {
        .number(key, range, meaning, get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
    }

    public static func flag(
        _ key: String, _ path: WritableKeyPath<Root, Bool> & Sendable, _ meaning: String
    ) -> OptionDeclaration {
        OptionDeclaration(
            key, .flag, meaning, get: { .flag($0[keyPath: path]) },
            set: { if case .flag(let value) = $1 { $0[keyPath: path] = value } })
    }

    /// An option whose value is one of the words of `Word`.
    public static func word<Word: RawRepresentable & CaseIterable & Sendable>(
        _ key: String, _ meaning: String, get: @escaping @Sendable (Root) -> Word,
        set: @escaping @Sendable (inout Root, Word) -> Void
    ) -> OptionDeclaration where Word.RawValue == String {
        OptionDeclaration(
            key, .words(Word.allCases.map(\.rawValue)), meaning, get: { .text(get($0).rawValue) },
            set: { if case .text(let text) = $1, let word = Word(rawValue: text) { set(&$0, word) } })
    }

    public static func word<Word: RawRepresentable & CaseIterable & Sendable>(
        _ key: String, _ path: WritableKeyPath<Root, Word> & Sendable, _ meaning: String
    ) -> OptionDeclaration where Word.RawValue == String {
        .word(key, meaning, get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
    }

    /// An option that names something: a data set.
    ///
    /// - Parameter legal: What it names, behind "it must be".
    public static func name(
        _ key: String, _ legal: String, _ path: WritableKeyPath<Root, String> & Sendable, _ meaning: String
    ) -> OptionDeclaration {
        OptionDeclaration(
            key, .name(legal), meaning, get: { .text($0[keyPath: path]) },
            set: { if case .text(let value) = $1 { $0[keyPath: path] = value } })
    }

    /// An option that names something or, empty, nothing.
    public static func optionalName(
        _ key: String, _ legal: String, _ path: WritableKeyPath<Root, String?> & Sendable, _ meaning: String
    ) -> OptionDeclaration {
        OptionDeclaration(
            key, .optionalName(legal), meaning, get: { .text($0[keyPath: path] ?? "") },
            set: { if case .text(let value) = $1 { $0[keyPath: path] = value.isEmpty ? nil : value } })
    }

    public static func integers(
        _ key: String, in range: ClosedRange<Int>, _ path: WritableKeyPath<Root, [Int]> & Sendable,
        _ meaning: String
    ) -> OptionDeclaration {
        OptionDeclaration(
            key, .integerList(range), meaning, get: { .integers($0[keyPath: path]) },
            set: { if case .integers(let values) = $1 { $0[keyPath: path] = values } })
    }
}

extension LegalValues {
    /// Seeds of random streams. SQLite's integers end at 2^63 - 1.
    public static let seeds = LegalValues.integers(0...Int.max)
}

extension OptionDescription {
    /// A number that a person types and that is no option of a run: `seed`, `jobs`. Its rule is the options' own.
    public init(number name: String, _ legal: LegalValues) {
        self.init(
            key: name, defaultValue: .integer(0), legal: legal, meaning: "", condition: nil,
            isLeftOutAtDefault: false, flag: name)
    }

    /// The number, with decimals or without, that `written` spells.
    ///
    /// - Throws: `ConfigurationError.outOfRange` where it spells none, or one outside the range.
    public func number(_ written: WrittenValue) throws(ConfigurationError) -> Double {
        guard case .number(let value) = try read(written) else {
            throw .outOfRange(option: key, value: written.description, legal: legal.description)
        }
        return value
    }

    /// The whole number that `written` spells.
    ///
    /// - Throws: `ConfigurationError.outOfRange` where it spells none, or one outside the range.
    public func wholeNumber(_ written: WrittenValue) throws(ConfigurationError) -> Int {
        guard case .integer(let value) = try read(written) else {
            throw .outOfRange(option: key, value: written.description, legal: legal.description)
        }
        return value
    }
}
