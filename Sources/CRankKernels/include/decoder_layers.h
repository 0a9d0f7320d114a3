#pragma once
#include <stddef.h>
#include <stdint.h>

/// Elementwise parts of a decoder layer, forward and backward, over `rows` rows.

/// normalised[row] = x[row] / sqrt(mean(x[row]^2) + epsilon); inverse[row] keeps the factor. No gain.
void rk_rms_norm(const float *x, size_t rows, size_t width, float epsilon, float *normalised, float *inverse);

/// out[row] = x[row] * gain, column by column.
void rk_scale_columns(const float *x, const float *gain, size_t rows, size_t width, float *out);

/// The gradient of rk_scale_columns: dgain += the column sums of d * x, then d *= gain.
void rk_scale_columns_backward(float *d, const float *x, const float *gain, size_t rows, size_t width, float *dgain);

/// dx[row] += inverse * (d - normalised * mean(d * normalised)), d = dnormalised[row].
void rk_rms_norm_backward(const float *dnormalised, const float *normalised, const float *inverse, size_t rows,
                          size_t width, float *dx);

/// out[row, f] = silu(gate) * up, gate_up rows being [gate | up] of f each.
void rk_swiglu(const float *gate_up, size_t rows, size_t f, float *out);

/// Replaces gate_up by its gradient given dout, and writes silu(gate) * up to out once more.
void rk_swiglu_backward(float *gate_up, const float *dout, size_t rows, size_t f, float *out);

/// Turns each of `heads` heads at `x + column` by its row's position: pairs (c, c + d/2), angle position * base^(-2c/d).
/// `cosines` and `sines` hold d/2 values a position; `direction` -1 turns back (the gradient).
void rk_rotate(float *x, size_t rows, size_t stride, size_t column, size_t heads, size_t d, const int32_t *positions,
               const float *cosines, const float *sines, float direction);

/// Turns a row of logits into its softmax, scaled by `weight`, in place; returns log sum exp(logits).
float rk_softmax_row(float *logits, size_t n, float weight);

/// log sum exp of a row of logits, which stays.
float rk_log_sum_exp(const float *logits, size_t n);
