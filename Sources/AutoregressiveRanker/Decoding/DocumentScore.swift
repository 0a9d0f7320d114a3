import RankingData

/// The formula that makes a document's score of the log-probabilities of its docID's tokens.
///
/// Rank-aware losses teach the probability of a whole docID, which is the sum; a mean over docIDs of different lengths
/// orders documents by their lengths too.
public enum DocumentScore: String, Codable, Hashable, Sendable, CaseIterable {
    /// The mean over the docID's tokens: the formula in section 5.1.
    case mean
    /// The sum, which is the logarithm of the probability that the model writes the docID.
    case sum
    /// The sum over the number of tokens that the docID has where its sense suffix (`.n.01`) is spelled as language models'
    /// tokenizers spell it, in `RankingPrompt.countedLength(of:)`. A tokenizer that was learned from the collection makes
    /// one token of the suffix; SmolLM2's and Mistral's make five, all of them nearly certain.
    case counted
}

/// How probable a model finds a docID, and how long the docID is.
struct DocumentLikelihood: Sendable, Equatable {
    /// The sum of its tokens' log-probabilities, in nats.
    var sum: Float
    var tokens: Int
    /// `RankingPrompt.countedLength(of:)`.
    var countedLength: Int

    /// The score by a formula; minus infinity for a docID without tokens, which nothing can write.
    func score(_ formula: DocumentScore) -> Float {
        guard tokens > 0 else { return -.infinity }
        return switch formula {
        case .mean: sum / Float(tokens)
        case .sum: sum
        case .counted: sum / Float(countedLength)
        }
    }

    /// The score's derivative by each of the tokens' log-probabilities; 0 for a docID without tokens.
    func slope(_ formula: DocumentScore) -> Double {
        guard tokens > 0 else { return 0 }
        return switch formula {
        case .mean: 1 / Double(tokens)
        case .sum: 1
        case .counted: 1 / Double(countedLength)
        }
    }
}

/// The sense suffix of a synset's name in language models' tokenizers.
enum SenseSuffix {
    /// The suffix of a docID: from the last dot but one on; nil for a docID that has none.
    static func of(_ docID: String) -> Substring? {
        let dots = docID.utf8.indices.filter { docID.utf8[$0] == UInt8(ascii: ".") }
        guard Taxonomy.endsInSense(docID), let start = dots.dropLast().last else { return nil }
        return docID[start...]
    }

    /// How many tokens a suffix is in SmolLM2's tokenizer: one for each of its characters, so five for `.n.01`. Its rules
    /// cut text into letters, marks and single digits, and no merge crosses a cut.
    static func publicLength(_ suffix: Substring) -> Int { suffix.utf8.count }
}
