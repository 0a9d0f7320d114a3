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
    /// Whether one docID can be told from the next without a mark between them.
    private let endThemselves: Bool

    public init(vocabulary: BytePairVocabulary, names: [String]) throws {
        self.vocabulary = vocabulary
        endThemselves = names.allSatisfy(BytePairVocabulary.hasSenseSuffix)
        tokens = try names.map { try vocabulary.encode($0) }
    }

    /// Learns the vocabulary from the training prompts' docIDs, each counted as often as it stands there, and
    /// once more, so that every docID of the task can be encoded.
    ///
    /// Documents that stand in many prompts so become a piece a word.
    public static func learnVocabulary(of task: RankingTask, size: Int) -> BytePairVocabulary {
        var counts = [Int](repeating: 1, count: task.names.count)
        for query in task.training {
            for entity in [query.query] + query.documents { counts[Int(entity)] += 1 }
        }
        return BytePairVocabulary.learn(
            from: task.names, counts: counts, size: size, specialTokens: specialTokens)
    }

    /// The prompt's tokens, documents in an order drawn from `stream`.
    public func tokens(for query: RankedQuery, stream: inout RandomStream) -> [Int32] {
        var documents = query.documents
        stream.shuffle(&documents)
        var prompt = tokens[Int(query.query)]
        prompt.append(CompactPrompt.documentsMark)
        for (index, document) in documents.enumerated() {
            if index > 0, !endThemselves { prompt.append(CompactPrompt.documentsMark) }
            prompt += tokens[Int(document)]
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
