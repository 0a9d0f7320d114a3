import Tensors

/// A pretrained text encoder, opened: texts become vectors.
public protocol TextEmbedder: Sendable {
    /// The numbers of a vector.
    var width: Int { get }

    /// A vector of length 1 for each text, one behind the other.
    func embed(_ texts: [String]) throws -> FloatBuffer
}
