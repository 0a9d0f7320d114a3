import LanguageModels
import ProductSearch
import Rankers
import Tensors

/// A text encoder whose embeddings are kept in the results folder, so that a sweep's runs embed a collection once.
struct CachedTextEmbedder: TextEmbedder {
    private let encoder: TextEncoder
    private let cache: EmbeddingCache

    init(_ encoder: TextEncoder, _ cache: EmbeddingCache) {
        self.encoder = encoder
        self.cache = cache
    }

    var width: Int { encoder.configuration.width }

    func embed(_ texts: [String]) throws -> FloatBuffer {
        let kept = try cache.embeddings(of: texts, by: encoder) { _, _ in true }
        let vectors = FloatBuffer(count: texts.count * width)
        try kept.read(0..<texts.count, to: vectors.base)
        return vectors
    }
}
