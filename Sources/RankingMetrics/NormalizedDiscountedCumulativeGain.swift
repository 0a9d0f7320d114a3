import Foundation

extension ScoredQuery {
    /// nDCG over all candidates (section 5.1; Järvelin and Kekäläinen 2002, DOI 10.1145/582415.582418).
    ///
    /// The document of rank r among n has gain log(n - r + 2), the negative 0; position p has discount
    /// 1 / log2(p + 1). Candidates with equal scores share the mean discount of the positions that they
    /// fill, as in scikit-learn's `ndcg_score` (McSherry and Najork 2008, DOI 10.1007/978-3-540-78646-7_38).
    public var normalizedDiscountedCumulativeGain: Double {
        let ideal = (0..<relevant).reduce(0) { $0 + gain($1) * discount($1) }
        return discountedCumulativeGain / ideal
    }

    /// Gain of the candidate at `index` of the gold order.
    private func gain(_ index: Int) -> Double {
        index < relevant ? log(Double(relevant - index + 1)) : 0
    }

    /// Discount of the position `index`, counted from 0.
    private func discount(_ index: Int) -> Double { 1 / log2(Double(index + 2)) }

    private var discountedCumulativeGain: Double {
        predicted.reduce(0) { sum, candidate in
            guard candidate < relevant else { return sum }
            let group = positions[candidate]
            return sum + group.reduce(0) { $0 + discount($1) } / Double(group.count) * gain(candidate)
        }
    }
}
