import LanguageModels
import Options
import Rankers
import RankingData

/// How a prompt over titles shows texts.
public enum TextReading: String, Hashable, Sendable, CaseIterable {
    /// As pieces of the vocabulary, which the decoder must learn to read.
    case pieces
    /// Each text as one vector, a text encoder's embedding: the reading is done, and what is left to learn is the ranking.
    case encoded
}

extension AutoregressiveConfiguration {
    /// The texts of a collection's entities as the decoder reads them; nil where it reads pieces.
    ///
    /// - Throws: `ConfigurationError.missingInput` without the encoder, `.outOfRange` for a decoder that is wider than it; what
    ///   the encoder throws.
    func inputVectors(_ collection: Collection, by embedder: (any TextEmbedder)?) throws -> InputVectors? {
        guard readsEncodedTexts else { return nil }
        guard let embedder else { throw ConfigurationError.missingInput("the text encoder \(encoder)") }
        try ConfigurationError.require(
            decoder.width <= embedder.width, "decoder.width", decoder.width,
            "at most \(embedder.width), the width of the text encoder that reads texts")
        return InputVectors(
            principalComponentsOf: try embedder.embed(collection.entities.map(\.text)), own: embedder.width,
            width: decoder.width)
    }
}
