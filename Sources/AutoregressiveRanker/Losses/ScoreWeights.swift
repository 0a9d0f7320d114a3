import LanguageModels
import Tensors

/// From a loss's gradient with respect to scores to targets of tokens.
///
/// A score is a multiple of the sum of its docID's log-probabilities. So the gradient of a loss of scores is
/// sum over documents of (d loss / d score) (d score / d log p) grad log p(token), added over the docID's tokens: the gradient of
/// cross entropies whose weights are -(d loss / d score) (d score / d log p). The decoder is asked for the scores first,
/// and then trained on those weights. Weights may be negative.
extension MinibatchPacker {
    /// Gives the queries of a loss of scores their targets; queries of a loss of tokens have them already.
    ///
    /// - Parameters:
    ///   - score: The formula that makes scores of log-probabilities; training should use the evaluation's.
    ///   - decoder: Tells the log-probabilities. Its activations and gradients are left alone.
    /// - Returns: The sum of the queries' losses; nil for a loss of tokens.
    func weigh(
        _ queries: inout [PackedQuery], score: DocumentScore, decoder: Decoder, workers: WorkerPool
    ) -> Double? {
        guard case .ofScores(let loss) = training else { return nil }
        let groups = MinibatchPacker.groups(queries, for: decoder.parameters.configuration)
        let batches = groups.map { group in PackedBatch(group.map { queries[$0].sequence }) }
        let asked = zip(groups, batches).map { group, batch in
            group.enumerated().flatMap { place, query in
                queries[query].paths.rowTokens(in: batch, sequence: place)
            }
        }
        var total = 0.0
        for (group, answers) in zip(groups, decoder.logProbabilities(batches, asked)) {
            var rest = answers[...]
            for query in group {
                let own = rest.prefix(queries[query].paths.tokens.count)
                rest = rest.dropFirst(own.count)
                total += queries[query].weigh(loss, score, own)
            }
        }
        return total
    }
}

extension MinibatchPacker.PackedQuery {
    /// Adds the targets that have the loss's gradient.
    ///
    /// - Returns: The query's loss.
    fileprivate mutating func weigh(
        _ loss: any ScoreLoss, _ score: DocumentScore, _ logProbabilities: ArraySlice<Float>
    ) -> Double {
        let likelihoods = paths.likelihoods(logProbabilities)
        guard !likelihoods.isEmpty else { return 0 }
        let (value, gradient) = loss.lossAndGradient(scores: likelihoods.map { Double($0.score(score)) })
        var weights = TargetWeights()
        var next = paths.tokens.startIndex
        for (likelihood, derivative) in zip(likelihoods, gradient) {
            let weight = -derivative * likelihood.slope(score)
            for (place, token) in paths.tokens[next..<next + likelihood.tokens] {
                weights.add(place: place, token: token, weight)
            }
            next += likelihood.tokens
        }
        targets += weights.targets
        return value
    }
}
