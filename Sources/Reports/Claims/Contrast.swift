import RankingMetrics

/// A weighted sum of metrics of rows, say R@1 of one row minus R@1 of another.
struct Contrast {
    struct Term {
        var weight: Double
        var runs: [FinishedRun]
        var metric: Metric
    }

    var terms: [Term]

    /// The mean of one metric over a row's seeds.
    static func mean(_ runs: [FinishedRun], _ metric: Metric) -> Contrast {
        Contrast(terms: [Term(weight: 1, runs: runs, metric: metric)])
    }

    /// The sum's value, seeds averaged, or nil if a term has no run or a run lacks the metric.
    var value: Double? {
        var sum = 0.0
        for term in terms {
            guard let mean = term.mean({ $0.value }) else { return nil }
            sum += term.weight * mean
        }
        return terms.isEmpty ? nil : sum
    }

    /// The standard deviation (n - 1) over the seeds of a single row's metric; nil for sums of rows.
    var spread: Double? {
        guard let only = terms.first, terms.count == 1, only.runs.count > 1, let mean = value else {
            return nil
        }
        let values = only.runs.compactMap { $0.estimates[only.metric]?.value }
        let squares = values.reduce(0) { $0 + (only.weight * $1 - mean) * (only.weight * $1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }
}

extension Contrast.Term {
    fileprivate func mean(_ part: (Estimate) -> Double?) -> Double? {
        let values = runs.compactMap { $0.estimates[metric].flatMap(part) }
        // A mean over some of the seeds would be compared with means over all of them.
        guard !runs.isEmpty, values.count == runs.count else { return nil }
        return values.reduce(0, +) / Double(values.count)
    }
}

extension ResultsReader {
    /// The contrast with its 95 % interval; nil if a run or a metric is missing.
    ///
    /// Where every run keeps its queries' values and they are of the same queries, these are resampled together, seeds
    /// averaged: a paired bootstrap. A metric that some of the queries lack is a mean over the others in each resample.
    /// Otherwise the terms' own intervals are combined as independent ones (Zou and Donner 2008, DOI 10.1002/sim.3095). For
    /// the difference of two runs on the same queries that is as a rule too wide; for a sum it may be too narrow.
    func estimate(_ contrast: Contrast) throws -> Estimate? {
        guard let value = contrast.value else { return nil }
        // A single run's interval is in the database since its evaluation.
        if let only = contrast.terms.first, contrast.terms.count == 1, only.weight == 1, only.runs.count == 1
        {
            return only.runs[0].estimates[only.metric]
        }
        var estimate = combined(contrast, value)
        if let interval = try pairedInterval(contrast) { (estimate.low, estimate.high) = interval }
        estimate.spread = contrast.spread
        return estimate
    }

    private func pairedInterval(_ contrast: Contrast) throws -> (low: Double, high: Double)? {
        var terms: [(weight: Double, values: [String: Double])] = []
        for term in contrast.terms {
            var sums: [String: Double] = [:]
            for (index, run) in term.runs.enumerated() {
                let values = try queryValues(run, term.metric)
                if index == 0 { sums = values.mapValues { _ in 0 } }
                guard !values.isEmpty, values.count == sums.count else { return nil }
                for (query, value) in values {
                    guard let sum = sums[query] else { return nil }
                    sums[query] = sum + value / Double(term.runs.count)
                }
            }
            terms.append((term.weight, sums))
        }
        // By name, because draws go by place: the order of a dictionary changes with each process, and so would the
        // interval.
        guard let all = terms.max(by: { $0.values.count < $1.values.count })?.values.keys.sorted() else {
            return nil
        }
        let known = Set(all)
        // Metrics may lack some of the queries (those with fewer than k documents); other queries are another evaluation.
        guard terms.allSatisfy({ $0.values.keys.allSatisfy(known.contains) }) else { return nil }
        guard terms.contains(where: { $0.values.count < all.count }) else {
            return bootstrapInterval(
                all.map { query in terms.reduce(0) { $0 + $1.weight * $1.values[query, default: 0] } })
        }
        return bootstrapInterval(ofSum: terms.map { term in (term.weight, all.map { term.values[$0] }) })
    }

    private func combined(_ contrast: Contrast, _ value: Double) -> Estimate {
        var (below, above) = (0.0, 0.0)
        for term in contrast.terms {
            guard let middle = term.mean({ $0.value }), let low = term.mean({ $0.low }),
                let high = term.mean({ $0.high })
            else { return Estimate(value: value, low: nil, high: nil) }
            // Zou and Donner's bounds: squares of the distances from each term's value to its bound are added. A term
            // that is subtracted is at its most where the sum is at its least.
            let (down, up) = (term.weight * (middle - low), term.weight * (high - middle))
            below += term.weight >= 0 ? down * down : up * up
            above += term.weight >= 0 ? up * up : down * down
        }
        return Estimate(value: value, low: value - below.squareRoot(), high: value + above.squareRoot())
    }
}
