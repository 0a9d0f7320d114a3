import Foundation
import LanguageModels
import ProductSearch
import Rankers
import Tensors

/// A text encoder that keeps the embeddings of a whole collection on disk, for the next run that asks for them.
struct CachedTextEncoder: TextEmbedder {
    let encoder: TextEncoder
    let cache: EmbeddingCache

    var width: Int { encoder.configuration.width }

    /// Texts from which on embeddings are kept: those of a vocabulary or of evaluated queries are made within seconds.
    private static let fewestKept = 32_768

    /// - Parameters:
    ///   - folder: Where embeddings are kept.
    ///   - fingerprint: The SHA-256 of the encoder's files.
    init(_ encoder: TextEncoder, folder: URL, fingerprint: String) {
        self.encoder = encoder
        cache = EmbeddingCache(folder, model: fingerprint)
    }

    /// - Throws: `FileFailure`; `EmbeddingError` for a file that is gone again.
    func embed(_ texts: [String]) throws -> FloatBuffer {
        guard texts.count >= Self.fewestKept else { return encoder.embed(texts) }
        let kept = try cache.embeddings(of: texts, by: encoder) { _, _ in true }
        let embeddings = FloatBuffer(count: texts.count * width)
        try kept.read(0..<texts.count, to: embeddings.base)
        return embeddings
    }
}
