/// A value as a person wrote it, in a file or on the command line, before anyone knows what it means.
public indirect enum WrittenValue: Equatable, Sendable, CustomStringConvertible {
    case scalar(String)
    case list([WrittenValue])
    /// Named values where one value is wanted.
    case mapping
    /// YAML's `~`: written to say that there is nothing.
    case null

    /// The value as messages show it; `empty` for a text without characters.
    public var description: String {
        switch self {
        case .scalar(let text): text.isEmpty ? "empty" : text
        case .list(let values): "[" + values.map(\.description).joined(separator: ",") + "]"
        case .mapping: "a mapping"
        case .null: "~"
        }
    }

    /// Reads what stands behind `--set name=`: a word, or a list in brackets, `[1,2]`.
    public init(commandLine text: String) {
        guard text.hasPrefix("["), text.hasSuffix("]") else {
            self = .scalar(text)
            return
        }
        let inner = text.dropFirst().dropLast()
        self = .list(
            // "[]" is a list of nothing, while "[1,]" and "[,]" have an empty item, which whoever reads numbers
            // refuses.
            inner.split(separator: ",", omittingEmptySubsequences: !inner.contains(",")).map {
                .scalar(String($0))
            })
    }
}

/// Numbers as people may write them, anywhere: in a spec, after `--set`, after a flag.
///
/// There is one rule for all places. A whole number is digits with an optional sign: no leading zero (which means
/// eight to some programs and ten to others), no point, no exponent, no underscore. A number may also have a decimal
/// point and an exponent. Text becomes a number once, here, and whole numbers never pass through a floating-point one.
public enum WrittenNumber {
    /// The whole number that `text` spells, or nil where it spells none or one beyond 64 bits.
    public static func integer(_ text: String) -> Int? {
        var digits = Array(text.utf8)[...]
        let sign = digits.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { digits = digits.dropFirst() }
        guard isPlainInteger(digits) else { return nil }
        // Counting down reaches Int.min, which has no positive counterpart.
        var value = 0
        for digit in digits {
            let (product, isTooLong) = value.multipliedReportingOverflow(by: 10)
            let (difference, isTooLow) = product.subtractingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            guard !isTooLong, !isTooLow else { return nil }
            value = difference
        }
        if sign == UInt8(ascii: "-") { return value }
        return value == Int.min ? nil : -value
    }

    /// The finite number that `text` spells, or nil. -0 is 0.
    public static func number(_ text: String) -> Double? {
        var rest = Array(text.utf8)[...]
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        guard whole.isEmpty || isPlainInteger(whole) else { return nil }
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: isDigit)
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard !(whole.isEmpty && fraction.isEmpty), rest.isEmpty || isExponent(rest) else { return nil }
        // Swift reads "5." and ".5" only with a digit on both sides.
        let mantissa =
            (whole.isEmpty ? "0" : string(whole)) + (fraction.isEmpty ? "" : "." + string(fraction))
        // Double's initialiser gives infinity for a number beyond its range, where an error is wanted.
        guard let value = Double((text.hasPrefix("-") ? "-" : "") + mantissa + string(rest)), value.isFinite
        else { return nil }
        return value == 0 ? 0 : value
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// At least one digit, and no leading zero before another.
    private static func isPlainInteger(_ digits: ArraySlice<UInt8>) -> Bool {
        !digits.isEmpty && digits.allSatisfy(isDigit)
            && (digits.count == 1 || digits.first != UInt8(ascii: "0"))
    }

    private static func isExponent(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.first == UInt8(ascii: "e") || bytes.first == UInt8(ascii: "E") else { return false }
        var digits = bytes.dropFirst()
        if digits.first == UInt8(ascii: "-") || digits.first == UInt8(ascii: "+") {
            digits = digits.dropFirst()
        }
        return !digits.isEmpty && digits.allSatisfy(isDigit)
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
