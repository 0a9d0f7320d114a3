import COpenBLAS

/// The directions in which vectors vary most, and vectors in these coordinates, which are fewer numbers.
public struct PrincipalComponents: Sendable, Equatable {
    /// The mean of the vectors that the directions are of; [width].
    public let mean: [Float]
    /// Unit vectors, the direction of the largest variance first; [components, width], row-major.
    public let directions: [Float]

    /// Numbers of a vector.
    public var width: Int { mean.count }
    /// Numbers of a vector in these coordinates.
    public var components: Int { directions.count / max(1, width) }

    /// Those of another program's or a file's.
    ///
    /// - Parameter directions: Rows of as many numbers as `mean` has.
    public init(mean: [Float], directions: [Float]) {
        precondition(
            !mean.isEmpty && directions.count % mean.count == 0, "rows of \(mean.count) numbers")
        self.mean = mean
        self.directions = directions
    }

    /// The first eigenvectors of the covariance of `vectors`: LAPACK's (`dsyev`), whose signs are arbitrary and always the same.
    ///
    /// - Parameters:
    ///   - vectors: [count, width], row-major.
    ///   - components: At most `width`.
    public init(of vectors: FloatBuffer, width: Int, components: Int) {
        precondition(components <= width && vectors.count % width == 0, "rows of at least as many numbers")
        let count = vectors.count / width
        var sums = [Double](repeating: 0, count: width)
        for row in 0..<count {
            for column in 0..<width { sums[column] += Double(vectors.base[row * width + column]) }
        }
        mean = sums.map { Float($0 / Double(max(1, count))) }
        let covariance = FloatBuffer(count: width * width)
        // A block at a time: the vectors less their mean need not fit into memory a second time.
        for first in stride(from: 0, to: count, by: Self.block) {
            let rows = min(Self.block, count - first)
            let centred = Self.centred(vectors, first..<first + rows, mean)
            sgemm(
                .yes, .no, width, width, rows, centred.base, lda: width, centred.base, ldb: width,
                beta: first == 0 ? 0 : 1, covariance.base, ldc: width)
        }
        directions = Self.eigenvectors(covariance, width, components)
    }

    /// Each vector, less the mean, in the directions' coordinates.
    ///
    /// Inner products of the results are those of the centred vectors, as far as so few numbers can tell them.
    /// - Parameter vectors: [count, width], row-major.
    /// - Returns: [count, components], row-major.
    public func project(_ vectors: FloatBuffer) -> FloatBuffer {
        precondition(vectors.count % width == 0, "rows of \(width) numbers")
        let count = vectors.count / width
        let projected = FloatBuffer(count: count * components)
        for first in stride(from: 0, to: count, by: Self.block) {
            let rows = min(Self.block, count - first)
            let centred = Self.centred(vectors, first..<first + rows, mean)
            sgemm(
                .no, .yes, rows, components, width, centred.base, lda: width, directions, ldb: width,
                projected.base + first * components, ldc: components)
        }
        return projected
    }

    /// As `project`, each result scaled to length 1; that of a vector that is the mean stays 0.
    public func projectToUnitLength(_ vectors: FloatBuffer) -> FloatBuffer {
        let projected = project(vectors)
        for row in 0..<projected.count / components {
            let own = projected.base + row * components
            let length = (0..<components).reduce(Float(0)) { $0 + own[$1] * own[$1] }.squareRoot()
            guard length > 0 else { continue }
            for index in 0..<components { own[index] /= length }
        }
        return projected
    }

    /// Vectors that are centred at once.
    private static let block = 16_384

    private static func centred(_ vectors: FloatBuffer, _ rows: Range<Int>, _ mean: [Float]) -> FloatBuffer {
        let width = mean.count
        let centred = FloatBuffer(count: rows.count * width)
        for (place, row) in rows.enumerated() {
            for column in 0..<width {
                centred.base[place * width + column] = vectors.base[row * width + column] - mean[column]
            }
        }
        return centred
    }

    /// The eigenvectors of the largest eigenvalues, the largest first, one a row.
    private static func eigenvectors(_ symmetric: FloatBuffer, _ width: Int, _ wanted: Int) -> [Float] {
        var matrix = symmetric.array.map(Double.init)
        var values = [Double](repeating: 0, count: width)
        // What LAPACK asks for at least is 3 width - 1; with more it works in blocks.
        var work = [Double](repeating: 0, count: 64 * width)
        var (order, size, status) = (blasint(width), blasint(work.count), blasint(0))
        dsyev_("V", "U", &order, &matrix, &order, &values, &work, &size, &status, 1, 1)
        precondition(status == 0, "no eigenvectors of a matrix of numbers: \(status)")
        // They come by ascending eigenvalues, each a column of LAPACK's column-major matrix, so a row of ours.
        return (0..<wanted).flatMap { place in
            let row = (width - 1 - place) * width
            return matrix[row..<row + width].map(Float.init)
        }
    }
}
