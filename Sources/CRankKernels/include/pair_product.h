#pragma once
#include <stddef.h>
#include <stdint.h>

/// Products of matrices whose elements are rounded to bfloat16, with sums in float32.
///
/// A rounded matrix lies in dwords, each of which holds two elements that are neighbours along the dimension that a
/// product sums over: the first in the lower half. Where that dimension is odd, the last dword's upper half is 0.
/// Processors without instructions for it multiply the same rounded elements in float32: the same numbers but for the
/// rounding of sums, and slower.

/// Dwords that a row of `columns` pairs should be apart, so that vectors may run over its end and rows do not compete
/// for the same place in the cache.
static inline size_t rk_pair_stride(size_t columns) { return (columns + 15) / 16 * 16 + 16; }

/// C[m, n] = A B, or += with accumulate; sums run over `pairs` pairs.
///
/// A's pair p of row i is A[i * row_stride + p * pair_stride]; B's pair p of column j is B[p * ldb + j], with room for
/// whole vectors of 16 from any of the n columns on.
void rk_pair_product(size_t m, size_t n, size_t pairs, const uint32_t *A, size_t row_stride, size_t pair_stride,
                     const uint32_t *B, size_t ldb, float *C, size_t ldc, int accumulate);

/// Rounds x[rows, columns] into out[rows, (columns + 1) / 2]: pairs are neighbours in a row.
void rk_pair_columns(const float *x, size_t rows, size_t columns, size_t ldx, uint32_t *out, size_t ldo);

/// Rounds x[rows, columns] into out[(rows + 1) / 2, columns]: pairs are neighbours in a column.
void rk_pair_rows(const float *x, size_t rows, size_t columns, size_t ldx, uint32_t *out, size_t ldo);

/// Rounds x[rows, columns] into out[(columns + 1) / 2, rows]: pairs are neighbours in a row, and the result is transposed.
void rk_pair_transposed(const float *x, size_t rows, size_t columns, size_t ldx, uint32_t *out, size_t ldo);
