/// Parses JSON (RFC 8259) byte by byte.
struct JSONParser {
    private static let deepest = 64

    let bytes: UnsafeRawBufferPointer
    private var place = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

    private func error(_ reason: String) -> JSONText.SyntaxError {
        // Counted only when there is something to tell, and not at every byte.
        let lines = bytes[..<min(place, bytes.count)].reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
        return JSONText.SyntaxError(line: lines, reason: reason)
    }

    /// The one value that the whole text is.
    mutating func document() throws(JSONText.SyntaxError) -> JSONText {
        // The mark of UTF-16 in either order of its bytes.
        if bytes.count >= 2, [0xFE, 0xFF] == bytes[..<2].sorted() {
            throw error("it is in UTF-16; JSON is UTF-8")
        }
        // A byte-order mark says nothing about UTF-8, but editors write it.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
        let value = try value(depth: 0)
        skipBlanks()
        guard place == bytes.count else { throw error("something stands behind the JSON value") }
        return value
    }

    private mutating func skipBlanks() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            place += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard current == byte else { return false }
        place += 1
        return true
    }

    private mutating func take(word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard place + count <= bytes.count,
            (0..<count).allSatisfy({ bytes[place + $0] == word.utf8Start[$0] })
        else { return false }
        place += count
        return true
    }

    private mutating func value(depth: Int) throws(JSONText.SyntaxError) -> JSONText {
        // Values are read by recursion: a file of nothing but brackets would otherwise use up the stack.
        guard depth < Self.deepest else { throw error("values are nested more than \(Self.deepest) deep") }
        skipBlanks()
        switch current {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t") where take(word: "true"): return .bool(true)
        case UInt8(ascii: "f") where take(word: "false"): return .bool(false)
        case UInt8(ascii: "n") where take(word: "null"): return .null
        case nil: throw error("it ends in the middle of a value")
        default: return try number()
        }
    }

    private mutating func object(_ depth: Int) throws(JSONText.SyntaxError) -> JSONText {
        place += 1
        var members: [(key: String, value: JSONText)] = []
        var keys: Set<[UInt8]> = []
        if take(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipBlanks()
            let key = try string()
            // By bytes: as Swift's strings, keys that differ only in Unicode normalisation would be equal.
            guard keys.insert(Array(key.utf8)).inserted else { throw error("'\(key)' stands twice") }
            guard take(UInt8(ascii: ":")) else { throw error("a colon is missing behind '\(key)'") }
            members.append((key, try value(depth: depth + 1)))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw error("a comma or the end of an object is missing") }
        return .object(members)
    }

    private mutating func array(_ depth: Int) throws(JSONText.SyntaxError) -> JSONText {
        place += 1
        var elements: [JSONText] = []
        if take(UInt8(ascii: "]")) { return .array([]) }
        repeat { elements.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw error("a comma or the end of a list is missing") }
        return .array(elements)
    }

    // MARK: Numbers

    private mutating func digits() -> Int {
        let start = place
        while let byte = current, (0x30...0x39).contains(byte) { place += 1 }
        return place - start
    }

    private mutating func number() throws(JSONText.SyntaxError) -> JSONText {
        let start = place
        if current == UInt8(ascii: "-") { place += 1 }
        // RFC 8259 has no leading zeros.
        let beginsWithZero = current == 0x30
        let count = digits()
        guard count > 0, !(beginsWithZero && count > 1) else { throw error("a value is missing") }
        var isWhole = true
        if current == UInt8(ascii: ".") {
            isWhole = false
            place += 1
            guard digits() > 0 else { throw error("a number ends in its point") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isWhole = false
            place += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { place += 1 }
            guard digits() > 0 else { throw error("a number has no exponent") }
        }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        // A whole number beyond 64 bits is no Int, and goes on as a double.
        if isWhole, let value = Int(text) { return .integer(value) }
        // `Double` makes infinity of a number that is too large.
        guard let value = Double(text), value.isFinite else { throw error("the number \(text) is too large") }
        return .number(value)
    }

    // MARK: Strings

    private mutating func string() throws(JSONText.SyntaxError) -> String {
        guard current == UInt8(ascii: "\"") else { throw error("a quoted text is missing") }
        place += 1
        var text: [UInt8] = []
        while let byte = current {
            place += 1
            switch byte {
            case UInt8(ascii: "\""):
                // Validated, because `String(decoding:)` would put replacement characters in
                // place of bytes that are no UTF-8.
                guard let text = String(validating: text, as: UTF8.self) else {
                    throw error("a text is not in UTF-8")
                }
                return text
            case UInt8(ascii: "\\"):
                guard escape(&text) else { throw error("a text has an escape that JSON does not know") }
            case 0..<0x20: throw error("a text has the control character \(byte), which JSON escapes")
            default: text.append(byte)
            }
        }
        throw error("it ends in the middle of a text")
    }

    private mutating func escape(_ text: inout [UInt8]) -> Bool {
        guard let byte = current else { return false }
        place += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "u"):
            guard let scalar = escapedScalar() else { return false }
            text += Array(String(Character(scalar)).utf8)
        default: return false
        }
        return true
    }

    /// The scalar of `\uXXXX`, or of two such that are a surrogate pair; nil for half a pair.
    private mutating func escapedScalar() -> Unicode.Scalar? {
        guard let code = hexadecimal() else { return nil }
        // `Unicode.Scalar` is nil for the second half of a pair, which cannot stand first.
        guard (0xD800..<0xDC00).contains(code) else { return Unicode.Scalar(code) }
        guard take(word: "\\u"), let low = hexadecimal(), (0xDC00..<0xE000).contains(low) else { return nil }
        return Unicode.Scalar(0x10000 + (code - 0xD800) << 10 + (low - 0xDC00))
    }

    private mutating func hexadecimal() -> UInt32? {
        guard place + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[place]
            // Digit by digit: UInt32(_:radix:) would take a sign.
            let digit =
                (0x30...0x39).contains(byte)
                ? UInt32(byte) - 0x30 : Self.letters.firstIndex(of: byte | 0x20).map { UInt32($0) + 10 }
            guard let digit else { return nil }
            value = value << 4 | digit
            place += 1
        }
        return value
    }

    private static let letters = Array("abcdef".utf8)
}
