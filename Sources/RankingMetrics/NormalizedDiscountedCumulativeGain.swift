import Foundation

extension ScoredQuery {
    /// nDCG over all candidates (section 5.1; Järvelin and Kekäläinen 2002, DOI 10.1145/582415.582418).
    ///
    /// The document of rank r among n has gain log(n - r + 2), others 0; position p has discount
    /// 1 / log2(p + 1). Candidates with equal scores share the mean discount of the positions that they
    /// fill, as in scikit-learn's `ndcg_score` (McSherry and Najork 2008, DOI 10.1007/978-3-540-78646-7_38).
    public var normalizedDiscountedCumulativeGain: Double {
        // Gains may be logarithms to any base, since the base cancels in the ratio.
        let ideal = (1...relevant).reduce(0) { $0 + gain(rank: $1) * discount($1 - 1) }
        return discountedCumulativeGain / ideal
    }

    /// Gain of the candidate of a gold rank; 0 for rank 0, which is that of candidates that are not relevant.
    private func gain(rank: Int) -> Double { rank > 0 ? log(Double(relevant - rank + 2)) : 0 }

    /// Discount of the position `index`, counted from 0.
    private func discount(_ index: Int) -> Double { 1 / log2(Double(index + 2)) }

    private var discountedCumulativeGain: Double {
        var (sum, group, mean) = (0.0, 0..<0, 0.0)
        for place in predicted where candidates[place].rank > 0 {
            // Candidates of one group stand side by side, so its mean discount is computed once.
            if positions[place] != group {
                group = positions[place]
                mean = group.reduce(0) { $0 + discount($1) } / Double(group.count)
            }
            sum += mean * gain(rank: candidates[place].rank)
        }
        return sum
    }
}
