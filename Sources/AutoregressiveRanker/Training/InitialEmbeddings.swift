import Foundation
import LanguageModels
import Options
import Rankers
import Tensors

extension DecoderParameters {
    /// Lets the embeddings of a vocabulary's tokens start as a text encoder's embeddings of the tokens' texts.
    ///
    /// A row is the principal components of its text's embedding, as many as the decoder is wide, and of length 1, which random
    /// rows have too on average. Tokens that have no text of their own, as marks and parts of a character, keep their random rows.
    /// - Throws: `ConfigurationError.outOfRange` for a decoder that is wider than the encoder, and for an encoder with embeddings
    ///   that are no numbers; what the encoder throws.
    func startEmbeddings(_ vocabulary: BytePairVocabulary, from encoder: any TextEmbedder) throws {
        let width = configuration.width
        try ConfigurationError.require(
            width <= encoder.width, "decoder.width", width,
            "at most \(encoder.width), the encoder's, with initialEmbeddings")
        let texts = vocabulary.pieces.enumerated().compactMap { token, piece -> (token: Int, text: String)? in
            let text = String(bytes: piece, encoding: .utf8)?.trimmingCharacters(in: .whitespaces) ?? ""
            return text.isEmpty ? nil : (token, text)
        }
        let embeddings = try encoder.finiteEmbeddings(of: texts.map(\.text), option: "initialEmbeddings")
        let rows = PrincipalComponents(of: embeddings, width: encoder.width, components: width)
            .projectToUnitLength(embeddings)
        for (place, (token, _)) in texts.enumerated() {
            let own = rows.base + place * width
            // A text whose embedding is the mean has no direction, and its token keeps its random row.
            guard (0..<width).contains(where: { own[$0] != 0 }) else { continue }
            (values.base + layout.embedding + token * width).update(from: own, count: width)
        }
    }
}
