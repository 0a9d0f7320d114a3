import Foundation

/// The model that a loss of tokens is least with, on one query: after each prefix every token has a probability in proportion to the
/// weight that the loss gives it there.
///
/// With weights lambda(r) y(r, t) (equation 11) the sum of cross entropies at a prefix is least where the model equals their
/// normalised sum (Gibbs' inequality). So with one-hot targets the probability of a docID that is no prefix of another is
/// lambda(r) over the sum of all lambda(r'); a document of weight 0 has none.
struct OptimalModel {
    /// By prefix, each next token's share of the weight.
    private let next: [[Int32]: [Int32: Double]]
    /// Every beginning of a docID, whole ones too.
    private let beginnings: Set<[Int32]>

    /// - Parameter documents: Token ids of the docIDs, the most relevant document's first.
    init(_ loss: SToICaL, documents: [[Int32]]) {
        var weights: [[Int32]: [Int32: Double]] = [:]
        for (index, document) in documents.enumerated() {
            let lambda = loss.weighting.weight(rank: index + 1, of: documents.count)
            guard lambda > 0 else { continue }
            for length in document.indices {
                for (token, mass) in loss.distribution(documents: documents, rank: index + 1, length: length)
                {
                    weights[Array(document[..<length]), default: [:]][token, default: 0] += lambda * mass
                }
            }
        }
        beginnings = Set(
            documents.flatMap { document in (0...document.count).map { Array(document[..<$0]) } })
        next = weights.mapValues { shares in
            let total = shares.values.reduce(0, +)
            return shares.mapValues { $0 / total }
        }
    }

    /// The logarithm of the probability that the model writes these tokens; minus infinity where the loss gives one of them no weight
    /// and gives it to others, and where they leave all docIDs of the query.
    ///
    /// What comes behind a prefix at which the loss asks for nothing is left open by it, and counts as certain where a docID of the
    /// query goes on so: a model that can copy a docID goes on with it, and with nothing that is not there.
    func logProbability(_ tokens: [Int32]) -> Double {
        var sum = 0.0
        for (length, token) in tokens.enumerated() {
            if let shares = next[Array(tokens[..<length])] {
                sum += log(shares[token] ?? 0)
            } else if !beginnings.contains(Array(tokens[...length])) {
                return -.infinity
            }
        }
        return sum
    }

    /// What the model writes where it takes the most probable token each time, up to the first prefix in `ends`; of equally probable
    /// ones the token of the smaller id. Nil where it comes to no such prefix.
    func greedy(until ends: Set<[Int32]>) -> [Int32]? {
        var prefix: [Int32] = []
        while let tokens = next[prefix] {
            prefix.append(tokens.max { ($0.value, $1.key) < ($1.value, $0.key) }!.key)
            if ends.contains(prefix) { return prefix }
        }
        return nil
    }
}
