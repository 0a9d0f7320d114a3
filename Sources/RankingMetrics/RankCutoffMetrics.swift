extension ScoredQuery {
    /// The paper's R@k: |gold[:k] ∩ predicted[:k]| / min(k, number of candidates) (section 5.1).
    ///
    /// The paper prints "/ k"; PAPER_NOTES.md says why it cannot have divided short lists by k.
    /// The negative is the gold order's last candidate; among more candidates the gold order ends with the
    /// relevant documents, and k is cut to their number. Equal scores: the expectation over their orders.
    public func overlap(_ k: Int) -> Double {
        precondition(k >= 1, "k must be at least 1, is \(k)")
        let depth = min(k, ordered)
        return (0..<depth).reduce(0) { $0 + probability(of: $1, within: depth) } / Double(depth)
    }

    /// Recall at k: relevant documents among the first k, over all relevant documents; in expectation over the
    /// orders of equal scores.
    public func recall(_ k: Int) -> Double {
        precondition(k >= 1, "k must be at least 1, is \(k)")
        return (0..<relevant).reduce(0) { $0 + probability(of: $1, within: k) } / Double(relevant)
    }

    /// 1 / rank of the most relevant document, in expectation over the orders of equal scores; the mean over
    /// queries is the mean reciprocal rank.
    public var reciprocalRank: Double {
        positions[0].reduce(0) { $0 + 1 / Double($1 + 1) } / Double(positions[0].count)
    }
}
