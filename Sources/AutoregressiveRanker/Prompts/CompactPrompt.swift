import LanguageModels
import RankingData
import Tensors

/// The compact in-context prompt: the query, then its documents shuffled, then a mark that asks for one.
///
/// `query-tokens <documents> d-tokens d-tokens ... <answer>`. Synset names need no delimiter: each ends in its
/// sense suffix; other docIDs have the mark before each. The negative is never in the prompt (section 5.1).
public struct CompactPrompt: RankingPrompt {
    /// Special token ids of the vocabulary.
    public static let documentsMark: Int32 = 0
    public static let answerMark: Int32 = 1
    public static let specialTokens = 2

    public let vocabulary: BytePairVocabulary
    /// Token ids of every entity's docID.
    public let tokens: [[Int32]]
    public var pieceCount: Int { vocabulary.count }
    private let countedLengths: [Int]
    /// Token ids of every entity's text, as a query.
    private let texts: [[Int32]]
    /// Token ids of what a prompt lists of every entity, as a document.
    private let listed: [[Int32]]
    /// Whether one document can be told from the next without a mark between them.
    private let endThemselves: Bool

    public init(vocabulary: BytePairVocabulary, collection: Collection) throws {
        self.vocabulary = vocabulary
        let entities = collection.entities
        let docIDs = try entities.map { try vocabulary.encode($0.docID) }
        func encoded(_ part: KeyPath<Entity, String>) throws -> [[Int32]] {
            try entities.enumerated().map { place, entity in
                entity[keyPath: part].utf8.elementsEqual(entity.docID.utf8)
                    ? docIDs[place] : try vocabulary.encode(entity[keyPath: part])
            }
        }
        endThemselves = entities.allSatisfy { Taxonomy.endsInSense($0.listed) }
        tokens = docIDs
        countedLengths = try zip(entities, docIDs).map { entity, tokens in
            guard let suffix = SenseSuffix.of(entity.docID) else { return tokens.count }
            // The vocabulary cuts a name before its suffix, so that the suffix alone has the tokens that it has there.
            let own = try vocabulary.encode(String(suffix)).count
            return tokens.count - own + SenseSuffix.publicLength(suffix)
        }
        texts = try encoded(\.text)
        listed = try encoded(\.listed)
    }

    public func countedLength(of entity: Int32) -> Int { countedLengths[Int(entity)] }

    /// Learns the vocabulary from the training prompts' texts, each counted as often as it stands there, and
    /// once more, so that every text and docID of the task can be encoded.
    ///
    /// Documents that stand in many prompts so become a piece a word.
    public static func learnVocabulary(of task: RankingTask, size: Int) -> BytePairVocabulary {
        let collection = task.collection
        var counts = [Int](repeating: 1, count: collection.count)
        for query in task.training {
            for entity in [query.query] + query.documents { counts[Int(entity)] += 1 }
        }
        var texts = collection.texts
        for (place, entity) in collection.entities.enumerated()
        where !entity.docID.utf8.elementsEqual(entity.text.utf8) {
            texts += [entity.docID, entity.listed]
            counts += [counts[place], counts[place]]
        }
        return BytePairVocabulary.learn(
            from: texts, counts: counts, size: size, specialTokens: specialTokens)
    }

    /// The prompt's tokens, documents in an order drawn from `stream`.
    public func tokens(for query: RankedQuery, stream: inout RandomStream) -> [Int32] {
        var documents = query.documents
        stream.shuffle(&documents)
        var prompt = texts[Int(query.query)]
        prompt.append(CompactPrompt.documentsMark)
        for (index, document) in documents.enumerated() {
            if index > 0, !endThemselves { prompt.append(CompactPrompt.documentsMark) }
            prompt += listed[Int(document)]
        }
        prompt.append(CompactPrompt.answerMark)
        return prompt
    }

    /// The prompt as a person reads it.
    public func text(_ prompt: [Int32]) -> String {
        prompt.map { id in
            switch id {
            case CompactPrompt.documentsMark: " <documents> "
            case CompactPrompt.answerMark: " <answer>"
            default: vocabulary.decode([id])
            }
        }.joined()
    }

    public func tokenizerFile() -> String {
        vocabulary.tokenizerFile(specialNames: ["<documents>", "<answer>"])
    }
}
