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

    /// Whether equal scores mean that every order is as probable as another, so that metrics are expectations over them,
    /// CVR among these. A model's equal scores violate no constraint: false, unless a ranker says otherwise.
    var tiesAreChance: Bool { get }

    /// The prompt that the ranker reads when it is evaluated on a query, special tokens by their names; nil, unless a ranker
    /// that is asked by prompts says otherwise.
    func promptText(for query: RankedQuery) -> String?
}

extension Ranker {
    /// False: most rankers mean it when they score two candidates equal.
    public var tiesAreChance: Bool { false }
    /// Nil: most rankers read no prompt.
    public func promptText(for query: RankedQuery) -> String? { nil }
}

/// A ranker that writes docIDs, token by token.
public protocol GenerativeRanker: Ranker {
    /// The scores of `scores(for:)`, the same candidates' scores by other formulas, and what the model writes when it may
    /// write anything. Every prompt is computed once for all of it.
    func scoresAndWriting(for queries: [RankedQuery]) throws -> GenerativeScores
}

/// What a generative ranker says of queries.
public struct GenerativeScores: Sendable {
    /// For each query its candidates' scores, as `Ranker.scores(for:)` gives them.
    public var scores: [[Float]]
    /// By the names of other formulas the scores that those make of the same log-probabilities, laid out as `scores`.
    public var variants: [String: [[Float]]]
    /// For each query whether the most probable token each time, one after another, makes the docID of any document.
    public var writesDocument: [Bool]

    /// All three have one element a query, in the order in which queries were asked.
    public init(scores: [[Float]], variants: [String: [[Float]]], writesDocument: [Bool]) {
        self.scores = scores
        self.variants = variants
        self.writesDocument = writesDocument
    }
}
