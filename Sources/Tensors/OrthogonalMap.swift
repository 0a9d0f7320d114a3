import COpenBLAS

/// Random matrices made orthogonal.
public enum OrthogonalMap {
    /// Replaces a matrix by one whose shorter side's vectors span the same space, are orthogonal and have one length: that which
    /// leaves the matrix's sum of squares as it was.
    ///
    /// The vectors are those of Gram and Schmidt, by LAPACK's QR decomposition (`dgeqrf`, `dorgqr`).
    /// - Parameters:
    ///   - matrix: [rows, columns] of full rank, as random numbers are, row-major.
    ///   - stride: Numbers from the start of one row to that of the next.
    public static func replace(
        _ matrix: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int
    ) {
        // Vectors are rows, or columns where these are fewer: a column each of LAPACK's column-major matrix.
        let (count, length) = (min(rows, columns), max(rows, columns))
        let (ofVector, ofNumber) = rows <= columns ? (stride, 1) : (1, stride)
        var vectors = (0..<count * length).map { index in
            Double(matrix[index / length * ofVector + index % length * ofNumber])
        }
        let squares = vectors.reduce(0) { $0 + $1 * $1 }

        var (height, width, status) = (blasint(length), blasint(count), blasint(0))
        var reflectors = [Double](repeating: 0, count: count)
        var work = [Double](repeating: 0, count: 64 * count)
        var size = blasint(work.count)
        dgeqrf_(&height, &width, &vectors, &height, &reflectors, &work, &size, &status)
        precondition(status == 0, "no decomposition of a matrix of numbers: \(status)")
        // A vector's own coordinate in the new directions is positive with Gram and Schmidt, and has any sign here.
        let signs = (0..<count).map { vectors[$0 * length + $0] < 0 ? -1.0 : 1.0 }
        dorgqr_(&height, &width, &width, &vectors, &height, &reflectors, &work, &size, &status)
        precondition(status == 0, "no orthogonal vectors of a decomposition: \(status)")

        let norm = (squares / Double(count)).squareRoot()
        for vector in 0..<count {
            for index in 0..<length {
                matrix[vector * ofVector + index * ofNumber] = Float(
                    norm * signs[vector] * vectors[vector * length + index])
            }
        }
    }
}
