extension ScoredQuery {
    /// Recall at k: relevant documents among the first k, over all relevant documents (Manning, Raghavan and Schütze
    /// 2008, section 8.4, ISBN 978-0521865719); in expectation over the orders of equal scores.
    public func recall(_ k: Int) -> Double {
        precondition(k >= 1, "k must be at least 1, is \(k)")
        return gold.prefix(relevant).reduce(0) { $0 + probability(of: $1, within: k) } / Double(relevant)
    }
}
