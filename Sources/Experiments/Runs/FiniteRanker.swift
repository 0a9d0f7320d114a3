import Rankers
import RankingData

/// A ranker whose scores are looked at before they are measured.
///
/// Weights that are no numbers any more give scores that compare with nothing: no document scores below the negative,
/// and the constraint violation rate of such a run would be 0.00, its best value.
public struct FiniteRanker: Ranker {
    private let base: any Ranker
    private let step: Int

    public var tiesAreChance: Bool { base.tiesAreChance }
    public func promptText(for query: RankedQuery) -> String? { base.promptText(for: query) }

    /// - Parameter step: How far the ranker was trained, for the error.
    /// - Returns: The ranker, one that writes docIDs where `base` does.
    public static func checking(_ base: any Ranker, step: Int) -> any Ranker {
        if let generative = base as? any GenerativeRanker {
            return FiniteGenerativeRanker(base: generative, step: step)
        }
        return FiniteRanker(base: base, step: step)
    }

    /// - Throws: `TrainingError.diverged` where a score is NaN or infinite.
    public func scores(for queries: [RankedQuery]) throws -> [[Float]] {
        let scores = try base.scores(for: queries)
        for score in scores.joined() where !score.isFinite {
            throw TrainingError.diverged(step: step, name: "a score", value: "\(score)")
        }
        return scores
    }
}

/// The same for rankers that write: a docID of no token scores minus infinity, which is no fault of the training.
private struct FiniteGenerativeRanker: GenerativeRanker {
    let base: any GenerativeRanker
    let step: Int

    var tiesAreChance: Bool { base.tiesAreChance }
    func promptText(for query: RankedQuery) -> String? { base.promptText(for: query) }

    func scores(for queries: [RankedQuery]) throws -> [[Float]] { try checked(base.scores(for: queries)) }

    func scoresAndWriting(for queries: [RankedQuery]) throws -> GenerativeScores {
        let result = try base.scoresAndWriting(for: queries)
        for scores in [result.scores] + result.variants.values { _ = try checked(scores) }
        return result
    }

    private func checked(_ scores: [[Float]]) throws -> [[Float]] {
        for score in scores.joined() where score.isNaN || score == .infinity {
            throw TrainingError.diverged(step: step, name: "a score", value: "\(score)")
        }
        return scores
    }
}
