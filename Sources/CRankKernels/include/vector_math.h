#pragma once
#include <stddef.h>
#include <stdint.h>

/// Vectorised elementwise functions over floats. Pointers need no alignment; sizes may be 0 where nothing else is said.

/// Sum of exp(x[i] - shift); writes each exp to y. x and y may be the same.
double rk_exp_sum(const float *x, float shift, float *y, size_t n);

/// Largest of n >= 1 values.
float rk_max(const float *x, size_t n);

/// Inner product.
float rk_dot(const float *a, const float *b, size_t n);

/// y[i] += a * x[i].
void rk_axpy(float a, const float *x, float *y, size_t n);

/// y[i] += parts[0][i], then parts[1][i], and so on.
void rk_add_all(const float *const *parts, size_t count, float *y, size_t n);

/// The upper halves of floats, rounded to nearest, ties to even; what is not a number stays so. Numbers below 2^-126, which
/// no weight is, may become 0.
void rk_round_to_bfloat16(const float *x, size_t n, uint16_t *out);

/// Floats whose upper halves are given and whose lower halves are zero.
void rk_expand_bfloat16(const uint16_t *x, size_t n, float *out);

/// Sum of squares, blocks of 4,096 added up in double precision.
double rk_sum_of_squares(const float *x, size_t n);
