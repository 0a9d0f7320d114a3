#pragma once
#include <stddef.h>
#include <stdint.h>

/// What stands between the matrix products of a ReLU perceptron over pairs. Matrices are row-major and
/// dense, [rows, width]; any width.

/// out[r] = max(0, a[i[r]] + b[j[r]]): a first layer whose two halves were computed apart.
void rk_pair_relu(
    const float *a, const int32_t *i, const float *b, const int32_t *j, size_t rows, size_t width,
    float *out);

/// h[r] = max(0, h[r] + bias).
void rk_bias_relu(float *h, const float *bias, size_t rows, size_t width);

/// out[r][k] = a[r] * b[k].
void rk_outer(const float *a, const float *b, size_t rows, size_t width, float *out);

/// Zeroes dh where h is 0 (the derivative of ReLU at 0 is taken as 0), then dbias += its column sums.
void rk_relu_backward(const float *h, float *dh, float *dbias, size_t rows, size_t width);

/// out = sum of matrix[members[k]] over k in 0..<count, in this order.
void rk_sum_rows(const float *matrix, const int32_t *members, size_t count, size_t width, float *out);
