import Options
import RankingData

/// What is measured, and on which queries.
public struct EvaluationConfiguration: Codable, Hashable, Sendable {
    public enum Split: String, Codable, Hashable, Sendable, CaseIterable {
        case evaluation
        case development
    }

    /// What a query's relevant documents are ranked with.
    public enum Candidates: String, Codable, Hashable, Sendable, CaseIterable {
        /// The sampled negative alone (section 5.1).
        case own
        /// The negative and every document that is relevant to a query of the run's splits, but not the query itself.
        case corpus
    }

    public var split: Split
    /// The k of R@k and recall@k.
    public var cutoffs: [Int]
    public var candidates: Candidates

    private enum CodingKeys: String, CodingKey {
        case split, cutoffs, candidates
    }

    public init(
        split: Split = .evaluation, cutoffs: [Int] = Array(1...10), candidates: Candidates = .own
    ) {
        self.split = split
        self.cutoffs = cutoffs
        self.candidates = candidates
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        split = try container.decode(Split.self, forKey: .split)
        cutoffs = try container.decode([Int].self, forKey: .cutoffs)
        candidates = try container.decodeIfPresent(Candidates.self, forKey: .candidates) ?? .own
    }

    /// `own` is not written: runs made before there was a choice keep their identity.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(split, forKey: .split)
        try container.encode(cutoffs, forKey: .cutoffs)
        if candidates != .own { try container.encode(candidates, forKey: .candidates) }
    }

    public func validate(for model: ModelKind) throws(ConfigurationError) {
        try ConfigurationError.require(
            !cutoffs.isEmpty && cutoffs.allSatisfy { (1...1000).contains($0) }
                && Set(cutoffs).count == cutoffs.count,
            "evaluation.cutoffs", "\(cutoffs)", "different numbers in 1...1000")
        try ConfigurationError.require(
            candidates == .own || model != .autoregressive, "evaluation.candidates", candidates.rawValue,
            "own: an autoregressive ranker has its candidates in the prompt")
    }
}
