import Options
import RankingData

/// What is measured, and on which queries.
public struct EvaluationConfiguration: Hashable, Sendable {
    public enum Split: String, Hashable, Sendable, CaseIterable {
        case evaluation
        case development
    }

    /// What a query's relevant documents are ranked with.
    public enum Candidates: String, Hashable, Sendable, CaseIterable {
        /// The sampled negative alone (section 5.1).
        case own
        /// The negative and every document that is relevant to a query of the run's splits, but not the query itself.
        case corpus
    }

    /// The queries that are evaluated.
    public var split: Split
    /// The k of R@k and recall@k.
    public var cutoffs: [Int]
    /// What a query's documents are ranked with.
    public var candidates: Candidates

    /// The options given, the others as the paper has them.
    public init(
        split: Split = .evaluation, cutoffs: [Int] = Array(1...10), candidates: Candidates = .own
    ) {
        self.split = split
        self.cutoffs = cutoffs
        self.candidates = candidates
    }
}

extension EvaluationConfiguration: Configurable {
    /// The evaluation split, k from 1 to 10, and each query's own candidates.
    public static let defaults = EvaluationConfiguration()

    /// The options `evaluation.split`, `evaluation.cutoffs` and `evaluation.candidates`.
    public static var options: [OptionDeclaration<Self>] {
        [
            .word("evaluation.split", \.split, "The split whose queries are evaluated."),
            .integers(
                "evaluation.cutoffs", in: 1...1000, \.cutoffs,
                "The values of k for which R@k and recall@k are measured."),
            .word(
                "evaluation.candidates", \.candidates,
                "What a query's documents are ranked with: the query's own negatives (own), or these and the whole corpus (corpus)."
            ),
        ]
    }
}
