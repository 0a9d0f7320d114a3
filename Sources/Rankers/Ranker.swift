import RankingData

/// Something that scores a query's candidates: what all three kinds of model become once trained.
///
/// The evaluator knows rankers by this protocol alone, so that every table compares like with like.
public protocol Ranker {
    /// Scores the candidates of each query; a higher score means more relevant.
    ///
    /// - Parameter queries: The queries, each with its candidates (`RankedQuery.candidates`).
    /// - Returns: For each query one score per candidate, in the candidates' order. Scores of
    ///   different queries need not be comparable.
    func scores(for queries: [RankedQuery]) throws -> [[Float]]
}

/// A ranker that writes docIDs, token by token.
public protocol GenerativeRanker: Ranker {
    /// The scores of `scores(for:)`, and for each query whether what the model writes, the most probable token of its whole
    /// vocabulary each time, is the docID of any entity.
    func scoresAndWriting(for queries: [RankedQuery]) throws -> (scores: [[Float]], writesDocument: [Bool])
}
