import LanguageModels

/// What a prompt's documents see of each other.
public enum PromptAttention: String, Hashable, Sendable, CaseIterable {
    /// Every token sees all tokens before it, as in the paper.
    case dense
    /// A document sees what stands before the documents (the instruction, the query) and itself; the answer sees everything
    /// (BlockRank, arXiv 2510.05396). Attention over a prompt's documents then takes time in proportion to their number.
    case blocks
}

/// A prompt's tokens: what stands before its documents, each document, and what follows them.
struct PromptParts {
    var before: [Int32]
    var documents: [[Int32]] = []
    var after: [Int32] = []

    var tokens: [Int32] { before + documents.joined() + after }

    /// The prompt without branches. What follows the documents holds the root, so that no block does.
    func sequence(_ attention: PromptAttention) -> PackedSequence {
        var blocks: [Range<Int>] = []
        if attention == .blocks {
            var start = before.count
            for document in documents where !document.isEmpty {
                blocks.append(start..<start + document.count)
                start += document.count
            }
        }
        return PackedSequence(prompt: tokens, blocks: blocks)
    }
}
