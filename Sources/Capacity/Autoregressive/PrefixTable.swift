import Foundation

/// The "infinite-capacity" autoregressive ranker of section 3.2 for one query: a free hidden vector at each prefix.
///
/// The next token's distribution after a prefix c is the softmax of E phi(c), where E, [m, m - 1], holds the identity
/// above a row of zeros. Its E' has rank m, with vectors as short as proposition 3.1 allows: their length, m - 1, depends on no number of documents. Constrained
/// decoding allows the m tokens at every place, so docIDs that no document has get a share of the probability too.
public struct PrefixTable: Sendable {
    /// The docIDs whose prefixes have a hidden vector each.
    public let docIDs: DigitDocIDs
    /// phi, a vector of m - 1 numbers for each prefix: by length, then as numbers in base m.
    public let hidden: [[Float]]

    /// Length of a hidden vector.
    public var width: Int { docIDs.alphabet - 1 }

    /// The hidden vectors (those of corollary 3.1) under which p(d) is proportional to `mass(d)`.
    ///
    /// - Parameter mass: Positive, for each of the `docIDs.sequences` sequences as a number in base m.
    public init(_ docIDs: DigitDocIDs, mass: [Double]) {
        precondition(mass.count == docIDs.sequences && mass.allSatisfy { $0 > 0 }, "every sequence has mass")
        self.docIDs = docIDs
        var level = mass
        var vectors: [[Float]] = []
        let m = docIDs.alphabet
        // From the last token to the first: a prefix's mass is the sum of its children's.
        for _ in 0..<docIDs.length {
            let parents = level.count / m
            vectors =
                (0..<parents).map { parent in
                    // E's last row is 0, so each logit is relative to the last token's.
                    let last = level[parent * m + m - 1]
                    return (0..<m - 1).map { Float(log(level[parent * m + $0] / last)) }
                } + vectors
            level = (0..<parents).map { parent in (0..<m).reduce(0) { $0 + level[parent * m + $1] } }
        }
        hidden = vectors
    }

    /// A table whose documents' probabilities fall along `order`: k, k - 1, ..., 1 (the stepwise lambda), and a half
    /// for docIDs that no document has.
    public init(_ docIDs: DigitDocIDs, order: [Int]) {
        precondition(order.count == docIDs.documents, "the order names every document once")
        var mass = [Double](repeating: 0.5, count: docIDs.sequences)
        for (rank, document) in order.enumerated() { mass[document] = Double(order.count - rank) }
        self.init(docIDs, mass: mass)
    }

    /// log p(d | q) (equation 1): the sum of the tokens' log probabilities.
    public func score(_ document: Int) -> Double {
        var (sum, prefix, first, count) = (0.0, 0, 0, 1)
        for token in docIDs.tokens(document) {
            let phi = hidden[first + prefix].map(Double.init)
            let logits = phi + [0]
            // The largest logit is taken off so that no exponential overflows.
            let largest = logits.max() ?? 0
            let total = logits.reduce(0) { $0 + exp($1 - largest) }
            sum += logits[token] - largest - log(total)
            prefix = prefix * docIDs.alphabet + token
            // Prefixes of one length stand behind all shorter ones.
            first += count
            count *= docIDs.alphabet
        }
        return sum
    }

    /// Whether the documents' scores fall strictly along `order`.
    public func ranks(_ order: [Int]) -> Bool {
        let scores = (0..<docIDs.documents).map(score)
        return Orders.isStrict(order) { scores[$0] }
    }
}
