/// A system A x > 0 of strict homogeneous inequalities, and a proof of which is the case: it has a solution, or it
/// has none.
///
/// Proofs are exact although they are computed in double precision: a sum or a determinant counts as positive only
/// where it exceeds a bound on all its rounding errors. What lies between the bounds is `unknown`.
public struct StrictSystem: Sendable {
    /// What was proved of a system.
    public enum Proof: Equatable, Sendable {
        /// This x solves the system.
        case solution([Double])
        /// A combination of these rows with positive weights is 0 (Gordan's theorem, Farkas's lemma for strict
        /// inequalities), so no x is on the positive side of all.
        case contradiction(rows: [Int])
        case unknown
    }

    /// [inequalities, unknowns]; the numbers are taken as exact.
    public let rows: [[Double]]
    /// Numbers of a row; at least 1.
    public let unknowns: Int

    /// Sets of rows looked through where the nearest point leaves the case open.
    private static let mostSubsets = 5_000
    private static let unitRoundoff = 0x1p-53

    /// - Parameter rows: At least one, all of one length of 1 or more.
    public init(rows: [[Double]]) {
        precondition(!rows.isEmpty && !rows[0].isEmpty, "a system has an inequality and an unknown")
        precondition(rows.allSatisfy { $0.count == rows[0].count }, "rows must have one length")
        self.rows = rows
        unknowns = rows[0].count
    }

    /// Looks for a solution and for a contradiction; what it finds has been checked against all rounding errors.
    public func decide() -> Proof {
        // 0 > 0 never holds, and the nearest point needs rows that have a length.
        if let zero = rows.firstIndex(where: { $0.allSatisfy { $0 == 0 } }) {
            return .contradiction(rows: [zero])
        }
        let nearest = NearestPoint(rows: rows)
        if isSolution(nearest.point) { return .solution(nearest.point) }
        if isContradiction(nearest.corral) { return .contradiction(rows: nearest.corral.sorted()) }
        // Where rows are degenerate the corral may be too small to prove anything.
        guard let found = contradictionAmongAll() else { return .unknown }
        return .contradiction(rows: found)
    }

    /// Whether x is certain to solve the system.
    public func isSolution(_ x: [Double]) -> Bool {
        rows.allSatisfy { row in
            var (sum, size) = (0.0, 0.0)
            for (left, right) in zip(row, x) {
                sum += left * right
                size += abs(left * right)
            }
            // The error of a sum of n products is at most n u times the sum of their sizes, but for terms of u^2; that
            // of `size` itself likewise. Twice the bound covers both.
            return sum > 2 * Double(unknowns + 1) * StrictSystem.unitRoundoff * size
        }
    }

    /// Whether a combination of these rows with positive weights is certain to be 0.
    ///
    /// Of n + 1 rows in n unknowns the weights are the minors with alternating signs (Cramer's rule): all must have
    /// one sign.
    public func isContradiction(_ chosen: [Int]) -> Bool {
        guard chosen.count == unknowns + 1 else {
            return chosen.count == 1 && rows[chosen[0]].allSatisfy { $0 == 0 }
        }
        var first: Int?
        for index in chosen.indices {
            let minor = chosen.indices.filter { $0 != index }.map { rows[chosen[$0]] }
            let sign = StrictSystem.sign(ofDeterminant: minor) * (index.isMultiple(of: 2) ? 1 : -1)
            guard sign != 0, sign == first ?? sign else { return false }
            first = sign
        }
        return true
    }

    /// 1 or -1 where the determinant is certain to have that sign, else 0.
    static func sign(ofDeterminant matrix: [[Double]]) -> Int {
        let n = matrix.count
        // By subsets of columns: expanding along the last of the first |subset| rows, for the determinant and for the
        // sum of its terms' sizes.
        var determinant = [Double](repeating: 0, count: 1 << n)
        var size = determinant
        (determinant[0], size[0]) = (1, 1)
        for subset in 1..<(1 << n) {
            let row = matrix[subset.nonzeroBitCount - 1]
            for column in 0..<n where subset >> column & 1 == 1 {
                let rest = subset & ~(1 << column)
                let later = (subset >> (column + 1)).nonzeroBitCount
                let term = row[column] * determinant[rest]
                determinant[subset] += later.isMultiple(of: 2) ? term : -term
                size[subset] += abs(row[column]) * size[rest]
            }
        }
        // n levels of n products and sums each: every term has gone through at most n (n + 1) roundings.
        let error = 2 * Double(n * (n + 1)) * unitRoundoff * size[(1 << n) - 1]
        let value = determinant[(1 << n) - 1]
        return value > error ? 1 : value < -error ? -1 : 0
    }

    /// The first contradiction among all sets of n + 1 rows, unless they are too many to look through.
    private func contradictionAmongAll() -> [Int]? {
        // In floating point, where the number of sets cannot overflow.
        var subsets = 1.0
        for index in 0..<min(unknowns + 1, rows.count) {
            subsets *= Double(rows.count - index) / Double(index + 1)
        }
        guard rows.count > unknowns, subsets <= Double(StrictSystem.mostSubsets) else { return nil }
        var chosen = Array(0...unknowns)
        while true {
            if isContradiction(chosen) { return chosen }
            // The next set in lexicographic order: the last index that can rises by one, and
            // those behind follow close by.
            guard let moving = chosen.indices.last(where: { chosen[$0] < rows.count - chosen.count + $0 })
            else { return nil }
            let start = chosen[moving] + 1
            for index in moving..<chosen.count { chosen[index] = start + index - moving }
        }
    }
}
