import Tensors

/// Named tensors that lie one behind the other in a buffer: a decoder's weights, those of them that learn, or a gradient.
public struct TensorBlock: Sendable {
    /// Offsets are from `base`.
    public let entries: [ParameterLayout.Entry]
    /// Floats in all.
    public let count: Int
    /// Where the block begins in its buffer.
    let start: Int
    private let buffer: FloatBuffer

    /// The first tensor's first float, valid as long as the buffer is.
    public var base: UnsafeMutablePointer<Float> { buffer.base + start }

    /// The tensors of `layout` that lie in `range` of the buffer.
    init(_ buffer: FloatBuffer, _ layout: [ParameterLayout.Entry], in range: Range<Int>) {
        entries = layout.filter { range.contains($0.offset) }.map {
            ParameterLayout.Entry(name: $0.name, shape: $0.shape, offset: $0.offset - range.lowerBound)
        }
        self.buffer = buffer
        start = range.lowerBound
        count = range.count
    }

    /// The tensors as a file holds them.
    public func archive() -> TensorArchive {
        TensorArchive(
            tensors: Dictionary(
                uniqueKeysWithValues: entries.map { entry in
                    let values = UnsafeBufferPointer(start: base + entry.offset, count: entry.count)
                    return (entry.name, TensorArchive.Tensor(shape: entry.shape, values: Array(values)))
                }))
    }

    /// Takes the tensors' values from a file.
    public func restore(_ archive: TensorArchive) throws {
        for entry in entries {
            let values = try archive.values(entry.name, shape: entry.shape)
            values.withUnsafeBufferPointer { source in
                guard let start = source.baseAddress else { return }
                (base + entry.offset).update(from: start, count: entry.count)
            }
        }
    }
}
