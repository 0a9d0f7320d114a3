import Options
import Tensors

/// A pretrained text encoder, opened: texts become vectors.
public protocol TextEmbedder: Sendable {
    /// The numbers of a vector.
    var width: Int { get }

    /// A vector of length 1 for each text, one behind the other.
    func embed(_ texts: [String]) throws -> FloatBuffer
}

extension TextEmbedder {
    /// As `embed`, for a user's own encoder too, whose weights may be anything.
    ///
    /// - Parameter option: The one that names the encoder.
    /// - Throws: `ConfigurationError.outOfRange` for embeddings that are no numbers, as of what is no number nothing can be
    ///   computed; what the encoder throws.
    public func finiteEmbeddings(of texts: [String], option: String) throws -> FloatBuffer {
        let embeddings = try embed(texts)
        guard (0..<embeddings.count).allSatisfy({ embeddings.base[$0].isFinite }) else {
            throw ConfigurationError.outOfRange(
                option: option, value: "with embeddings that are no numbers",
                legal: "an encoder of finite embeddings")
        }
        return embeddings
    }
}
