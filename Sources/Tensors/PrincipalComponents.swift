import COpenBLAS

/// The coordinates of rows along the axes in which they differ most, about their mean: [rows, `kept`], the axis of the largest
/// variance first.
///
/// - Parameters:
///   - values: [rows, width], row-major; at least one row.
///   - kept: The axes; at most `width`.
public func principalComponents(of values: FloatBuffer, width: Int, kept: Int) -> FloatBuffer {
    let rows = values.count / width
    precondition(rows > 0 && rows * width == values.count, "\(values.count) values are no rows of \(width)")
    precondition((1...width).contains(kept), "\(kept) axes of \(width)")
    let centred = centred(values, rows: rows, width: width)
    let covariance = FloatBuffer(count: width * width)
    sgemm(
        .yes, .no, width, width, rows, centred.base, lda: width, centred.base, ldb: width, covariance.base,
        ldc: width)
    let axes = largestAxes(of: covariance, order: width, kept: kept)
    let coordinates = FloatBuffer(count: rows * kept)
    sgemm(
        .no, .yes, rows, kept, width, centred.base, lda: width, axes.base, ldb: width, coordinates.base,
        ldc: kept)
    return coordinates
}

private func centred(_ values: FloatBuffer, rows: Int, width: Int) -> FloatBuffer {
    var mean = [Double](repeating: 0, count: width)
    for row in 0..<rows { for column in 0..<width { mean[column] += Double(values[row * width + column]) } }
    let result = FloatBuffer(count: values.count)
    for row in 0..<rows {
        for column in 0..<width {
            let own = Double(values[row * width + column])
            result.base[row * width + column] = Float(own - mean[column] / Double(rows))
        }
    }
    return result
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
