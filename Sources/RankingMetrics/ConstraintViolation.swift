extension ScoredQuery {
    /// 1 if at least one relevant document scores lower than a negative, else 0 (section 5.1); nil for a query without
    /// negatives.
    ///
    /// Equal scores are no violation. The mean over queries is the constraint violation rate, CVR.
    public var constraintViolation: Double? {
        guard let highest = candidates.lazy.filter(\.isNegative).map(\.score).max() else { return nil }
        return candidates.contains { $0.rank > 0 && $0.score < highest } ? 1 : 0
    }
}
