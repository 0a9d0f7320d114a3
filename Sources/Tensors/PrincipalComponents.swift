import COpenBLAS

/// Vectors in fewer numbers, by the directions in which they vary most.
public enum PrincipalComponents {
    /// Each vector, less the mean of all, in the coordinates of the covariance's first eigenvectors.
    ///
    /// Inner products of the results are those of the centred vectors, as far as so few numbers can tell them. Eigenvectors
    /// are LAPACK's (`dsyev`), whose signs are arbitrary and always the same.
    /// - Parameters:
    ///   - vectors: [count, width], row-major.
    ///   - components: At most `width`.
    /// - Returns: [count, components], row-major.
    public static func project(_ vectors: FloatBuffer, width: Int, onto components: Int) -> FloatBuffer {
        precondition(components <= width && vectors.count % width == 0, "rows of at least as many numbers")
        let count = vectors.count / width
        let centred = centred(vectors, count, width)
        let covariance = FloatBuffer(count: width * width)
        sgemm(
            .yes, .no, width, width, count, centred.base, lda: width, centred.base, ldb: width,
            covariance.base, ldc: width)
        let directions = eigenvectors(covariance, width, components)
        let projected = FloatBuffer(count: count * components)
        sgemm(
            .no, .yes, count, components, width, centred.base, lda: width, directions.base, ldb: width,
            projected.base, ldc: components)
        return projected
    }

    private static func centred(_ vectors: FloatBuffer, _ count: Int, _ width: Int) -> FloatBuffer {
        var mean = [Double](repeating: 0, count: width)
        for row in 0..<count {
            for column in 0..<width { mean[column] += Double(vectors[row * width + column]) }
        }
        let centred = FloatBuffer(count: count * width)
        for row in 0..<count {
            for column in 0..<width {
                centred[row * width + column] =
                    vectors[row * width + column] - Float(mean[column] / Double(max(1, count)))
            }
        }
        return centred
    }

    /// The eigenvectors of the largest eigenvalues, the largest first, one a row.
    private static func eigenvectors(_ symmetric: FloatBuffer, _ width: Int, _ wanted: Int) -> FloatBuffer {
        var matrix = symmetric.array.map(Double.init)
        var values = [Double](repeating: 0, count: width)
        // What LAPACK asks for at least is 3 width - 1; with more it works in blocks.
        var work = [Double](repeating: 0, count: 64 * width)
        var (order, size, status) = (blasint(width), blasint(work.count), blasint(0))
        dsyev_("V", "U", &order, &matrix, &order, &values, &work, &size, &status, 1, 1)
        precondition(status == 0, "no eigenvectors of a matrix of numbers: \(status)")
        // They come by ascending eigenvalues, each a column of LAPACK's column-major matrix, so a row of ours.
        let sorted = FloatBuffer(count: wanted * width)
        for place in 0..<wanted {
            let row = (width - 1 - place) * width
            for column in 0..<width { sorted[place * width + column] = Float(matrix[row + column]) }
        }
        return sorted
    }
}
