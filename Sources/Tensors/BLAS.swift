import COpenBLAS
import CRankKernels

#if ONEDNN
    import COneDNN
#endif

/// Whether an operand of a product is read as stored or transposed.
public enum Transpose: Sendable {
    case no
    case yes

    var cblas: CBLAS_TRANSPOSE { self == .no ? CblasNoTrans : CblasTrans }
    /// "N" or "T", as oneDNN has it.
    var letter: CChar { self == .no ? 78 : 84 }
}

/// C[m, n] = alpha op(A)[m, k] op(B)[k, n] + beta C, all row-major, on the calling thread.
///
/// oneDNN or OpenBLAS computes it, as `Products` chooses; either is held to one thread.
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
    let isTimed = rk_takes_times() != 0
    let begin = isTimed ? rk_product_begins() : 0
    defer { if isTimed { rk_product_ended(begin) } }
    sgemm(
        by: Products.library(m, n, k), transposeA, transposeB, m, n, k, alpha: alpha, A, lda: lda, B,
        ldb: ldb,
        beta: beta, C, ldc: ldc)
}

/// The same product by the library that is named, for m and n of at least 1. oneDNN needs k of at least 1 too.
@inline(__always)
func sgemm(
    by library: Products.Library, _ transposeA: Transpose, _ transposeB: Transpose, _ m: Int, _ n: Int,
    _ k: Int,
    alpha: Float, _ A: UnsafePointer<Float>, lda: Int, _ B: UnsafePointer<Float>, ldb: Int, beta: Float,
    _ C: UnsafeMutablePointer<Float>, ldc: Int
) {
    #if ONEDNN
        if library == .oneDNN {
            // OpenMP keeps this number by calling thread, and which thread calls is not known before.
            rank_hold_onednn_to_one_thread()
            let status = dnnl_sgemm(
                transposeA.letter, transposeB.letter, dnnl_dim_t(m), dnnl_dim_t(n), dnnl_dim_t(k), alpha, A,
                dnnl_dim_t(lda), B, dnnl_dim_t(ldb), beta, C, dnnl_dim_t(ldc))
            precondition(
                status == dnnl_success,
                "oneDNN refuses a product of \(m) x \(k) by \(k) x \(n), rows \(lda), \(ldb), \(ldc) apart: \(status)"
            )
            return
        }
    #endif
    cblas_sgemm(
        CblasRowMajor, transposeA.cblas, transposeB.cblas, blasint(m), blasint(n), blasint(k), alpha, A,
        blasint(lda), B, blasint(ldb), beta, C, blasint(ldc))
}
