import COpenBLAS

/// Whether an operand of a product is read as stored or transposed.
public enum Transpose: Sendable {
    case no
    case yes

    var cblas: CBLAS_TRANSPOSE { self == .no ? CblasNoTrans : CblasTrans }
}

/// C[m, n] = alpha op(A)[m, k] op(B)[k, n] + beta C, all row-major, by OpenBLAS on the calling thread.
///
/// - Parameters:
///   - lda: Distance between rows of A as stored, in floats; likewise `ldb` and `ldc`.
///   - beta: 0 overwrites C (which may then hold anything, NaN too), 1 accumulates.
@inline(__always)
public func sgemm(
    _ transposeA: Transpose, _ transposeB: Transpose, _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1,
    _ A: UnsafePointer<Float>, lda: Int, _ B: UnsafePointer<Float>, ldb: Int, beta: Float = 0,
    _ C: UnsafeMutablePointer<Float>, ldc: Int
) {
    guard m > 0, n > 0 else { return }
    cblas_sgemm(
        CblasRowMajor, transposeA.cblas, transposeB.cblas, blasint(m), blasint(n), blasint(k), alpha, A,
        blasint(lda), B, blasint(ldb), beta, C, blasint(ldc))
}
