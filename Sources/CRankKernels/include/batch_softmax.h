#pragma once
#include <stddef.h>

/// Softmax of a row of logits whose columns stand for several equal ones each:
/// p_j = c_j e^{s_j} / sum_k c_k e^{s_k}.
///
/// Replaces s[0..<n] by weight * p and returns log(sum_k c_k e^{s_k}); n is at least 1, and some c_k is above 0.
float rk_counted_softmax(float *s, const float *counts, float weight, size_t n);
