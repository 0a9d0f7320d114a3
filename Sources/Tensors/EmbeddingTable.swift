/// A matrix of rows that are looked up by index, for embeddings and what belongs to them (gradients, moments).
///
/// Rows begin at multiples of eight floats; the padding between `columns` and `stride` is zero, and every kernel
/// keeps it so.
public final class EmbeddingTable: Sendable {
    /// The number of rows, which are numbered from 0.
    public let rows: Int
    /// The number of values in a row, without the padding behind them.
    public let columns: Int
    /// Distance between rows, in floats: `columns` rounded up to a multiple of 8.
    public let stride: Int
    /// The `rows * stride` floats, padding included.
    public let buffer: FloatBuffer

    /// A table of zeros.
    public init(rows: Int, columns: Int) {
        precondition(rows >= 0 && columns >= 1, "a table of \(rows) x \(columns) holds nothing")
        self.rows = rows
        self.columns = columns
        stride = EmbeddingTable.padded(columns)
        buffer = FloatBuffer(count: rows * stride)
    }

    /// The table that an archive's tensor of shape [rows, columns] holds.
    public convenience init(rows: Int, columns: Int, values: [Float]) {
        self.init(rows: rows, columns: columns)
        assign(values)
    }

    /// `count` rounded up to a multiple of 8.
    public static func padded(_ count: Int) -> Int { (count + 7) / 8 * 8 }

    /// The address of the first row.
    public var base: UnsafeMutablePointer<Float> { buffer.base }

    /// The address of a row: `columns` values and the zeros that pad them to `stride`. It is valid as long as the table is.
    public func row(_ index: Int) -> UnsafeMutablePointer<Float> {
        precondition(index >= 0 && index < rows, "row \(index) is outside 0..<\(rows)")
        return base + index * stride
    }

    /// Copies `rows * columns` values, row by row and without padding.
    public func assign(_ values: [Float]) {
        precondition(values.count == rows * columns, "expected \(rows * columns) values, got \(values.count)")
        values.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            for row in 0..<rows {
                (base + row * stride).update(from: start + row * columns, count: columns)
            }
        }
    }

    /// The values without padding, as a tensor of shape [rows, columns].
    public var tensor: TensorArchive.Tensor {
        let values = [Float](unsafeUninitializedCapacity: rows * columns) { target, count in
            count = rows * columns
            guard let start = target.baseAddress else { return }
            for row in 0..<rows {
                (start + row * columns).initialize(from: base + row * stride, count: columns)
            }
        }
        return TensorArchive.Tensor(shape: [rows, columns], values: values)
    }

    /// A table of its own memory with the same values.
    public func copy() -> EmbeddingTable {
        let table = EmbeddingTable(rows: rows, columns: columns)
        table.base.update(from: base, count: buffer.count)
        return table
    }

    /// Overwrites every value with a draw from N(0, deviation^2), row by row.
    public func fillNormal(deviation: Float, from stream: inout RandomStream) {
        for row in 0..<rows {
            // The padding stays 0, and takes no draws: a table's values do not depend on how rows are padded.
            for column in 0..<columns { base[row * stride + column] = deviation * stream.normal() }
        }
    }
}
