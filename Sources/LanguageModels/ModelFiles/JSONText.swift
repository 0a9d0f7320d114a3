/// A JSON text's value, with an object's members in their order and keys that differ in any byte apart.
///
/// Foundation compares keys as text, by canonical equivalence: of a vocabulary's two tokens `é`, one letter or two, it
/// would make one.
enum JSONText {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONText])
    case object([(key: String, value: JSONText)])

    /// The value of a whole text; nil where it is no JSON, or nested deeper than any tokenizer's.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var parser = Parser(bytes: bytes)
        guard let value = parser.value(depth: 0) else { return nil }
        parser.skipBlanks()
        guard parser.place == bytes.count else { return nil }
        self = value
    }

    subscript(key: String) -> JSONText? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    var text: String? { if case .string(let value) = self { value } else { nil } }
    var flag: Bool? { if case .bool(let value) = self { value } else { nil } }
    var elements: [JSONText]? { if case .array(let value) = self { value } else { nil } }
    var isNull: Bool { if case .null = self { true } else { false } }

    var integer: Int32? {
        if case .number(let value) = self { Int32(exactly: value) } else { nil }
    }

    private struct Parser {
        static let deepest = 64

        let bytes: UnsafeRawBufferPointer
        var place = 0

        private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

        mutating func skipBlanks() {
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

        mutating func value(depth: Int) -> JSONText? {
            guard depth < Self.deepest else { return nil }
            skipBlanks()
            switch current {
            case UInt8(ascii: "{"): return object(depth)
            case UInt8(ascii: "["): return array(depth)
            case UInt8(ascii: "\""): return string().map(JSONText.string)
            case UInt8(ascii: "t"): return take(word: "true") ? .bool(true) : nil
            case UInt8(ascii: "f"): return take(word: "false") ? .bool(false) : nil
            case UInt8(ascii: "n"): return take(word: "null") ? .null : nil
            default: return number()
            }
        }

        private mutating func object(_ depth: Int) -> JSONText? {
            place += 1
            var members: [(key: String, value: JSONText)] = []
            if take(UInt8(ascii: "}")) { return .object([]) }
            repeat {
                skipBlanks()
                guard let key = string(), take(UInt8(ascii: ":")), let value = value(depth: depth + 1) else {
                    return nil
                }
                members.append((key, value))
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "}")) ? .object(members) : nil
        }

        private mutating func array(_ depth: Int) -> JSONText? {
            place += 1
            var elements: [JSONText] = []
            if take(UInt8(ascii: "]")) { return .array([]) }
            repeat {
                guard let value = value(depth: depth + 1) else { return nil }
                elements.append(value)
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "]")) ? .array(elements) : nil
        }

        private mutating func number() -> JSONText? {
            let start = place
            while let byte = current, (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte) {
                place += 1
            }
            guard place > start, let value = Double(String(decoding: bytes[start..<place], as: UTF8.self))
            else {
                return nil
            }
            return .number(value)
        }

        private mutating func string() -> String? {
            guard current == UInt8(ascii: "\"") else { return nil }
            place += 1
            var text: [UInt8] = []
            while let byte = current {
                place += 1
                switch byte {
                case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
                case UInt8(ascii: "\\"): guard escape(&text) else { return nil }
                case 0..<0x20: return nil
                default: text.append(byte)
                }
            }
            return nil
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
                guard var code = hexadecimal() else { return false }
                if (0xD800..<0xDC00).contains(code) {
                    guard take(word: "\\u"), let low = hexadecimal(), (0xDC00..<0xE000).contains(low) else {
                        return false
                    }
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                }
                guard let scalar = Unicode.Scalar(code) else { return false }
                text += Array(UTF8.encode(scalar)!)
            default: return false
            }
            return true
        }

        private mutating func hexadecimal() -> UInt32? {
            guard place + 4 <= bytes.count else { return nil }
            defer { place += 4 }
            return UInt32(String(decoding: bytes[place..<(place + 4)], as: UTF8.self), radix: 16)
        }
    }
}
