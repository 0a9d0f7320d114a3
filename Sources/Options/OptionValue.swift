/// The value of an option, of one of the five sorts that options have.
public enum OptionValue: Hashable, Sendable, CustomStringConvertible {
    case integer(Int)
    /// A finite number.
    case number(Double)
    case flag(Bool)
    case text(String)
    case integers([Int])

    /// The value as a person writes it; whole numbers have no decimal point, 2 and not 2.0.
    public var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .number(let value): OptionValue.text(of: value)
        case .flag(let value): "\(value)"
        case .text(let value): value
        case .integers(let values): "[" + values.map(String.init).joined(separator: ",") + "]"
        }
    }

    /// The shortest decimal text that reads back as the same double.
    private static func text(of value: Double) -> String {
        // Below 1e15 every whole number has a double of its own, and its digits are its text.
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}

/// Which values an option may have.
public enum LegalValues: Sendable, CustomStringConvertible {
    case integers(ClosedRange<Int>)
    case numbers(NumberRange)
    case flag
    case words([String])
    /// Any text that is not empty; the string says what it names.
    case name(String)
    /// Any text, or none.
    case optionalName(String)
    /// A list of different whole numbers, at least one.
    case integerList(ClosedRange<Int>)

    /// What stands behind "it must be": `a whole number in 1...4096`.
    public var description: String {
        switch self {
        case .integers(let range): "a whole number in \(range.lowerBound)...\(range.upperBound)"
        case .numbers(let range): "a number \(range)"
        case .flag: "true or false"
        case .words(let words): LegalValues.list(words)
        case .name(let what), .optionalName(let what): what
        case .integerList(let range):
            "a list of different whole numbers in \(range.lowerBound)...\(range.upperBound)"
        }
    }

    private static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }

    /// The value that `written` spells, or nil where that is none of these.
    public func read(_ written: WrittenValue) -> OptionValue? {
        let value: OptionValue? =
            switch (self, written) {
            case (.integers, .scalar(let text)): WrittenNumber.integer(text).map(OptionValue.integer)
            case (.numbers, .scalar(let text)): WrittenNumber.number(text).map(OptionValue.number)
            case (.flag, .scalar("true")): .flag(true)
            case (.flag, .scalar("false")): .flag(false)
            case (.words, .scalar(let text)), (.name, .scalar(let text)), (.optionalName, .scalar(let text)):
                .text(text)
            case (.optionalName, .null): .text("")
            case (.integerList, .list(let items)): LegalValues.integers(items).map(OptionValue.integers)
            default: nil
            }
        return value.flatMap { allows($0) ? $0 : nil }
    }

    private static func integers(_ items: [WrittenValue]) -> [Int]? {
        var values: [Int] = []
        for item in items {
            guard case .scalar(let text) = item, let value = WrittenNumber.integer(text) else { return nil }
            values.append(value)
        }
        return values
    }

    /// Whether `value` is of the option's sort and within its range.
    public func allows(_ value: OptionValue) -> Bool {
        switch (self, value) {
        case (.integers(let range), .integer(let value)): range.contains(value)
        case (.numbers(let range), .number(let value)): range.contains(value)
        case (.flag, .flag): true
        // By bytes: Swift's == takes different spellings of a character for one.
        case (.words(let words), .text(let text)): words.contains { $0.utf8.elementsEqual(text.utf8) }
        case (.name, .text(let text)): !text.isEmpty
        case (.optionalName, .text): true
        case (.integerList(let range), .integers(let values)):
            !values.isEmpty && values.allSatisfy(range.contains) && Set(values).count == values.count
        default: false
        }
    }
}

/// A range of finite numbers; each end may belong to it or not, and the upper one may be missing.
public struct NumberRange: Sendable, CustomStringConvertible {
    private let lower: Double
    private let hasLower: Bool
    private let upper: Double?
    private let hasUpper: Bool

    private init(lower: Double, hasLower: Bool, upper: Double? = nil, hasUpper: Bool = true) {
        self.lower = lower
        self.hasLower = hasLower
        self.upper = upper
        self.hasUpper = hasUpper
    }

    public static func `in`(_ range: ClosedRange<Double>) -> NumberRange {
        NumberRange(lower: range.lowerBound, hasLower: true, upper: range.upperBound)
    }

    public static func `in`(_ range: Range<Double>) -> NumberRange {
        NumberRange(lower: range.lowerBound, hasLower: true, upper: range.upperBound, hasUpper: false)
    }

    public static func atLeast(_ lower: Double) -> NumberRange { NumberRange(lower: lower, hasLower: true) }

    public static func above(_ lower: Double) -> NumberRange { NumberRange(lower: lower, hasLower: false) }

    public static func above(_ lower: Double, atMost upper: Double) -> NumberRange {
        NumberRange(lower: lower, hasLower: false, upper: upper)
    }

    public static func above(_ lower: Double, below upper: Double) -> NumberRange {
        NumberRange(lower: lower, hasLower: false, upper: upper, hasUpper: false)
    }

    /// False for NaN and the infinities.
    public func contains(_ value: Double) -> Bool {
        guard value.isFinite, hasLower ? value >= lower : value > lower else { return false }
        guard let upper else { return true }
        return hasUpper ? value <= upper : value < upper
    }

    public var description: String {
        let low = OptionValue.number(lower)
        guard let upper else { return hasLower ? "of at least \(low)" : "above \(low)" }
        let high = OptionValue.number(upper)
        if hasLower { return "in \(low)\(hasUpper ? "..." : "..<")\(high)" }
        return "above \(low) and \(hasUpper ? "at most" : "below") \(high)"
    }
}
