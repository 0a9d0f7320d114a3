#pragma once
#include <stddef.h>

/// What stands between the matrix products of a BERT encoder's layer (Devlin et al. 2019, arXiv 1810.04805). Matrices
/// are row-major; any width.

/// x[row] = normalise(x[row] + y[row] + bias) * gain + shift, to mean 0 and variance 1 over the row (post-norm).
/// `y` and `bias` may both be NULL.
void rk_add_layer_norm(float *x, const float *y, const float *bias, const float *gain, const float *shift, size_t rows,
                       size_t width, float epsilon);

/// x[row] = gelu(x[row] + bias), gelu(v) = v (1 + erf(v / sqrt 2)) / 2, with erf to 1.5e-7 (Abramowitz and Stegun
/// 1964, formula 7.1.26).
void rk_bias_gelu(float *x, const float *bias, size_t rows, size_t width);

/// Floats of scratch that `rk_full_attention` needs for `tokens` tokens and heads of `d`.
size_t rk_full_attention_scratch(size_t tokens, size_t d);

/// out[token, heads * d] = softmax(q k^T / sqrt(d)) v of each head: every token sees every token of its text.
///
/// qkv rows are [q of each head | k of each | v of each].
void rk_full_attention(const float *qkv, size_t tokens, size_t heads, size_t d, float *out, float *scratch);
