extension ScoredQuery {
    /// 1 / rank of the most relevant document, in expectation over the orders of equal scores; the mean over
    /// queries is the mean reciprocal rank (Voorhees 1999, TREC-8 question answering track report).
    public var reciprocalRank: Double {
        let group = positions[gold[0]]
        return group.reduce(0) { $0 + 1 / Double($1 + 1) } / Double(group.count)
    }
}
