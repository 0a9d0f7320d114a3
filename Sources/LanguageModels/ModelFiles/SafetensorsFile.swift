import Tensors

/// A safetensors file, mapped: tensors by name, read on demand in whatever precision they are stored.
struct SafetensorsFile: Sendable {
    let file: MappedFile
    /// Tensors in a format that is read here.
    let tensors: [String: StoredTensor]
    /// The type of each tensor in another format.
    let otherTensors: [String: String]

    /// Reads and checks the header.
    init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        let header: SafetensorsHeader
        do { header = try SafetensorsHeader(file.data) } catch {
            throw .malformed(file: file.path, reason: error.reason)
        }
        var tensors: [String: StoredTensor] = [:]
        var others: [String: String] = [:]
        for (name, entry) in header.entries {
            guard let format = Self.formats[entry.dtype] else {
                others[name] = entry.dtype
                continue
            }
            guard format.bytes(count: entry.count) == entry.bytes.count else {
                throw .malformed(
                    file: file.path,
                    reason: "tensor '\(name)' of shape \(entry.shape) has \(entry.bytes.count) bytes")
            }
            tensors[name] = StoredTensor(
                shape: entry.shape, format: format, offset: entry.bytes.lowerBound, count: entry.count)
        }
        self.tensors = tensors
        otherTensors = others
    }

    private static let formats: [String: TensorFormat] = ["F32": .f32, "F16": .f16, "BF16": .bf16]

    /// The formats that are read here, for messages.
    static let formatNames = "F32, F16 and BF16"

    /// Whether a type is one of whole numbers or truth values, which no weight is.
    static func isWhole(type: String) -> Bool {
        ["I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64", "BOOL"].contains(type)
    }
}
