/// One query's scores, ready to be measured.
///
/// Candidates stand in gold order: documents 1...n, the negative, then whatever else is ranked with them, in any
/// order. A NaN score counts as minus infinity: it ranks last and violates any constraint that it can.
public struct ScoredQuery: Sendable {
    /// Scores of the relevant documents, the most relevant first, the negative's, then all others'.
    public let scores: [Float]
    /// Candidates by falling score; equal scores in candidate order.
    public let predicted: [Int]
    /// The positions, counted from 0, that each candidate's group of equal scores fills.
    ///
    /// A candidate is at each of them with the same probability: metrics are expectations over the orders that the
    /// scores allow. In candidate order, which is the gold order, a ranker that scores all alike would be perfect.
    let positions: [Range<Int>]

    /// Whether the ranker, left to itself, writes a docID; nil for one that writes nothing.
    public let writesDocument: Bool?
    /// Number of relevant documents.
    public let relevant: Int
    /// Candidates whose place the gold order fixes: the relevant ones, and the negative where it is the only other.
    var ordered: Int { scores.count == relevant + 1 ? scores.count : relevant }

    /// - Parameters:
    ///   - scores: One for each relevant document in gold order, then the negative's, then others'.
    ///   - relevant: How many are relevant; all but the last, if not given.
    ///   - writesDocument: Whether the ranker, left to itself, writes a docID.
    public init(scores: [Float], relevant: Int? = nil, writesDocument: Bool? = nil) {
        self.writesDocument = writesDocument
        let relevant = relevant ?? scores.count - 1
        precondition(
            relevant >= 1 && relevant < scores.count, "a query needs a relevant document and a negative")
        self.relevant = relevant
        let cleaned = scores.map { $0.isNaN ? -Float.infinity : $0 }
        self.scores = cleaned
        predicted = cleaned.indices.sorted {
            cleaned[$0] != cleaned[$1] ? cleaned[$0] > cleaned[$1] : $0 < $1
        }
        positions = ScoredQuery.positions(of: predicted, scores: cleaned)
    }

    private static func positions(of predicted: [Int], scores: [Float]) -> [Range<Int>] {
        var positions = [Range<Int>](repeating: 0..<0, count: predicted.count)
        var start = 0
        while start < predicted.count {
            let end =
                predicted[start...].firstIndex { scores[$0] != scores[predicted[start]] } ?? predicted.count
            for candidate in predicted[start..<end] { positions[candidate] = start..<end }
            start = end
        }
        return positions
    }

    /// Probability that a candidate is among the first `depth`.
    func probability(of candidate: Int, within depth: Int) -> Double {
        let group = positions[candidate]
        return Double(group.clamped(to: 0..<max(0, depth)).count) / Double(group.count)
    }

    public func value(_ metric: Metric) -> Double {
        switch metric {
        case .cvr: constraintViolation
        case .ndcg: normalizedDiscountedCumulativeGain
        case .mrr: reciprocalRank
        case .invalid: writesDocument == false ? 1 : 0
        case .overlap(let k): overlap(k)
        case .recall(let k): recall(k)
        }
    }
}
