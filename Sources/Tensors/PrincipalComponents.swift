import COpenBLAS

/// The axes in which rows differ most, about their mean.
public struct PrincipalComponents: Sendable {
    /// The numbers of a row.
    public let width: Int
    /// The number of axes.
    public let count: Int
    private let mean: [Double]
    /// [count, width], the axis of the largest variance first.
    private let axes: FloatBuffer

    /// - Parameters:
    ///   - values: [rows, width], row-major; at least one row.
    ///   - kept: The axes; at most `width`.
    public init(of values: FloatBuffer, width: Int, kept: Int) {
        let rows = values.count / width
        precondition(
            rows > 0 && rows * width == values.count, "\(values.count) values are no rows of \(width)")
        precondition((1...width).contains(kept), "\(kept) axes of \(width)")
        var mean = [Double](repeating: 0, count: width)
        for row in 0..<rows {
            for column in 0..<width { mean[column] += Double(values[row * width + column]) }
        }
        for column in 0..<width { mean[column] /= Double(rows) }
        let centred = Self.centred(values, mean)
        let covariance = FloatBuffer(count: width * width)
        sgemm(
            .yes, .no, width, width, rows, centred.base, lda: width, centred.base, ldb: width,
            covariance.base, ldc: width)
        self.mean = mean
        self.width = width
        count = kept
        axes = largestAxes(of: covariance, order: width, kept: kept)
    }

    /// The coordinates of rows along the axes: [rows, count].
    public func coordinates(of values: FloatBuffer) -> FloatBuffer {
        let rows = values.count / width
        let centred = Self.centred(values, mean)
        let coordinates = FloatBuffer(count: rows * count)
        sgemm(
            .no, .yes, rows, count, width, centred.base, lda: width, axes.base, ldb: width, coordinates.base,
            ldc: count)
        return coordinates
    }

    private static func centred(_ values: FloatBuffer, _ mean: [Double]) -> FloatBuffer {
        let (result, width) = (FloatBuffer(count: values.count), mean.count)
        for row in 0..<values.count / width {
            for column in 0..<width {
                let place = row * width + column
                result.base[place] = Float(Double(values[place]) - mean[column])
            }
        }
        return result
    }
}

/// The eigenvectors of the largest eigenvalues of a symmetric matrix as rows, [kept, order].
private func largestAxes(of matrix: FloatBuffer, order: Int, kept: Int) -> FloatBuffer {
    var vectors = matrix.array.map(Double.init)
    var values = [Double](repeating: 0, count: order)
    var (n, size, status) = (Int32(order), Int32(max(1, 34 * order)), Int32(0))
    var work = [Double](repeating: 0, count: Int(size))
    dsyev_("V", "L", &n, &vectors, &n, &values, &work, &size, &status, 1, 1)
    // Of a matrix of finite numbers LAPACK's iteration fails in theory alone.
    precondition(status == 0, "dsyev failed with \(status)")
    let axes = FloatBuffer(count: kept * order)
    for axis in 0..<kept {
        // Eigenvalues ascend, and each vector is a column in Fortran's order: so many numbers that lie together.
        let vector = vectors[((order - 1 - axis) * order)...].prefix(order)
        // An eigenvector is known but for its sign; here its largest number is positive.
        let largest = vector.max { abs($0) < abs($1) } ?? 0
        for (column, value) in vector.enumerated() {
            axes.base[axis * order + column] = Float(largest < 0 ? -value : value)
        }
    }
    return axes
}
