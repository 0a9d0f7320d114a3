extension ScoredQuery {
    /// 1 if at least one relevant document scores lower than the negative, else 0 (section 5.1).
    ///
    /// Equal scores are no violation. The mean over queries is the constraint violation rate, CVR.
    public var constraintViolation: Double {
        let negative = scores[relevant]
        return scores.prefix(relevant).contains { $0 < negative } ? 1 : 0
    }
}
