import Foundation
import RankingData
import Tensors

@testable import ProductSearch

/// Vectors in memory.
struct EmbeddingMatrix: EmbeddingSource {
    /// Rows; may be 0.
    let count: Int
    /// Numbers of a row; at least 1.
    let width: Int
    private let values: FloatBuffer

    /// SHA-256 of the scaled rows and of their width.
    var fingerprint: String {
        // The same numbers in rows of another width are other vectors.
        Fingerprint.of(Data(bytes: values.base, count: 4 * values.count) + Data("\(width)".utf8))
    }

    /// - Parameter values: Row-major; rows need not have length 1 yet. A row of zeros stays one.
    init(_ values: [Float], width: Int) {
        precondition(
            width >= 1 && values.count % width == 0, "\(values.count) values are no rows of \(width)")
        self.width = width
        count = values.count / width
        self.values = FloatBuffer(values)
        for row in 0..<count { NPYFile.normalise(self.values.base + row * width, width) }
    }

    func read(_ rows: Range<Int>, to target: UnsafeMutablePointer<Float>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "rows \(rows) are not all there")
        target.update(from: values.base + rows.lowerBound * width, count: rows.count * width)
    }
}
