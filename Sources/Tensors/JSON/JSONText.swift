/// A JSON text's value, with an object's members in their order and keys that differ in any byte apart.
///
/// Foundation compares keys as text, by canonical equivalence: of a vocabulary's two tokens `é`, one letter or two, it
/// would make one. Nor does it say so where a key stands twice, of which every program takes another.
public enum JSONText: Sendable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent that fits into 64 bits.
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONText])
    case object([(key: String, value: JSONText)])

    /// Why a text is no JSON: what, and in which line.
    public struct SyntaxError: Error, Equatable {
        /// Counted from 1.
        public let line: Int
        /// What is wrong, as a clause without a subject's name: "a value is missing".
        public let reason: String
    }

    /// The value of a whole text in UTF-8. A byte-order mark before it is skipped.
    ///
    /// - Throws: `SyntaxError` where the text is no JSON (RFC 8259), an object has a key twice, or values are nested more
    ///   than 64 deep.
    public init(_ bytes: UnsafeRawBufferPointer) throws(SyntaxError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document()
    }

    /// The value of an object's member; nil where this is no object or has no such member.
    public subscript(key: String) -> JSONText? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// A string; nil for any other value.
    public var text: String? { if case .string(let value) = self { value } else { nil } }
    /// A truth value; nil for any other value, 0 and 1 among them.
    public var flag: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// A list's values; nil for any other value.
    public var elements: [JSONText]? { if case .array(let value) = self { value } else { nil } }
    /// Whether this is null.
    public var isNull: Bool { if case .null = self { true } else { false } }
    /// A number written without fraction or exponent that fits into 64 bits; nil for any other value.
    public var whole: Int? { if case .integer(let value) = self { value } else { nil } }

    /// A number, whole or not.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// For messages: a scalar as it is written, of the rest what it is.
    public var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): "'\(value.prefix(60))'"
        case .array(let elements): "a list of \(elements.count)"
        case .object(let members): "an object of \(members.count) members"
        }
    }

    /// Whether two values say the same; the order of an object's members says nothing.
    public func isSame(as other: JSONText) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.array(let a), .array(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.isSame(as: $1) }
        // Keys stand once each, so equal counts and one inclusion are enough.
        case (.object(let a), .object(let b)):
            a.count == b.count
                && a.allSatisfy { member in other[member.key].map { member.value.isSame(as: $0) } ?? false }
        default: double != nil && double == other.double
        }
    }
}
