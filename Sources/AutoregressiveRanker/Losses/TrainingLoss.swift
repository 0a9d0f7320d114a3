import LanguageModels

/// A training loss, by what its gradient is with respect to.
///
/// A loss is a file of this folder that conforms to one of the two protocols, and a case of `LossKind`.
enum TrainingLoss: Sendable {
    /// Cross entropies of tokens, whose target distributions are known before the model is asked.
    case ofTokens(any TokenLoss)
    /// A function of the documents' scores, of which the model tells first what they are.
    case ofScores(any ScoreLoss)

    /// The (query, document) points that a query with `count` documents counts as.
    func points(of count: Int) -> Int {
        switch self {
        case .ofTokens(let loss): loss.points(of: count)
        case .ofScores: count
        }
    }

    /// How often a query with `count` documents counts in the mean that a minibatch's loss is: a loss of tokens is a mean
    /// over points, a loss of scores a mean over queries.
    func terms(of count: Int) -> Int {
        switch self {
        case .ofTokens(let loss): loss.points(of: count)
        case .ofScores: count > 0 ? 1 : 0
        }
    }
}

/// A loss that is a weighted sum of cross entropies at the tokens of docIDs, as SToICaL's (equation 11).
protocol TokenLoss: Sendable {
    /// How many of a query's `count` documents the loss looks at.
    func points(of count: Int) -> Int

    /// Adds a query's documents as branches of `sequence` and returns the tokens that the loss wants at them.
    ///
    /// - Parameter documents: Token ids of the docIDs, the most relevant document's first.
    /// - Returns: Targets whose weights are all that the loss says: it is their sum of weight * -log p(token | place).
    func pack(documents: [[Int32]], into sequence: inout PackedSequence) -> [TokenTarget]
}

/// A loss that is a function of the scores of a query's documents, as ListNet's.
protocol ScoreLoss: Sendable {
    /// The loss of one query, and its derivative by each score.
    ///
    /// - Parameter scores: The documents' scores, the most relevant document's first; at least one. A score is minus
    ///   infinity where the docID has no tokens.
    func lossAndGradient(scores: [Double]) -> (loss: Double, gradient: [Double])
}
