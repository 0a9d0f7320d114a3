import RankingData
import Tensors

/// How a query and its documents become the tokens that a decoder reads, and docIDs those that it writes.
public protocol RankingPrompt: Sendable {
    /// Token ids of every entity's docID, as they follow a prompt.
    var tokens: [[Int32]] { get }

    /// The number of the tokenizer's pieces: ids below it have a text. A decoder's vocabulary may be larger, where it is
    /// padded or where a small collection gave fewer pieces than were asked for.
    var pieceCount: Int { get }

    /// How many tokens an entity's docID has where its sense suffix is spelled as language models' tokenizers spell it.
    func countedLength(of entity: Int32) -> Int

    /// The prompt's tokens, documents in an order drawn from `stream`. The negative is never in it (section 5.1).
    func tokens(for query: RankedQuery, stream: inout RandomStream) -> [Int32]

    /// The prompt as a person reads it.
    func text(_ prompt: [Int32]) -> String

    /// The tokenizer.json that turns such a prompt's text into its tokens.
    func tokenizerFile() throws -> String
}

extension RankingPrompt {
    /// Where the tokenizer is a language model's own, tokens are counted as they are.
    public func countedLength(of entity: Int32) -> Int { tokens[Int(entity)].count }

    /// The prompt's tokens of an evaluated query.
    public func evaluationTokens(for query: RankedQuery) -> [Int32] {
        var stream = query.evaluationStream
        return tokens(for: query, stream: &stream)
    }
}

extension RankedQuery {
    /// The stream that shuffles this query's prompt in evaluations: the same for every run and split.
    var evaluationStream: RandomStream {
        RandomStream(seed: 0, name: "evaluation.prompts", index: UInt64(query))
    }
}
