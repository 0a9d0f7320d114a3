import Foundation

@testable import LanguageModels

/// A GGUF file's parts, to be changed and written again (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
struct GGUFBuilder {
    struct Tensor {
        var name: String
        /// ggml's type: 0 is F32, 27 is I64.
        var type: UInt32
        /// Row-major, the last dimension's numbers together; the file has them the other way round.
        var shape: [Int]
        var bytes: Data

        /// A tensor of floats.
        static func floats(_ name: String, _ shape: [Int], _ values: [Float]) -> Tensor {
            Tensor(name: name, type: 0, shape: shape, bytes: values.withUnsafeBytes { Data($0) })
        }
    }

    var metadata: [(key: String, value: GGUFFile.Value)]
    var tensors: [Tensor]

    /// The parts of a file whose tensors are F32.
    init(contentsOf path: String) throws {
        let gguf = try GGUFFile(MappedFile(path))
        metadata = gguf.metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        tensors = gguf.tensors.sorted { $0.value.offset < $1.value.offset }.map { name, tensor in
            let range = tensor.offset..<(tensor.offset + 4 * tensor.count)
            return Tensor(name: name, type: 0, shape: tensor.shape, bytes: gguf.file.data[range])
        }
    }

    /// The value of a key; setting nil takes the key out.
    subscript(key: String) -> GGUFFile.Value? {
        get { metadata.first { $0.key == key }?.value }
        set {
            metadata.removeAll { $0.key == key }
            if let newValue { metadata.append((key, newValue)) }
        }
    }

    func data() -> Data {
        var data = Data("GGUF".utf8)
        data.append(UInt32(3))
        data.append(UInt64(tensors.count))
        data.append(UInt64(metadata.count))
        for (key, value) in metadata {
            data.append(text: key)
            data.append(value)
        }
        var offset = 0
        for tensor in tensors {
            data.append(text: tensor.name)
            data.append(UInt32(tensor.shape.count))
            for dimension in tensor.shape.reversed() { data.append(UInt64(dimension)) }
            data.append(tensor.type)
            data.append(UInt64(offset))
            offset = (offset + tensor.bytes.count + 31) / 32 * 32
        }
        for tensor in tensors {
            data.append(Data(count: (32 - data.count % 32) % 32))
            data.append(tensor.bytes)
        }
        return data
    }
}

extension Data {
    fileprivate mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(text: String) {
        append(UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }

    /// A value with its type before it; whole numbers are Int64, others Float64.
    fileprivate mutating func append(_ value: GGUFFile.Value) {
        switch value {
        case .integer(let number):
            append(UInt32(11))
            append(Int64(number))
        case .number(let number):
            append(UInt32(12))
            append(number.bitPattern)
        case .flag(let flag):
            append(UInt32(7))
            append(UInt8(flag ? 1 : 0))
        case .text(let text):
            append(UInt32(8))
            append(text: text)
        case .integers(let list): appendList(11, list) { $0.append(Int64($1)) }
        case .numbers(let list): appendList(12, list) { $0.append($1.bitPattern) }
        case .flags(let list): appendList(7, list) { $0.append(UInt8($1 ? 1 : 0)) }
        case .texts(let list): appendList(8, list) { $0.append(text: $1) }
        }
    }

    private mutating func appendList<Element>(
        _ type: UInt32, _ list: [Element], _ each: (inout Data, Element) -> Void
    ) {
        append(UInt32(9))
        append(type)
        append(UInt64(list.count))
        for element in list { each(&self, element) }
    }
}
