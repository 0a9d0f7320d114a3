/// The point of a polytope that is nearest to the origin (Wolfe 1976, DOI 10.1007/BF01580381).
///
/// For the rows of a homogeneous system A x > 0 the nearest point decides: if it is not the origin it solves the
/// system, and if it is, its corral names rows of which a positive combination is 0 (Gordan 1873). All is computed in
/// double precision and proves nothing: `StrictSystem` checks what comes out.
struct NearestPoint {
    /// Unit vectors, each of `dimension` numbers.
    let rows: [[Double]]
    let dimension: Int
    private(set) var point: [Double]
    /// The rows whose convex hull the point lies in, affinely independent, and their weights.
    private(set) var corral: [Int] = [0]
    private var weights: [Double] = [1]

    /// Weights below this count as 0.
    private static let negligible = 1e-13
    private static let mostSteps = 200

    /// - Parameter rows: At least one, none of them 0.
    init(rows: [[Double]]) {
        precondition(!rows.isEmpty, "a polytope has a point")
        // A row's length changes neither solutions nor contradictions; with all of length 1
        // one threshold suits every row.
        self.rows = rows.map { row in
            let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return row.map { $0 / length }
        }
        dimension = rows[0].count
        point = self.rows[0]
        search()
    }

    private mutating func search() {
        for _ in 0..<NearestPoint.mostSteps {
            let products = rows.map { dot($0, point) }
            guard let worst = products.indices.min(by: { products[$0] < products[$1] }) else { return }
            // A point that is on the positive side of all rows is a solution, nearest or not.
            if products[worst] > 0 || corral.contains(worst) { return }
            corral.append(worst)
            weights.append(0)
            guard descend() else { return }
            place()
        }
    }

    /// Moves to the nearest point of the corral's hull, dropping rows on the way; false if the corral is degenerate.
    private mutating func descend() -> Bool {
        while true {
            guard let target = affineMinimum() else { return false }
            guard target.contains(where: { $0 <= NearestPoint.negligible }) else {
                weights = target
                return true
            }
            // The whole way would make weights negative: the move ends where the first of them
            // is 0, and its row leaves the corral.
            var share = 1.0
            for (weight, wanted) in zip(weights, target) where wanted <= NearestPoint.negligible {
                share = min(share, weight / max(weight - wanted, NearestPoint.negligible))
            }
            weights = zip(weights, target).map { (1 - share) * $0 + share * $1 }
            let kept = weights.indices.filter { weights[$0] > NearestPoint.negligible }
            // In exact arithmetic a row always leaves; where rounding keeps all, this would go on for ever.
            guard !kept.isEmpty, kept.count < weights.count else { return false }
            corral = kept.map { corral[$0] }
            let sum = kept.reduce(0) { $0 + weights[$1] }
            weights = kept.map { weights[$0] / sum }
        }
    }

    /// The weights (summing to 1, of any sign) of the corral's affine combination nearest to the origin.
    private func affineMinimum() -> [Double]? {
        let count = corral.count
        // Wolfe's system: with G the inner products of the corral's rows, (1 1^T + G) w = 1 is solved by the wanted
        // weights up to their scale.
        var matrix = corral.map { row in corral.map { 1 + dot(rows[row], rows[$0]) } + [1] }
        for column in 0..<count {
            guard let pivot = (column..<count).max(by: { abs(matrix[$0][column]) < abs(matrix[$1][column]) }),
                abs(matrix[pivot][column]) > 1e-14
            else { return nil }
            matrix.swapAt(pivot, column)
            for row in 0..<count where row != column {
                let factor = matrix[row][column] / matrix[column][column]
                guard factor != 0 else { continue }
                for index in column...count { matrix[row][index] -= factor * matrix[column][index] }
            }
        }
        let solution = (0..<count).map { matrix[$0][count] / matrix[$0][$0] }
        let sum = solution.reduce(0, +)
        return solution.map { $0 / sum }
    }

    private mutating func place() {
        point = [Double](repeating: 0, count: dimension)
        for (row, weight) in zip(corral, weights) {
            for index in 0..<dimension { point[index] += weight * rows[row][index] }
        }
    }

    private func dot(_ left: [Double], _ right: [Double]) -> Double {
        var sum = 0.0
        for index in 0..<dimension { sum += left[index] * right[index] }
        return sum
    }
}
