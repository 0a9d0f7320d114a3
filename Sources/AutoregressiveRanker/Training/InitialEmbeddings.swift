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
        let embeddings = try encoder.embed(texts.map(\.text))
        // A folder of the user's own may hold any weights; of what is no number there are no principal components.
        guard embeddings.array.allSatisfy(\.isFinite) else {
            throw ConfigurationError.outOfRange(
                option: "initialEmbeddings", value: "with embeddings that are no numbers",
                legal: "an encoder of finite embeddings")
        }
        let components = PrincipalComponents(of: embeddings, width: encoder.width, components: width)
            .project(embeddings)
        for (place, (token, _)) in texts.enumerated() {
            let own = components.base + place * width
            let length = (0..<width).reduce(Float(0)) { $0 + own[$1] * own[$1] }.squareRoot()
            guard length > 0 else { continue }
            let row = values.base + layout.embedding + token * width
            for index in 0..<width { row[index] = own[index] / length }
        }
    }
}
