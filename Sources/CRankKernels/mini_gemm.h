#pragma once
#include "simd.h"

/// Products of matrices too small for a BLAS call, row-major, n a multiple of 8 (pad with zeros).
/// Tiles of two rows by 32 columns keep eight accumulators in registers.

#define TILE(ROWS, VECTORS, A_AT)                                                                              \
    {                                                                                                          \
        f8 acc[ROWS][VECTORS];                                                                                 \
        for (int r = 0; r < ROWS; r++)                                                                         \
            for (int v = 0; v < VECTORS; v++)                                                                  \
                acc[r][v] = accumulate ? f8_load(C + (i + r) * ldc + j + 8 * v) : f8_set(0);                   \
        for (int p = 0; p < k; p++) {                                                                          \
            f8 b[VECTORS];                                                                                     \
            for (int v = 0; v < VECTORS; v++) b[v] = f8_load(B + p * ldb + j + 8 * v);                         \
            for (int r = 0; r < ROWS; r++) {                                                                   \
                f8 a = f8_set(A_AT);                                                                           \
                for (int v = 0; v < VECTORS; v++) acc[r][v] = f8_fma(a, b[v], acc[r][v]);                      \
            }                                                                                                  \
        }                                                                                                      \
        for (int r = 0; r < ROWS; r++)                                                                         \
            for (int v = 0; v < VECTORS; v++) f8_store(C + (i + r) * ldc + j + 8 * v, acc[r][v]);              \
    }

#define SWEEP(A_AT)                                                                                            \
    for (; i + 2 <= m; i += 2) {                                                                               \
        int j = 0;                                                                                             \
        for (; j + 32 <= n; j += 32) TILE(2, 4, A_AT)                                                          \
        for (; j + 8 <= n; j += 8) TILE(2, 1, A_AT)                                                            \
    }                                                                                                          \
    for (; i < m; i++) {                                                                                       \
        int j = 0;                                                                                             \
        for (; j + 32 <= n; j += 32) TILE(1, 4, A_AT)                                                          \
        for (; j + 8 <= n; j += 8) TILE(1, 1, A_AT)                                                            \
    }

/// C[m, n] = A[m, k] B[k, n], or += with accumulate.
static inline void mini_gemm(int m, int n, int k, const float *A, int lda, const float *B, int ldb, float *C, int ldc,
                             int accumulate) {
    int i = 0;
    SWEEP(A[(i + r) * lda + p])
}

/// C[m, n] = A[k, m]^T B[k, n], or += with accumulate.
static inline void mini_gemm_transposed(int m, int n, int k, const float *A, int lda, const float *B, int ldb, float *C,
                                        int ldc, int accumulate) {
    int i = 0;
    SWEEP(A[p * lda + i + r])
}

#undef SWEEP
#undef TILE
