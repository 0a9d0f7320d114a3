import Tensors

/// A safetensors file, mapped: tensors by name, read on demand in whatever precision they are stored.
struct SafetensorsFile: Sendable {
    let file: MappedFile
    let tensors: [String: StoredTensor]

    init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        let header: SafetensorsHeader
        do { header = try SafetensorsHeader(file.data) } catch {
            throw .malformed(file: file.path, reason: error.reason)
        }
        var tensors: [String: StoredTensor] = [:]
        for (name, entry) in header.entries {
            guard let format = Self.formats[entry.dtype] else {
                throw .unsupported(
                    file: file.path, what: "tensor '\(name)' is \(entry.dtype); F32, F16 and BF16 are read")
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
    }

    private static let formats: [String: TensorFormat] = ["F32": .f32, "F16": .f16, "BF16": .bf16]
}
