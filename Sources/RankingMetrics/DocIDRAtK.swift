extension ScoredQuery {
    /// R@k of what is written: the docIDs of gold[:k] and those of predicted[:k] are compared as multisets, and what both
    /// hold is divided by k. nil where `rAt` is, and where a candidate among the first k has no `docID`.
    ///
    /// A ranker that writes docIDs cannot tell documents apart that share one; `rAt` counts the wrong one as wrong, this
    /// does not. Where no two candidates share a docID both are the same. Equal scores give the expectation over their
    /// orders.
    public func docIDRAt(_ k: Int) -> Double? {
        precondition(k >= 1, "k must be at least 1, is \(k)")
        guard k <= gold.count else { return nil }
        // Of the equal scores that reach over position k, so many come before it.
        let group = positions[predicted[k - 1]]
        let slots = k - group.lowerBound
        guard let wanted = docIDs(gold.prefix(k)), let sure = docIDs(predicted[..<group.lowerBound]),
            let tied = docIDs(predicted[group])
        else { return nil }
        // In the order of the gold ranking: a dictionary's own order differs from one run to the next.
        var seen: Set<Int> = []
        let common = gold.prefix(k).compactMap { candidates[$0].docID }.filter { seen.insert($0).inserted }
            .reduce(0) { sum, docID in
                let draw = Hypergeometric(
                    marked: tied[docID] ?? 0, of: group.count, drawn: slots)
                return sum + draw.mean { Double(min(wanted[docID] ?? 0, (sure[docID] ?? 0) + $0)) }
            }
        return common / Double(k)
    }

    /// How often each docID stands at these places; nil where one has none.
    private func docIDs(_ places: some Sequence<Int>) -> [Int: Int]? {
        var counts: [Int: Int] = [:]
        for place in places {
            guard let docID = candidates[place].docID else { return nil }
            counts[docID, default: 0] += 1
        }
        return counts
    }
}

/// How many marked ones are among `drawn` drawn without replacement from `total`, of which `marked` are marked.
private struct Hypergeometric {
    let marked: Int
    let total: Int
    let drawn: Int

    init(marked: Int, of total: Int, drawn: Int) {
        self.marked = marked
        self.total = total
        self.drawn = drawn
    }

    /// The mean of `value` over the distribution. Probabilities are taken relative to the most probable number's, which
    /// neither overflow nor vanish as products of binomials do.
    func mean(_ value: (Int) -> Double) -> Double {
        let (low, high) = (max(0, drawn - (total - marked)), min(marked, drawn))
        // The mode of a hypergeometric distribution. From it probabilities fall to both sides, so that no weight
        // exceeds 1.
        let mode = min(high, max(low, (marked + 1) * (drawn + 1) / (total + 2)))
        var (sum, weights) = (value(mode), 1.0)
        var weight = 1.0
        for number in mode..<high {
            weight *= ratio(number)
            weights += weight
            sum += weight * value(number + 1)
        }
        weight = 1
        for number in (low..<mode).reversed() {
            weight /= ratio(number)
            weights += weight
            sum += weight * value(number)
        }
        return sum / weights
    }

    /// The probability of `number + 1` over that of `number`.
    private func ratio(_ number: Int) -> Double {
        // With M marked of N and n drawn, x are marked with probability C(M, x) C(N - M, n - x) / C(N, n): of the ratio
        // of two neighbours these factors are left.
        Double((marked - number) * (drawn - number))
            / Double((number + 1) * (total - marked - drawn + number + 1))
    }
}
