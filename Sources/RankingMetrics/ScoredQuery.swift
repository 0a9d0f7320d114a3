/// One query's scores, ready to be measured.
///
/// Candidates stand in gold order: documents 1...n, then the negative. A NaN score counts as minus
/// infinity: it ranks last and violates any constraint that it can.
public struct ScoredQuery: Sendable {
    /// Scores of the relevant documents, the most relevant first, then the negative's.
    public let scores: [Float]
    /// Candidates by falling score; equal scores in candidate order.
    public let predicted: [Int]

    /// Number of relevant documents.
    public var relevant: Int { scores.count - 1 }

    /// - Parameter scores: One for each relevant document in gold order, then the negative's.
    public init(scores: [Float]) {
        precondition(scores.count >= 2, "a query needs a relevant document and a negative")
        let cleaned = scores.map { $0.isNaN ? -Float.infinity : $0 }
        self.scores = cleaned
        predicted = cleaned.indices.sorted {
            cleaned[$0] != cleaned[$1] ? cleaned[$0] > cleaned[$1] : $0 < $1
        }
    }

    public func value(_ metric: Metric) -> Double {
        switch metric {
        case .cvr: constraintViolation
        case .ndcg: normalizedDiscountedCumulativeGain
        case .mrr: reciprocalRank
        case .overlap(let k): overlap(k)
        case .recall(let k): recall(k)
        }
    }
}
