import CRankKernels

/// In what precision matrix products take their inputs. Sums, and all else, are in float32 either way.
public enum Precision: String, Codable, Hashable, Sendable, CaseIterable {
    case float32
    /// Inputs rounded to bfloat16, 8 bits of precision: twice the speed where the processor has AVX-512 BF16. Elsewhere
    /// the same rounded inputs are multiplied in float32, which is slower than float32 alone.
    case bfloat16
}

/// A matrix rounded to bfloat16, in pairs of neighbours along the dimension that a product sums over.
///
/// A view of dwords that somebody else holds.
public struct PairedMatrix {
    let base: UnsafePointer<UInt32>
    /// Dwords from one row (as a left operand) or one column (as a right operand, always 1) to the next.
    let rowStride: Int
    /// Dwords from one pair to the next.
    let pairStride: Int

    /// Rows whose pairs are neighbours in a row: x[rows, k] as `rk_pair_columns` rounds it, to stand on the left.
    public static func pairsInRows(_ base: UnsafePointer<UInt32>, stride: Int) -> PairedMatrix {
        PairedMatrix(base: base, rowStride: stride, pairStride: 1)
    }

    /// Rows whose pairs are neighbours in a column: x[k, columns] as `rk_pair_rows` rounds it, to stand on the right, or
    /// transposed on the left.
    public static func pairsInColumns(_ base: UnsafePointer<UInt32>, stride: Int) -> PairedMatrix {
        PairedMatrix(base: base, rowStride: 1, pairStride: stride)
    }

    /// The same matrix from pair `pair` of the summed dimension on, and from `row` of the other.
    public func from(row: Int = 0, pair: Int = 0) -> PairedMatrix {
        PairedMatrix(
            base: base + row * rowStride + pair * pairStride, rowStride: rowStride, pairStride: pairStride)
    }
}

/// C[m, n] = A[m, k] B[k, n] + beta C of rounded matrices, on the calling thread.
///
/// - Parameters:
///   - B: Has its pairs in columns.
///   - accumulate: Whether C keeps what it holds; otherwise it may hold anything.
public func pairProduct(
    _ m: Int, _ n: Int, _ k: Int, _ A: PairedMatrix, _ B: PairedMatrix, accumulate: Bool,
    _ C: UnsafeMutablePointer<Float>, ldc: Int
) {
    precondition(B.rowStride == 1, "the right operand of a product has its pairs in columns")
    // Of an odd k the last pair's second half is 0 in both matrices and adds nothing.
    rk_pair_product(
        m, n, (k + 1) / 2, A.base, A.rowStride, A.pairStride, B.base, B.pairStride, C, ldc, accumulate ? 1 : 0
    )
}

/// Dwords that grow and never shrink; what they hold does not survive growth.
public struct PairBuffer {
    private var buffer = FloatBuffer(count: 0)

    /// An empty buffer.
    public init() {}

    /// Makes room for `count` dwords; what was there may be gone.
    public mutating func reserve(_ count: Int) {
        guard buffer.count < count else { return }
        // The old block is given back before the new one is asked for, so that both never exist at once.
        buffer = FloatBuffer(count: 0)
        // Minibatches differ a little in size: an eighth more spares most later growth.
        buffer = FloatBuffer(count: count + count / 8)
    }

    /// Where the dwords begin. Growth may move it.
    public var base: UnsafeMutablePointer<UInt32> {
        UnsafeMutableRawPointer(buffer.base).assumingMemoryBound(to: UInt32.self)
    }

    /// x[rows, columns] with pairs in rows: a left operand that sums over columns.
    public mutating func pairsInRows(
        _ x: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int
    ) -> PairedMatrix {
        let distance = rk_pair_stride((columns + 1) / 2)
        reserve(rows * distance)
        rk_pair_columns(x, rows, columns, stride, base, distance)
        return .pairsInRows(base, stride: distance)
    }

    /// x[rows, columns] with pairs in columns: an operand that sums over rows.
    public mutating func pairsInColumns(
        _ x: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int
    ) -> PairedMatrix {
        let distance = rk_pair_stride(columns)
        reserve((rows + 1) / 2 * distance)
        rk_pair_rows(x, rows, columns, stride, base, distance)
        return .pairsInColumns(base, stride: distance)
    }
}
