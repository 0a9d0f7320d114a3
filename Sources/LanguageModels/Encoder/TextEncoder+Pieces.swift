import Foundation
import Tensors

extension DecoderParameters {
    /// Starts the tokens' embeddings from what a text encoder knows of them, so that tokens of like meaning are alike before
    /// anything has been learned.
    ///
    /// Each piece of the vocabulary is embedded as a text of its own; its embedding becomes the first `width` principal
    /// components over all pieces, scaled to length 1, which random embeddings have on average. Special tokens, and
    /// pieces that are blank or no whole characters, keep their random embeddings.
    /// - Parameters:
    ///   - vocabulary: What the decoder's token ids mean.
    ///   - encoder: Its embeddings have at least as many numbers as the decoder's.
    public func startEmbeddings(of vocabulary: BytePairVocabulary, from encoder: TextEncoder) {
        let (width, own) = (configuration.width, encoder.configuration.width)
        precondition(width <= own, "\(width) principal components of \(own) numbers")
        let texts = vocabulary.pieces.enumerated().compactMap { id, bytes -> (id: Int, text: String)? in
            guard id >= vocabulary.specialTokens, let text = String(validating: bytes, as: UTF8.self) else {
                return nil
            }
            let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
            return trimmed.isEmpty ? nil : (id, trimmed)
        }
        guard !texts.isEmpty else { return }
        let rows = principalComponents(of: encoder.embed(texts.map(\.text)), width: own, kept: width)
        for (row, piece) in texts.enumerated() {
            let components = rows.base + row * width
            let length = (0..<width).reduce(0) { $0 + Double(components[$1]) * Double(components[$1]) }
                .squareRoot()
            // A piece at the mean of all has no direction.
            guard length > 0 else { continue }
            let target = values.base + layout.embedding + piece.id * width
            for column in 0..<width { target[column] = Float(Double(components[column]) / length) }
        }
    }
}
