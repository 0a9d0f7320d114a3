extension ScoredQuery {
    /// The paper's R@k: |gold[:k] ∩ predicted[:k]| / min(k, number of candidates) (section 5.1).
    ///
    /// The paper prints "/ k"; PAPER_NOTES.md says why it cannot have divided short lists by k.
    /// The negative is the gold order's last candidate.
    public func overlap(_ k: Int) -> Double {
        precondition(k >= 1, "k must be at least 1, is \(k)")
        let depth = min(k, scores.count)
        return Double(predicted.prefix(depth).count { $0 < depth }) / Double(depth)
    }

    /// Recall at k: relevant documents among the first k, over all relevant documents.
    public func recall(_ k: Int) -> Double {
        precondition(k >= 1, "k must be at least 1, is \(k)")
        return Double(predicted.prefix(k).count { $0 < relevant }) / Double(relevant)
    }

    /// 1 / rank of the most relevant document; the mean over queries is the mean reciprocal rank.
    public var reciprocalRank: Double {
        let place = predicted.firstIndex(of: 0) ?? 0
        return 1 / Double(place + 1)
    }
}
