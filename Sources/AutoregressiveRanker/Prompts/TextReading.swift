import LanguageModels
import Options
import Rankers
import RankingData
import Tensors

/// How a prompt over titles shows texts.
public enum TextReading: String, Hashable, Sendable, CaseIterable {
    /// As pieces of the vocabulary, which the decoder must learn to read.
    case pieces
    /// Each text as one vector, a text encoder's embedding: the reading is done, and what is left to learn is the ranking.
    case encoded
}

extension AutoregressiveConfiguration {
    /// The texts of a collection's entities as the decoder reads them, and behind them the questions of `EncodedQuestions` where the
    /// objective asks for them; nil where it reads pieces.
    ///
    /// The axes are those of the entities' texts alone, so that a base and the rows that start from it read the same.
    /// - Throws: `ConfigurationError.missingInput` without the encoder, `.outOfRange` for a decoder that is wider than it; what
    ///   the encoder throws.
    func inputVectors(_ collection: Collection, by embedder: (any TextEmbedder)?) throws -> InputVectors? {
        guard readsEncodedTexts else { return nil }
        guard let embedder else { throw ConfigurationError.missingInput("the text encoder \(encoder)") }
        try ConfigurationError.require(
            decoder.width <= embedder.width, "decoder.width", decoder.width,
            "at most \(embedder.width), the width of the text encoder that reads texts")
        let entities = try embedder.embed(collection.entities.map(\.text))
        let axes = PrincipalComponents(of: entities, width: embedder.width, kept: decoder.width)
        guard objective == .matching else { return InputVectors(entities, along: axes) }
        let questions = try embedder.embed(EncodedQuestions.texts(collection))
        let all = FloatBuffer(count: entities.count + questions.count)
        all.base.update(from: entities.base, count: entities.count)
        (all.base + entities.count).update(from: questions.base, count: questions.count)
        return InputVectors(all, along: axes)
    }
}

/// What a base is asked where an encoder reads texts: words of a title, as one vector.
///
/// They are chosen once for each document, since an encoder is too slow to read others each time that it is asked for: one to
/// three words, at random, of the half of a title's words that the fewest titles have.
enum EncodedQuestions {
    /// A question for each document of a collection, in their order.
    static func texts(_ collection: Collection) -> [String] {
        let titles = collection.documents.map { document in
            collection.text(document).split(separator: " ").map(String.init)
        }
        var holders: [String: Int] = [:]
        for title in titles { for word in Set(title) { holders[word, default: 0] += 1 } }
        return zip(collection.documents, titles).map { document, title in
            // Sorted, because the order of a set changes with each process.
            let words = Set(title).sorted { (holders[$0] ?? 0, $0) < (holders[$1] ?? 0, $1) }
            var stream = RandomStream(seed: 0, name: "matching.questions", index: UInt64(document))
            var rare = Array(words.prefix((words.count + 1) / 2))
            stream.shuffle(&rare)
            return rare.prefix(1 + stream.uniform(below: 3)).joined(separator: " ")
        }
    }
}
