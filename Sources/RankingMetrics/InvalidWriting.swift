extension ScoredQuery {
    /// 1 if what the ranker writes, one most probable token after another, is no docID, else 0; nil for a ranker that
    /// writes nothing.
    public var invalidWriting: Double? { writesDocument.map { $0 ? 0 : 1 } }
}
