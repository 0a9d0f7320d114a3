import Tensors

extension GGUFFile {
    /// A tensor as the file describes it, its offset counted from where tensors begin.
    private struct Description {
        let name: String
        let shape: [Int]
        let type: UInt32
        let offset: Int
    }

    /// Reads the descriptions of tensors: those in a format that is read here, and the others' formats.
    static func tensors(
        _ reader: inout ByteReader, _ count: Int, _ metadata: [String: Value]
    ) throws(ModelFileError) -> (read: [String: StoredTensor], others: [String: UInt32]) {
        var described: [Description] = []
        for _ in 0..<count { described.append(try description(&reader)) }
        let alignment = try alignment(reader, metadata)
        // Tensors begin behind their descriptions.
        let start = (reader.offset + alignment - 1) / alignment * alignment
        var tensors: [String: StoredTensor] = [:]
        var others: [String: UInt32] = [:]
        for tensor in described {
            guard tensors[tensor.name] == nil, others[tensor.name] == nil else {
                throw .malformed(file: reader.path, reason: "two tensors are called '\(tensor.name)'")
            }
            guard tensor.offset % alignment == 0 else {
                throw .malformed(
                    file: reader.path, reason: "tensor '\(tensor.name)' lies at no multiple of \(alignment)")
            }
            if let format = format(of: tensor.type) {
                tensors[tensor.name] = try stored(tensor, format, start, reader)
            } else {
                others[tensor.name] = tensor.type
            }
        }
        try checkOverlaps(tensors, reader)
        return (tensors, others)
    }

    private static func checkOverlaps(
        _ tensors: [String: StoredTensor], _ reader: ByteReader
    ) throws(ModelFileError) {
        var last = 0
        func end(_ tensor: StoredTensor) -> Int {
            tensor.offset + (tensor.format.bytes(count: tensor.count) ?? 0)
        }
        // Of two tensors at one offset the empty one comes first: a dictionary's order must not decide.
        for (name, tensor) in tensors.sorted(by: {
            ($0.value.offset, end($0.value)) < ($1.value.offset, end($1.value))
        }) {
            guard tensor.offset >= last else {
                throw .malformed(file: reader.path, reason: "tensor '\(name)' overlaps another")
            }
            last = end(tensor)
        }
    }

    private static func description(_ reader: inout ByteReader) throws(ModelFileError) -> Description {
        let name = try reader.string("a tensor's name")
        let dimensions = try reader.integer(UInt32.self, "the dimensions of '\(name)'")
        guard dimensions <= 4 else {
            throw .malformed(file: reader.path, reason: "tensor '\(name)' has \(dimensions) dimensions")
        }
        var shape: [Int] = []
        for _ in 0..<dimensions { shape.append(try reader.size("a dimension of '\(name)'")) }
        let type = try reader.integer(UInt32.self, "the format of '\(name)'")
        return Description(
            name: name, shape: shape, type: type, offset: try reader.size("the offset of '\(name)'"))
    }

    private static func stored(
        _ tensor: Description, _ format: TensorFormat, _ start: Int, _ reader: ByteReader
    ) throws(ModelFileError) -> StoredTensor {
        // A block never reaches over the end of a row, whose length comes first in GGUF.
        guard let elements = SafetensorsHeader.product(tensor.shape),
            (tensor.shape.first ?? 1) % format.weightsPerBlock == 0
        else {
            throw .malformed(
                file: reader.path, reason: "tensor '\(tensor.name)' has the shape \(tensor.shape)")
        }
        let (place, overflow) = tensor.offset.addingReportingOverflow(start)
        guard !overflow, let bytes = format.bytes(count: elements), place <= reader.fileCount,
            bytes <= reader.fileCount - place
        else {
            throw .malformed(
                file: reader.path, reason: "tensor '\(tensor.name)' reaches beyond the end of the file")
        }
        // GGUF names the innermost dimension first, everybody else last.
        return StoredTensor(shape: tensor.shape.reversed(), format: format, offset: place, count: elements)
    }

    /// Every tensor begins at a multiple of this.
    private static func alignment(
        _ reader: ByteReader, _ metadata: [String: Value]
    ) throws(ModelFileError) -> Int {
        switch metadata["general.alignment"] {
        case nil: return 32
        case .integer(let value)? where (1...(1 << 20)).contains(value): return value
        case let value?:
            throw .malformed(file: reader.path, reason: "its alignment is \(value.summary)")
        }
    }

    /// The formats that are read here, for messages.
    static let formatNames = "F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q4_K and Q6_K"

    private static func format(of type: UInt32) -> TensorFormat? {
        switch type {
        case 0: .f32
        case 1: .f16
        case 2: .q4_0
        case 3: .q4_1
        case 8: .q8_0
        case 12: .q4_K
        case 14: .q6_K
        case 30: .bf16
        default: nil
        }
    }

    /// Whether ggml's type is one of whole numbers (I8, I16, I32, I64), which no weight is.
    static func isWhole(type: UInt32) -> Bool { (24...27).contains(type) }
}
