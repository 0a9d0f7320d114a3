import Tensors

/// Unit vectors, one a text, read block by block: all of them need not fit into memory.
public protocol EmbeddingSource: Sendable {
    /// The number of vectors.
    var count: Int { get }
    /// The numbers of a vector.
    var width: Int { get }

    /// SHA-256 of what the vectors are or of what they were made of, in hexadecimal: lists made from them are known by it.
    var fingerprint: String { get throws }

    /// Writes rows `rows` to `target`, row-major, each of length 1.
    func read(_ rows: Range<Int>, to target: UnsafeMutablePointer<Float>) throws
}

extension EmbeddingSource {
    /// The given rows, in that order, in memory: read block by block, for a row may lie in a file of many.
    func gathered(_ rows: [Int]) throws -> FloatBuffer {
        let buffer = FloatBuffer(count: rows.count * width)
        // In the order in which they lie, so that each block is read once, whatever the order that is wanted.
        let ascending = rows.indices.sorted { rows[$0] < rows[$1] }
        var next = 0
        try forEachBlock(of: 4_096) { first, held, values in
            while next < ascending.count, rows[ascending[next]] < first + held {
                let place = ascending[next]
                (buffer.base + place * width).update(
                    from: values + (rows[place] - first) * width, count: width)
                next += 1
            }
        }
        return buffer
    }

    /// Calls `body` with the rows, `block` at a time: the numbers of the first row and of rows, and the rows themselves.
    func forEachBlock(
        of block: Int, _ body: (_ first: Int, _ rows: Int, _ values: UnsafePointer<Float>) throws -> Void
    ) throws {
        let buffer = FloatBuffer(count: min(block, count) * width)
        for first in stride(from: 0, to: count, by: block) {
            let rows = min(block, count - first)
            try read(first..<(first + rows), to: buffer.base)
            try body(first, rows, UnsafePointer(buffer.base))
        }
    }
}

/// Rows that workers read and nobody writes meanwhile.
struct SharedRows: @unchecked Sendable {
    let base: UnsafePointer<Float>
}
