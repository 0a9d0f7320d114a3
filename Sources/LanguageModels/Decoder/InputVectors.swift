import Tensors

/// Vectors that stand in sequences where a token's embedding would: a text as a text encoder has it, say. They do not learn, and
/// cannot be predicted.
///
/// Row i is what the token id `vocabulary + i` stands for, of a decoder with so large a vocabulary.
public struct InputVectors: Sendable {
    let values: FloatBuffer
    /// The numbers of a row: the decoder's width.
    public let width: Int
    /// The number of rows.
    public var count: Int { values.count / width }

    /// Coordinates of vectors along principal axes, each row scaled to length 1, as tokens' random embeddings are on average.
    ///
    /// - Parameter vectors: Rows as wide as those that the axes were made of, row-major.
    public init(_ vectors: FloatBuffer, along axes: PrincipalComponents) {
        values = axes.coordinates(of: vectors)
        width = axes.count
        for row in 0..<values.count / width {
            let start = values.base + row * width
            let length = (0..<width).reduce(0) { $0 + Double(start[$1]) * Double(start[$1]) }.squareRoot()
            // A vector at the mean of all has no direction.
            guard length > 0 else { continue }
            for column in 0..<width { start[column] = Float(Double(start[column]) / length) }
        }
    }
}
