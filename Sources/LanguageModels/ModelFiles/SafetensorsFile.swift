import Foundation

/// A safetensors file, mapped: tensors by name, read on demand in whatever precision they are stored.
///
/// Layout: eight bytes of header length (little endian), a JSON header with dtype, shape and byte range of each
/// tensor, then the tensors. Source: https://github.com/huggingface/safetensors.
struct SafetensorsFile: Sendable {
    private struct Header: Decodable {
        struct Entry: Decodable {
            var dtype: String
            var shape: [Int]
            var data_offsets: [Int]
        }

        var entries: [String: Entry] = [:]

        init(from decoder: any Swift.Decoder) throws {
            let container = try decoder.container(keyedBy: AnyKey.self)
            for key in container.allKeys where key.stringValue != "__metadata__" {
                entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
            }
        }
    }

    let file: MappedFile
    let tensors: [String: StoredTensor]

    init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        var reader = ByteReader(file)
        let length = try reader.count(elementBytes: 1, "the header's length")
        let json = try file.withBytes(8, length, "the header") { Data($0) }
        let header: Header
        do { header = try JSONDecoder().decode(Header.self, from: json) } catch {
            throw .malformed(file: file.path, reason: "its header is no description of tensors")
        }
        var tensors: [String: StoredTensor] = [:]
        for (name, entry) in header.entries {
            guard let format = Self.formats[entry.dtype] else {
                throw .unsupported(
                    file: file.path, what: "tensor '\(name)' is \(entry.dtype); F32, F16 and BF16 are read")
            }
            guard entry.data_offsets.count == 2, let count = StoredTensor.product(entry.shape),
                let bytes = format.bytes(count: count), entry.data_offsets[0] >= 0,
                entry.data_offsets[1] >= entry.data_offsets[0],
                entry.data_offsets[1] - entry.data_offsets[0] == bytes,
                entry.data_offsets[1] <= file.count - 8 - length
            else {
                throw .malformed(
                    file: file.path,
                    reason: "tensor '\(name)' of shape \(entry.shape) cannot lie at \(entry.data_offsets)")
            }
            tensors[name] = StoredTensor(
                shape: entry.shape, format: format, offset: 8 + length + entry.data_offsets[0], count: count)
        }
        self.tensors = tensors
    }

    private static let formats: [String: TensorFormat] = ["F32": .f32, "F16": .f16, "BF16": .bf16]
}

/// A JSON object's keys, whatever they are.
struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
