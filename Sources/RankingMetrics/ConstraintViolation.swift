extension ScoredQuery {
    /// 1 if at least one relevant document scores lower than a negative, else 0 (section 5.1); nil for a query without
    /// negatives.
    ///
    /// The mean over queries is the constraint violation rate, CVR. Equal scores are no violation, unless they stand for
    /// chance (`tiesAreChance`): then the value is the probability of a violation. Of t relevant documents and m negatives
    /// that share the highest negative's score all t come first in t! m! / (t + m)! of the orders; a ranking by pure
    /// chance of n documents and one negative so has n / (n + 1).
    public var constraintViolation: Double? {
        guard let highest = candidates.lazy.filter(\.isNegative).map(\.score).max() else { return nil }
        guard !candidates.contains(where: { $0.rank > 0 && $0.score < highest }) else { return 1 }
        guard tiesAreChance else { return 0 }
        let relevant = candidates.count { $0.rank > 0 && $0.score == highest }
        let negatives = candidates.count { $0.isNegative && $0.score == highest }
        // t! m! / (t + m)! as a product of i / (t + i), because factorials overflow.
        return 1 - (1...negatives).reduce(1) { $0 * Double($1) / Double(relevant + $1) }
    }
}
