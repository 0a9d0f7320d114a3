#include "batch_softmax.h"
#include "simd.h"
#include "vector_math.h"
#include <math.h>

float rk_counted_softmax(float *s, const float *counts, float weight, size_t n) {
    float highest = rk_max(s, n);
    f8 shift = f8_set(highest), sum0 = f8_set(0), sum1 = f8_set(0);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        f8 e0 = f8_exp(f8_load(s + i) - shift) * f8_load(counts + i);
        f8 e1 = f8_exp(f8_load(s + i + 8) - shift) * f8_load(counts + i + 8);
        f8_store(s + i, e0), f8_store(s + i + 8, e1);
        sum0 += e0, sum1 += e1;
    }
    for (; i < n; i += 8) {
        f8 e = f8_exp(f8_load(s + i) - shift) * f8_load(counts + i);
        f8_store(s + i, e);
        sum0 += e;
    }
    float total = f8_sum(sum0 + sum1);
    f8 scale = f8_set(weight / total);
    for (i = 0; i < n; i += 8) f8_store(s + i, f8_load(s + i) * scale);
    return highest + logf(total);
}

void rk_add_parts(const float *parts, size_t count, size_t distance, float *y, size_t n) {
    for (size_t i = 0; i < n; i += 8) {
        f8 sum = f8_load(y + i);
        for (size_t p = 0; p < count; p++) sum += f8_load(parts + p * distance + i);
        f8_store(y + i, sum);
    }
}
