#pragma once
#include <stddef.h>

/// Softmax of a row of logits whose columns stand for several equal ones each:
/// p_j = c_j e^{s_j} / sum_k c_k e^{s_k}.
///
/// Replaces s[0..<n] by weight * p and returns log(sum_k c_k e^{s_k}). `counts` and `s` must be readable,
/// and s writable, up to n rounded up to a multiple of 8; counts past n must be 0, s finite there.
float rk_counted_softmax(float *s, const float *counts, float weight, size_t n);

/// y[i] += sum over p of parts[p * distance + i], parts in ascending order; n is a multiple of 8.
void rk_add_parts(const float *parts, size_t count, size_t distance, float *y, size_t n);
