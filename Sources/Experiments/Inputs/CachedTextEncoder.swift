import Foundation
import LanguageModels
import ProductSearch
import Rankers
import Tensors

/// A text encoder that keeps the embeddings of a whole collection on disk, for the next run that asks for them.
struct CachedTextEncoder: TextEmbedder {
    let encoder: TextEncoder
    let cache: EmbeddingCache
    private let turn: NSLock
    private let fewestKept: Int
    private let shouldStop: @Sendable () -> Bool

    var width: Int { encoder.configuration.width }

    /// - Parameters:
    ///   - folder: Where embeddings are kept.
    ///   - fingerprint: The SHA-256 of the encoder's files.
    ///   - turn: Held while texts are embedded that are kept: runs of one process that ask for the same ones would do the work
    ///     twice, and write the same files.
    ///   - fewestKept: Texts from which on embeddings are kept: those of a vocabulary or of evaluated queries are made within
    ///     seconds.
    ///   - shouldStop: Asked before texts are embedded, and behind each block of those that are kept, as a whole collection's take
    ///     minutes.
    init(
        _ encoder: TextEncoder, folder: URL, fingerprint: String, turn: NSLock = NSLock(),
        fewestKept: Int = 32_768,
        shouldStop: @escaping @Sendable () -> Bool = { false }
    ) {
        self.encoder = encoder
        cache = EmbeddingCache(folder, model: fingerprint)
        self.turn = turn
        self.fewestKept = fewestKept
        self.shouldStop = shouldStop
    }

    /// - Throws: `FileFailure`; `EmbeddingError` for a file that is gone again; `CancellationError` where a stop was asked for.
    func embed(_ texts: [String]) throws -> FloatBuffer {
        guard !shouldStop() else { throw CancellationError() }
        guard texts.count >= fewestKept else { return encoder.embed(texts) }
        turn.lock()
        defer { turn.unlock() }
        let kept = try cache.embeddings(of: texts, by: encoder) { _, _ in !shouldStop() }
        let embeddings = FloatBuffer(count: texts.count * width)
        try kept.read(0..<texts.count, to: embeddings.base)
        return embeddings
    }
}
