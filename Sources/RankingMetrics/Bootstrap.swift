/// Percentile bootstrap of means over queries (Efron 1979, DOI 10.1214/aos/1176344552).
///
/// All columns are resampled together: a resample draws queries with replacement, once for all
/// metrics. The same seed gives the same intervals on every machine.
///
/// - Parameters:
///   - columns: For each metric its value of every query; all of one length.
///   - level: Share of resampled means inside the interval.
/// - Returns: For each column the interval, or nil where there is no query. One query gives an
///   interval of no width.
public func bootstrapIntervals(
    _ columns: [[Double]], resamples: Int = 1000, level: Double = 0.95, seed: UInt64 = 1
) -> [(low: Double, high: Double)?] {
    precondition(resamples >= 1 && level > 0 && level < 1, "resamples \(resamples), level \(level)")
    guard let count = columns.first?.count, count > 0 else { return columns.map { _ in nil } }
    precondition(columns.allSatisfy { $0.count == count }, "columns differ in length")
    var means = columns.map { _ in [Double]() }
    var generator = SplitMix64(state: seed)
    var draws = [Double](repeating: 0, count: count)
    for _ in 0..<resamples {
        // How often each query is drawn serves all columns, so that one resample is one set of queries for every
        // metric.
        for index in draws.indices { draws[index] = 0 }
        for _ in 0..<count { draws[Int(generator.next(below: UInt64(count)))] += 1 }
        for (column, values) in columns.enumerated() {
            var sum = 0.0
            for index in 0..<count { sum += draws[index] * values[index] }
            means[column].append(sum / Double(count))
        }
    }
    return means.map { percentileInterval($0.sorted(), level: level) }
}

/// The same where queries may lack a metric: each column's interval is of the mean over the queries that have it.
///
/// Columns that the same queries have are resampled together; a column that all have gets the interval above.
public func bootstrapIntervals(
    whereKnown columns: [[Double?]], resamples: Int = 1000, level: Double = 0.95, seed: UInt64 = 1
) -> [(low: Double, high: Double)?] {
    var groups: [[Bool]: [Int]] = [:]
    for (index, column) in columns.enumerated() {
        groups[column.map { $0 != nil }, default: []].append(index)
    }
    var intervals: [(low: Double, high: Double)?] = columns.map { _ in nil }
    for members in groups.values {
        let present = members.map { columns[$0].compactMap { $0 } }
        // Each group starts from the same seed, so the order of a dictionary, which changes with each process, does not
        // matter.
        let found = bootstrapIntervals(present, resamples: resamples, level: level, seed: seed)
        for (index, interval) in zip(members, found) { intervals[index] = interval }
    }
    return intervals
}

/// The interval of one column. A column without queries is a programmer's mistake.
public func bootstrapInterval(
    _ values: [Double], resamples: Int = 1000, level: Double = 0.95, seed: UInt64 = 1
) -> (low: Double, high: Double) {
    precondition(!values.isEmpty, "an interval needs at least one value")
    return bootstrapIntervals([values], resamples: resamples, level: level, seed: seed)[0]!
}

/// The interval of a weighted sum of means, each over the queries that have its metric, where all queries are resampled together.
///
/// - Parameter columns: Weights, and values by query, nil for a query without the metric; all of one length.
/// - Returns: nil where a metric has no query.
public func bootstrapInterval(
    ofSum columns: [(weight: Double, values: [Double?])], resamples: Int = 1000, level: Double = 0.95,
    seed: UInt64 = 1
) -> (low: Double, high: Double)? {
    guard let count = columns.first?.values.count, count > 0 else { return nil }
    precondition(columns.allSatisfy { $0.values.count == count }, "columns differ in length")
    guard columns.allSatisfy({ $0.values.contains { $0 != nil } }) else { return nil }
    var sums: [Double] = []
    var generator = SplitMix64(state: seed)
    var draws = [Double](repeating: 0, count: count)
    for _ in 0..<resamples {
        for index in draws.indices { draws[index] = 0 }
        for _ in 0..<count { draws[Int(generator.next(below: UInt64(count)))] += 1 }
        var total = 0.0
        for column in columns {
            var (sum, drawn) = (0.0, 0.0)
            for (index, value) in column.values.enumerated() {
                guard let value else { continue }
                sum += draws[index] * value
                drawn += draws[index]
            }
            // Not a number where none of a metric's few queries was drawn: such a resample says nothing.
            total += column.weight * sum / drawn
        }
        if total.isFinite { sums.append(total) }
    }
    return sums.isEmpty ? nil : percentileInterval(sums.sorted(), level: level)
}

private func percentileInterval(_ sorted: [Double], level: Double) -> (low: Double, high: Double) {
    let tail = (1 - level) / 2
    let last = Double(sorted.count - 1)
    // Rounded outwards: the interval holds at least its share of the resampled means.
    return (sorted[Int((tail * last).rounded(.down))], sorted[Int(((1 - tail) * last).rounded(.up))])
}
