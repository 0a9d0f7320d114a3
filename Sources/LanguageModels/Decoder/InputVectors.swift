import Tensors

/// Vectors that stand in sequences where tokens' embeddings would, and do not learn: a text's, say.
///
/// In a decoder of `vocabulary` token ids the id `vocabulary + index` reads vector `index`. No such id is ever predicted.
public struct InputVectors: Sendable {
    /// Numbers of a vector, the decoder's width.
    public let width: Int
    private let values: FloatBuffer

    /// The number of vectors.
    public var count: Int { values.count / width }

    /// - Parameter values: [count, width], row-major; nobody may write to them any more.
    public init(_ values: FloatBuffer, width: Int) {
        precondition(
            width > 0 && values.count % width == 0, "\(values.count) numbers are no rows of \(width)")
        self.values = values
        self.width = width
    }

    /// The numbers of a vector, valid as long as the vectors are.
    func row(_ index: Int) -> UnsafePointer<Float> {
        precondition(index >= 0 && index < count, "vector \(index) is outside 0..<\(count)")
        return UnsafePointer(values.base + index * width)
    }
}
