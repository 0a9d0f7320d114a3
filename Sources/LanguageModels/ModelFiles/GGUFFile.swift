import Tensors

/// A GGUF file: metadata by key, tensors by name.
///
/// Little-endian, versions 2 and 3. Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
struct GGUFFile: Sendable {
    enum Value: Sendable, Equatable {
        case integer(Int)
        case number(Double)
        case flag(Bool)
        case text(String)
        case integers([Int])
        case numbers([Double])
        case flags([Bool])
        case texts([String])

        /// For messages: a scalar as it is written, of a list how long it is.
        var summary: String {
            switch self {
            case .integer(let value): "\(value)"
            case .number(let value): "\(value)"
            case .flag(let value): "\(value)"
            case .text(let value): "'\(value.prefix(60))'"
            case .integers(let list): "a list of \(list.count)"
            case .numbers(let list): "a list of \(list.count)"
            case .flags(let list): "a list of \(list.count)"
            case .texts(let list): "a list of \(list.count)"
            }
        }
    }

    let file: MappedFile
    let metadata: [String: Value]
    /// Tensors in a format that is read here.
    let tensors: [String: StoredTensor]
    /// ggml's type of each tensor in another format.
    let otherTensors: [String: UInt32]

    /// Reads and checks everything but the weights.
    init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        var reader = ByteReader(file)
        // The letters GGUF, read as a little-endian number.
        guard try reader.integer(UInt32.self, "the magic number") == 0x4655_4747 else {
            throw .malformed(file: file.path, reason: "it does not begin with 'GGUF'")
        }
        let version = try reader.integer(UInt32.self, "the version")
        guard version == 2 || version == 3 else {
            throw .unsupported(file: file.path, what: "GGUF version \(version) is not read here, 2 and 3 are")
        }
        // A tensor's description takes at least 24 bytes, a key with its value at least 13.
        let tensorCount = try reader.count(elementBytes: 24, "the number of tensors")
        let keyCount = try reader.count(elementBytes: 13, "the number of keys")
        var metadata: [String: Value] = [:]
        for _ in 0..<keyCount {
            let key = try reader.string("a key")
            let value = try GGUFFile.value(&reader, key)
            guard metadata.updateValue(value, forKey: key) == nil else {
                throw .malformed(file: file.path, reason: "the key '\(key)' stands twice")
            }
        }
        self.metadata = metadata
        (tensors, otherTensors) = try GGUFFile.tensors(&reader, tensorCount, metadata)
    }

    // MARK: Metadata

    /// Vocabularies have fewer than a million tokens and merges.
    private static let longestArray = 4_000_000

    private static func value(_ reader: inout ByteReader, _ key: String) throws(ModelFileError) -> Value {
        let type = try reader.integer(UInt32.self, "the type of '\(key)'")
        guard type == 9 else { return try scalar(&reader, type, key) }
        let element = try reader.integer(UInt32.self, "the element type of '\(key)'")
        let count = try reader.count(elementBytes: element == 8 ? 8 : 1, "the length of '\(key)'")
        guard count <= longestArray else {
            throw .malformed(file: reader.path, reason: "'\(key)' has \(count) elements")
        }
        var elements: [Value] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try scalar(&reader, element, key)) }
        switch elements.first {
        case .integer:
            return .integers(elements.compactMap { if case .integer(let x) = $0 { x } else { nil } })
        case .number: return .numbers(elements.compactMap { if case .number(let x) = $0 { x } else { nil } })
        case .flag: return .flags(elements.compactMap { if case .flag(let x) = $0 { x } else { nil } })
        // An empty list shows no type, and is as good as one of texts.
        default: return .texts(elements.compactMap { if case .text(let x) = $0 { x } else { nil } })
        }
    }

    private static func scalar(
        _ reader: inout ByteReader, _ type: UInt32, _ key: String
    ) throws(ModelFileError) -> Value {
        switch type {
        case 0: return .integer(Int(try reader.integer(UInt8.self, key)))
        case 1: return .integer(Int(try reader.integer(Int8.self, key)))
        case 2: return .integer(Int(try reader.integer(UInt16.self, key)))
        case 3: return .integer(Int(try reader.integer(Int16.self, key)))
        case 4: return .integer(Int(try reader.integer(UInt32.self, key)))
        case 5: return .integer(Int(try reader.integer(Int32.self, key)))
        case 6: return .number(Double(Float(bitPattern: try reader.integer(UInt32.self, key))))
        case 7:
            let byte = try reader.integer(UInt8.self, key)
            guard byte <= 1 else {
                throw .malformed(file: reader.path, reason: "'\(key)' is \(byte), and should be 0 or 1")
            }
            return .flag(byte == 1)
        case 8: return .text(try reader.string(key))
        case 10: return .integer(try reader.size("'\(key)'"))
        case 11: return .integer(Int(try reader.integer(Int64.self, key)))
        case 12: return .number(Double(bitPattern: try reader.integer(UInt64.self, key)))
        default:
            throw .malformed(file: reader.path, reason: "'\(key)' has a value of the unknown type \(type)")
        }
    }
}

extension ByteReader {
    var path: String { file.path }
    var fileCount: Int { file.count }

    /// A 64-bit size or offset that fits into an `Int`.
    mutating func size(_ what: String) throws(ModelFileError) -> Int {
        let value = try integer(UInt64.self, what)
        guard value <= UInt64(Int.max) else { throw .malformed(file: path, reason: "\(what) is \(value)") }
        return Int(value)
    }
}
