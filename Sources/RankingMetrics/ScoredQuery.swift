/// A candidate as its query's gold ranking and a ranker have it.
public struct ScoredCandidate: Sendable, Equatable {
    /// Higher is more relevant.
    public var score: Float
    /// The gold rank, 1 for the most relevant; 0 where it is not relevant.
    public var rank: Int
    /// Whether no relevant document may score lower.
    public var isNegative: Bool
    /// A number for its docID, the same for candidates that share one; nil where docIDs are not compared.
    public var docID: Int?

    /// A candidate as given; a NaN is dealt with by `ScoredQuery`.
    public init(score: Float, rank: Int, isNegative: Bool = false, docID: Int? = nil) {
        self.score = score
        self.rank = rank
        self.isNegative = isNegative
        self.docID = docID
    }
}

/// One query's scores, ready to be measured.
///
/// A NaN score counts as minus infinity: it ranks last and violates any constraint that it can.
public struct ScoredQuery: Sendable {
    /// As given, NaN replaced by minus infinity.
    public let candidates: [ScoredCandidate]
    /// Places in `candidates` by falling score; equal scores in the order given.
    public let predicted: [Int]
    /// The positions, counted from 0, that each candidate's group of equal scores fills.
    ///
    /// A candidate is at each of them with the same probability: metrics are expectations over the orders that the
    /// scores allow. In the order given, often the gold order, a ranker that scores all alike would be perfect.
    let positions: [Range<Int>]
    /// Places of the candidates that the gold ranking orders: the relevant by rank, then the other where there is one.
    let gold: [Int]

    /// Whether the ranker, left to itself, writes a docID; nil for one that writes nothing.
    public let writesDocument: Bool?
    /// Number of relevant documents.
    public let relevant: Int
    /// Whether the ranker means by equal scores that every order is as probable as another, as a reference does. A
    /// trained ranker's equal scores violate no constraint.
    public let tiesAreChance: Bool

    /// - Parameters:
    ///   - candidates: In any order. At least one is relevant, and the relevant have the ranks 1...n, each once.
    ///   - writesDocument: Whether the ranker, left to itself, writes a docID.
    ///   - tiesAreChance: Whether equal scores stand for every order.
    public init(
        _ candidates: [ScoredCandidate], writesDocument: Bool? = nil, tiesAreChance: Bool = false
    ) {
        self.writesDocument = writesDocument
        self.tiesAreChance = tiesAreChance
        // A NaN is neither smaller nor larger than anything, and a sort by such scores has no meaning.
        let cleaned = candidates.map { candidate in
            var candidate = candidate
            if candidate.score.isNaN { candidate.score = -.infinity }
            return candidate
        }
        let scores = cleaned.map(\.score)
        let ranked = cleaned.indices.filter { cleaned[$0].rank > 0 }.sorted {
            cleaned[$0].rank < cleaned[$1].rank
        }
        precondition(
            !ranked.isEmpty && ranked.map { cleaned[$0].rank }.elementsEqual(1...ranked.count),
            "a query's relevant documents have the ranks 1 to their number")
        self.candidates = cleaned
        relevant = ranked.count
        let others = cleaned.indices.filter { cleaned[$0].rank == 0 }
        // Among several others the gold ranking has no order, so none of them has a place in it.
        gold = ranked + (others.count == 1 ? others : [])
        predicted = scores.indices.sorted {
            // Of equal scores the first given: the sort of Swift's library does not promise to keep their order.
            scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1
        }
        positions = ScoredQuery.positions(of: predicted, scores: scores)
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

    /// Probability that the candidate at `place` is among the first `depth`.
    func probability(of place: Int, within depth: Int) -> Double {
        let group = positions[place]
        return Double(group.clamped(to: 0..<max(0, depth)).count) / Double(group.count)
    }

    /// The query's value, or nil where the metric does not exist for it: CVR without a negative, R@k with fewer than k
    /// candidates, `R-docID@k` where docIDs are not compared, `invalid` of a ranker that writes nothing.
    public func value(_ metric: Metric) -> Double? {
        switch metric {
        case .cvr: constraintViolation
        case .ndcg: normalizedDiscountedCumulativeGain
        case .mrr: reciprocalRank
        case .invalid: invalidWriting
        case .rAt(let k): rAt(k)
        case .docIDRAt(let k): docIDRAt(k)
        case .recall(let k): recall(k)
        }
    }
}
