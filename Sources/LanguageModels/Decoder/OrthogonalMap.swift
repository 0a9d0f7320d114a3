/// Random matrices made orthogonal.
enum OrthogonalMap {
    /// Replaces a matrix by one whose shorter side's vectors span the same space, are orthogonal and have one length: that which
    /// leaves the matrix's sum of squares as it was.
    ///
    /// - Parameters:
    ///   - matrix: [rows, columns] of full rank, as random numbers are, row-major.
    ///   - stride: Numbers from the start of one row to that of the next.
    static func replace(_ matrix: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int) {
        // Vectors are rows, or columns where these are fewer.
        let count = min(rows, columns)
        let length = max(rows, columns)
        let (ofVector, ofNumber) = rows <= columns ? (stride, 1) : (1, stride)
        var vectors = (0..<count).map { vector in
            (0..<length).map { Double(matrix[vector * ofVector + $0 * ofNumber]) }
        }
        let squares = vectors.joined().reduce(0) { $0 + $1 * $1 }
        for vector in 0..<count {
            // Once more, because rounding leaves the first result a little oblique.
            for _ in 0..<2 {
                for earlier in 0..<vector {
                    let product = zip(vectors[vector], vectors[earlier]).reduce(0) { $0 + $1.0 * $1.1 }
                    for index in 0..<length {
                        vectors[vector][index] -= product * vectors[earlier][index]
                    }
                }
                let norm = vectors[vector].reduce(0) { $0 + $1 * $1 }.squareRoot()
                for index in 0..<length { vectors[vector][index] /= norm }
            }
        }
        let size = (squares / Double(count)).squareRoot()
        for vector in 0..<count {
            for index in 0..<length {
                matrix[vector * ofVector + index * ofNumber] = Float(size * vectors[vector][index])
            }
        }
    }
}
