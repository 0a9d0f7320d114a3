import Options
import RankingData
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
        guard embeddings.firstNotFinite == nil else {
            throw ConfigurationError.outOfRange(
                option: option, value: "with embeddings that are no numbers",
                legal: "an encoder of finite embeddings")
        }
        return embeddings
    }

    /// The embedding of each of a collection's texts, as `finiteEmbeddings(of:option:)`; [entities, width].
    public func finiteEmbeddings(of collection: Collection, option: String) throws -> FloatBuffer {
        let documents = Set(collection.documents)
        // Documents and queries are embedded apart, as the collection's lists are made: what is kept of them is found again.
        let parts = [true, false].map { wanted in
            (0..<collection.count).filter { documents.contains(Int32($0)) == wanted }
        }
        let embeddings = FloatBuffer(count: collection.count * width)
        for places in parts where !places.isEmpty {
            let part = try finiteEmbeddings(of: places.map { collection.entities[$0].text }, option: option)
            for (row, place) in places.enumerated() {
                (embeddings.base + place * width).update(from: part.base + row * width, count: width)
            }
        }
        return embeddings
    }
}
