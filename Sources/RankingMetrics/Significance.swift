import Foundation

/// p values of the null hypothesis that two rankers do not differ, from their paired differences by query
/// (Smucker, Allan and Carterette 2007, DOI 10.1145/1321440.1321528), all two-sided.
public enum Significance {
    /// Paired randomisation test: how often flipping signs at random gives a mean as far from 0 as the observed.
    ///
    /// All 2^m sign patterns of the m differences that are not 0 are tried where they are no more than
    /// `resamples`; otherwise as many random ones, the observed counted among them, so p is never 0. Sums that
    /// differ from the observed by rounding alone count as equal. p is 1 for no difference at all.
    public static func randomizationTest(_ differences: [Double], resamples: Int = 10_000, seed: UInt64 = 1)
        -> Double
    {
        precondition(resamples >= 1, "resamples must be at least 1, is \(resamples)")
        let moved = differences.filter { $0 != 0 }
        let observed = abs(moved.reduce(0, +))
        // A pattern that equals the observed one adds up in another order and may differ from it in the last bits.
        let reached = observed - 1e-9 * moved.reduce(0) { $0 + abs($1) }
        // The bound comes first because shifting a 1 by 64 places or more gives 0.
        if moved.count < 40, 1 << moved.count <= resamples {
            let patterns = 1 << moved.count
            let extreme = (0..<patterns).count { pattern in
                abs(flippedSum(moved) { pattern >> $0 & 1 == 1 }) >= reached
            }
            return Double(extreme) / Double(patterns)
        }
        var generator = SplitMix64(state: seed)
        // The observed pattern is one of them.
        var extreme = 1
        for _ in 0..<resamples {
            var bits: UInt64 = 0
            let sum = flippedSum(moved) { index in
                // A number of the generator decides 64 signs.
                if index % 64 == 0 { bits = generator.next() }
                return bits >> UInt64(index % 64) & 1 == 1
            }
            if abs(sum) >= reached { extreme += 1 }
        }
        return Double(extreme) / Double(resamples + 1)
    }

    private static func flippedSum(_ values: [Double], _ flips: (Int) -> Bool) -> Double {
        var sum = 0.0
        for (index, value) in values.enumerated() { sum += flips(index) ? -value : value }
        return sum
    }

    /// Student's paired t test: t = mean / (s / sqrt(n)) with n - 1 degrees of freedom.
    ///
    /// - Returns: nil for fewer than two differences. Where all are equal t is infinite and p is 0, or 1 if all
    ///   are 0.
    public static func pairedTTest(_ differences: [Double]) -> (t: Double, p: Double)? {
        let n = Double(differences.count)
        guard n >= 2 else { return nil }
        let mean = differences.reduce(0, +) / n
        let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        guard variance > 0 else { return mean == 0 ? (0, 1) : (mean > 0 ? .infinity : -.infinity, 0) }
        let t = mean / (variance / n).squareRoot()
        // Student's distribution: p = I_x(n/2, 1/2) at x = n / (n + t^2) with n degrees of freedom.
        return (t, regularizedIncompleteBeta(x: (n - 1) / (n - 1 + t * t), a: (n - 1) / 2, b: 0.5))
    }

    /// Holm's correction of several p values (Holm 1979, JSTOR 4615733): each is to be held against the level that
    /// all tests together may reach. Order is kept.
    public static func holm(_ p: [Double]) -> [Double] {
        var adjusted = p
        var highest = 0.0
        for (position, index) in p.indices.sorted(by: { p[$0] < p[$1] }).enumerated() {
            // An adjusted p is never below that of a smaller p, or a test could be rejected before one that says more.
            highest = max(highest, min(1, Double(p.count - position) * p[index]))
            adjusted[index] = highest
        }
        return adjusted
    }
}

/// I_x(a, b) by its continued fraction, evaluated by Lentz's method (DLMF 8.17.22, https://dlmf.nist.gov/8.17).
private func regularizedIncompleteBeta(x: Double, a: Double, b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // The fraction converges fast below the mean of the distribution; above it, by symmetry.
    guard x <= (a + 1) / (a + b + 2) else { return 1 - regularizedIncompleteBeta(x: 1 - x, a: b, b: a) }
    // By logarithms, since the gamma function of a few hundred degrees of freedom overflows.
    let front = exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a
    let tiny = 1e-300
    var (f, c, d) = (1.0, 1.0, 0.0)
    for index in 0...10_000 {
        let m = Double(index / 2)
        let numerator =
            index == 0
            ? 1
            : index % 2 == 0
                ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 + numerator * d
        // Lentz's method divides by these, so a denominator of 0 is replaced by a number too small to matter.
        d = 1 / (abs(d) < tiny ? tiny : d)
        c = 1 + numerator / c
        if abs(c) < tiny { c = tiny }
        f *= c * d
        if abs(1 - c * d) < 1e-15 { break }
    }
    // The evaluation began at 1 and not at 0, which Lentz's method cannot start from.
    return front * (f - 1)
}
