extension ScoredQuery {
    /// The paper's R@k: |gold[:k] ∩ predicted[:k]| / k (section 5.1); nil for a query whose gold order is shorter.
    ///
    /// The gold order is the relevant documents, then the one other candidate where there is just one: WordNet's
    /// negative. So a query with its own candidates has a value where it has at least k of these; among a whole corpus,
    /// where it has at least k relevant documents. Table 2 of the paper shows that short lists were left out: its values
    /// of R@5 are multiples of 1/(309 · 5), those of R@10 of 1/(308 · 10), out of 310 queries. Equal scores give the
    /// expectation over their orders.
    public func rAt(_ k: Int) -> Double? {
        precondition(k >= 1, "k must be at least 1, is \(k)")
        guard k <= gold.count else { return nil }
        return gold.prefix(k).reduce(0) { $0 + probability(of: $1, within: k) } / Double(k)
    }
}
