import Foundation
import Rankers

/// ListNet's loss: the cross entropy between two distributions over a query's documents, the one that their ranks give and
/// the softmax of their scores (Cao et al. 2007, "Learning to Rank: From Pairwise Approach to Listwise Approach",
/// DOI 10.1145/1273496.1273513, the top one probability of section 4.2).
///
/// With P(r) = lambda(r) / sum of all lambda(r'), and s the documents' scores,
///
///     loss = - sum over r of P(r) log softmax(s)_r,    d loss / d s_r = softmax(s)_r - P(r).
///
/// This is ListNet's for gold scores log lambda(r). It is least where scores differ as those do: where the score is a
/// docID's log-probability (`DocumentScore.sum`), where the model writes each docID in proportion to lambda, as
/// SToICaL's fractional rows also teach it to.
///
/// Edge cases: one document alone has loss 0. With `top1` the loss is -log softmax(s)_1.
struct ListNet: ScoreLoss {
    let weighting: RankWeighting

    func lossAndGradient(scores: [Double]) -> (loss: Double, gradient: [Double]) {
        let weights = scores.indices.map { rank in
            // What cannot be written cannot be taught.
            scores[rank] == -.infinity ? 0 : weighting.weight(rank: rank + 1, of: scores.count)
        }
        let total = weights.reduce(0, +)
        let highest = scores.max() ?? 0
        guard total > 0 else { return (0, scores.map { _ in 0 }) }
        // Less the highest, so that no exponential overflows and one of them is 1.
        let exponentials = scores.map { exp($0 - highest) }
        let sum = exponentials.reduce(0, +)
        let logSum = highest + log(sum)
        var loss = 0.0
        for (weight, score) in zip(weights, scores) where weight > 0 {
            loss += weight / total * (logSum - score)
        }
        return (loss, zip(exponentials, weights).map { $0 / sum - $1 / total })
    }
}
