@testable import RankingMetrics

extension ScoredQuery {
    /// Documents 1 to `relevant` (all but the last, if not given) in gold order, the negative, then others.
    init(scores: [Float], relevant: Int? = nil) {
        let relevant = relevant ?? scores.count - 1
        self.init(
            scores.enumerated().map {
                ScoredCandidate(
                    score: $1, rank: $0 < relevant ? $0 + 1 : 0, isNegative: $0 == relevant)
            })
    }
}

extension NamedRanking {
    /// Scores of the documents in gold order, then the negative's.
    init(query: String, documents: [String], negative: String, scores: [Float]) {
        self.init(
            query: query,
            entries: zip(documents + [negative], scores).enumerated().map { index, entry in
                let isNegative = index == documents.count
                return Entry(
                    name: entry.0,
                    candidate: ScoredCandidate(
                        score: entry.1, rank: isNegative ? 0 : index + 1, isNegative: isNegative))
            })
    }
}
