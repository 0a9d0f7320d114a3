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
    }

    let file: MappedFile
    let metadata: [String: Value]
    let tensors: [String: StoredTensor]

    /// Reads and checks everything but the weights.
    init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        var reader = ByteReader(file)
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
            metadata[key] = try GGUFFile.value(&reader, key)
        }
        self.metadata = metadata
        tensors = try GGUFFile.tensors(&reader, tensorCount, metadata)
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
        case 7: return .flag(try reader.integer(UInt8.self, key) != 0)
        case 8: return .text(try reader.string(key))
        case 10: return .integer(Int(clamping: try reader.integer(UInt64.self, key)))
        case 11: return .integer(Int(try reader.integer(Int64.self, key)))
        case 12: return .number(Double(bitPattern: try reader.integer(UInt64.self, key)))
        default:
            throw .malformed(file: reader.path, reason: "'\(key)' has a value of the unknown type \(type)")
        }
    }

    // MARK: Tensors

    private static func tensors(
        _ reader: inout ByteReader, _ count: Int, _ metadata: [String: Value]
    ) throws(ModelFileError) -> [String: StoredTensor] {
        let path = reader.path
        var described: [(name: String, tensor: StoredTensor)] = []
        for _ in 0..<count {
            let name = try reader.string("a tensor's name")
            let dimensions = try reader.integer(UInt32.self, "the dimensions of '\(name)'")
            guard dimensions <= 4 else {
                throw .malformed(file: path, reason: "tensor '\(name)' has \(dimensions) dimensions")
            }
            var shape: [Int] = []
            for _ in 0..<dimensions { shape.append(try reader.size("a dimension of '\(name)'")) }
            let format = try format(
                of: try reader.integer(UInt32.self, "the format of '\(name)'"), name, path)
            let offset = try reader.size("the offset of '\(name)'")
            guard let elements = SafetensorsHeader.product(shape),
                (shape.first ?? 1) % format.weightsPerBlock == 0
            else {
                throw .malformed(file: path, reason: "tensor '\(name)' has the shape \(shape)")
            }
            described.append(
                (name, StoredTensor(shape: shape.reversed(), format: format, offset: offset, count: elements))
            )
        }
        let start = try dataStart(reader, metadata)
        var tensors: [String: StoredTensor] = [:]
        for (name, described) in described {
            var tensor = described
            let (place, overflow) = tensor.offset.addingReportingOverflow(start)
            guard !overflow, let bytes = tensor.format.bytes(count: tensor.count), place <= reader.fileCount,
                bytes <= reader.fileCount - place
            else {
                throw .malformed(file: path, reason: "tensor '\(name)' reaches beyond the end of the file")
            }
            tensor.offset = place
            guard tensors.updateValue(tensor, forKey: name) == nil else {
                throw .malformed(file: path, reason: "two tensors are called '\(name)'")
            }
        }
        return tensors
    }

    /// Tensors begin behind their descriptions, at a multiple of the file's alignment.
    private static func dataStart(
        _ reader: ByteReader, _ metadata: [String: Value]
    ) throws(ModelFileError) -> Int {
        var alignment = 32
        if case .integer(let value)? = metadata["general.alignment"] { alignment = value }
        guard (1...(1 << 20)).contains(alignment) else {
            throw .malformed(file: reader.path, reason: "its alignment is \(alignment)")
        }
        return (reader.offset + alignment - 1) / alignment * alignment
    }

    private static func format(
        of type: UInt32, _ name: String, _ path: String
    ) throws(ModelFileError) -> TensorFormat {
        switch type {
        case 0: return .f32
        case 1: return .f16
        case 2: return .q4_0
        case 3: return .q4_1
        case 8: return .q8_0
        case 12: return .q4_K
        case 14: return .q6_K
        case 30: return .bf16
        default:
            throw .unsupported(
                file: path,
                what:
                    "tensor '\(name)' has ggml's type \(type); F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q4_K and Q6_K are read"
            )
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
