/// Products of matrices too small for a call of a library, row-major, of any size: nothing outside C[m, n] is written.
/// Whole vectors of columns are fastest.
///
/// A tile of TILE_ROWS rows by up to TILE_VECTORS vectors keeps its sums in registers.

#if RK_LANES == 16
enum { TILE_ROWS = 6, TILE_VECTORS = 4 };
#else
enum { TILE_ROWS = 6, TILE_VECTORS = 2 };
#endif

#define UNROLLED(INDEX, COUNT) _Pragma("clang loop unroll(full)") for (int INDEX = 0; INDEX < COUNT; INDEX++)

#define TILE(ROWS, VECTORS, A_AT, LOAD, STORE)                                                                 \
    {                                                                                                          \
        fv sum[ROWS][VECTORS];                                                                                 \
        UNROLLED(r, ROWS)                                                                                      \
        UNROLLED(v, VECTORS) sum[r][v] = accumulate ? LOAD(C + (i + r) * ldc + j + RK_LANES * v) : fv_set(0);  \
        for (size_t p = 0; p < k; p++) {                                                                       \
            fv b[VECTORS];                                                                                     \
            UNROLLED(v, VECTORS) b[v] = LOAD(B + p * ldb + j + RK_LANES * v);                                  \
            UNROLLED(r, ROWS) {                                                                                \
                fv a = fv_set(A_AT);                                                                           \
                UNROLLED(v, VECTORS) sum[r][v] = fv_fma(a, b[v], sum[r][v]);                                   \
            }                                                                                                  \
        }                                                                                                      \
        UNROLLED(r, ROWS)                                                                                      \
        UNROLLED(v, VECTORS) STORE(C + (i + r) * ldc + j + RK_LANES * v, sum[r][v]);                           \
    }

#define LOAD_REST(at) fv_load_part(at, n - j, 0)
#define STORE_REST(at, value) fv_store_part(at, value, n - j)

#define ROWS_OF(ROWS, A_AT)                                                                                    \
    for (; i + ROWS <= m; i += ROWS) {                                                                         \
        size_t j = 0;                                                                                          \
        for (; j + TILE_VECTORS * RK_LANES <= n; j += TILE_VECTORS * RK_LANES)                                 \
            TILE(ROWS, TILE_VECTORS, A_AT, fv_load, fv_store)                                                  \
        for (; j + 2 * RK_LANES <= n; j += 2 * RK_LANES) TILE(ROWS, 2, A_AT, fv_load, fv_store)                \
        for (; j + RK_LANES <= n; j += RK_LANES) TILE(ROWS, 1, A_AT, fv_load, fv_store)                        \
        if (j < n) TILE(ROWS, 1, A_AT, LOAD_REST, STORE_REST)                                                  \
    }

#define MINI_GEMM(NAME, A_AT)                                                                                  \
    static void NAME(size_t m, size_t n, size_t k, const float *A, size_t lda, const float *B, size_t ldb,     \
                     float *C, size_t ldc, int accumulate) {                                                   \
        size_t i = 0;                                                                                          \
        ROWS_OF(TILE_ROWS, A_AT)                                                                               \
        ROWS_OF(2, A_AT)                                                                                       \
        ROWS_OF(1, A_AT)                                                                                       \
    }

/// C[m, n] = A[m, k] B[k, n], or += with accumulate.
MINI_GEMM(mini_gemm, A[(i + r) * lda + p])

/// C[m, n] = A[k, m]^T B[k, n], or += with accumulate.
MINI_GEMM(mini_gemm_transposed, A[p * lda + i + r])

#undef MINI_GEMM
#undef ROWS_OF
#undef LOAD_REST
#undef STORE_REST
#undef TILE
#undef UNROLLED
