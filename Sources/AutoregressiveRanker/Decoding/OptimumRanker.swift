import Rankers
import RankingData

/// Scores candidates as a model does that a loss is least with: what a row of a table could come to if it learned its loss without
/// error on the evaluated queries.
///
/// It knows the gold ranking. Candidates that the loss teaches never to write, the negative among them, all have minus infinity. The order of
/// equal scores is left to chance, and metrics are expectations over it.
public struct OptimumRanker: GenerativeRanker {
    private let loss: SToICaL
    private let prompt: RankingPrompt
    private let score: DocumentScore

    /// - Parameters:
    ///   - loss: The loss; nil comes back for one of scores, whose least value leaves tokens open.
    ///   - ranker: Whose docIDs' tokens and formula of scores are taken.
    public init?(of loss: LossConfiguration, like ranker: DecoderRanker) {
        guard loss.kind == .stoical else { return nil }
        self.loss = SToICaL(loss)
        (prompt, score) = (ranker.prompt, ranker.score)
    }

    /// True: what the loss does not weigh has no order.
    public var tiesAreChance: Bool { true }

    /// The candidates' scores by the ranker's formula, in nats.
    public func scores(for queries: [RankedQuery]) -> [[Float]] {
        queries.map { query in likelihoods(query, model(query)).map { $0.score(score) } }
    }

    /// The same by all formulas, and whether the greedy decode is one of the query's docIDs.
    public func scoresAndWriting(for queries: [RankedQuery]) -> GenerativeScores {
        var result = GenerativeScores(scores: [], variants: [:], writesDocument: [])
        for query in queries {
            let model = model(query)
            let likelihoods = likelihoods(query, model)
            result.scores.append(likelihoods.map { $0.score(score) })
            for other in DocumentScore.allCases where other != score {
                result.variants[other.rawValue, default: []].append(likelihoods.map { $0.score(other) })
            }
            let docIDs = Set(query.documents.map { prompt.tokens[Int($0)] })
            result.writesDocument.append(model.greedy(until: docIDs) != nil)
        }
        return result
    }

    private func model(_ query: RankedQuery) -> OptimalModel {
        OptimalModel(loss, documents: query.documents.map { prompt.tokens[Int($0)] })
    }

    private func likelihoods(_ query: RankedQuery, _ model: OptimalModel) -> [DocumentLikelihood] {
        query.candidates.map { candidate in
            let tokens = prompt.tokens[Int(candidate.entity)]
            return DocumentLikelihood(
                sum: Float(model.logProbability(tokens)), tokens: tokens.count,
                countedLength: prompt.countedLength(of: candidate.entity))
        }
    }
}
