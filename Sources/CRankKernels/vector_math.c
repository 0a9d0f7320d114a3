#include "vector_math.h"
#include "simd.h"
#include <math.h>
#include <string.h>

double rk_exp_sum(const float *x, float shift, float *y, size_t n) {
    f8 s = f8_set(shift), total = f8_set(0);
    double sum = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        f8 e = f8_exp(f8_load(x + i) - s);
        f8_store(y + i, e);
        total += e;
    }
    sum = f8_sum(total);
    if (i < n) {
        float tail[8] = {0};
        for (size_t j = i; j < n; j++) tail[j - i] = x[j] - shift;
        f8_store(tail, f8_exp(f8_load(tail)));
        for (size_t j = i; j < n; j++) {
            y[j] = tail[j - i];
            sum += tail[j - i];
        }
    }
    return sum;
}

float rk_max(const float *x, size_t n) {
    float best = x[0];
    size_t i = 0;
    if (n >= 8) {
        f8 m = f8_load(x);
        for (i = 8; i + 8 <= n; i += 8) m = f8_max(m, f8_load(x + i));
        for (int lane = 0; lane < 8; lane++) best = m[lane] > best ? m[lane] : best;
    }
    for (; i < n; i++) best = x[i] > best ? x[i] : best;
    return best;
}

float rk_dot(const float *a, const float *b, size_t n) {
    f8 s0 = f8_set(0), s1 = f8_set(0);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        s0 = f8_fma(f8_load(a + i), f8_load(b + i), s0);
        s1 = f8_fma(f8_load(a + i + 8), f8_load(b + i + 8), s1);
    }
    for (; i + 8 <= n; i += 8) s0 = f8_fma(f8_load(a + i), f8_load(b + i), s0);
    float sum = f8_sum(s0 + s1);
    for (; i < n; i++) sum += a[i] * b[i];
    return sum;
}

void rk_round_to_bfloat16(const float *x, size_t n, uint16_t *out) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        out[i] = (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    }
}

void rk_expand_bfloat16(const uint16_t *x, size_t n, float *out) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)x[i] << 16;
        memcpy(out + i, &bits, sizeof bits);
    }
}

void rk_axpy(float a, const float *x, float *y, size_t n) {
    f8 s = f8_set(a);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) f8_store(y + i, f8_fma(s, f8_load(x + i), f8_load(y + i)));
    for (; i < n; i++) y[i] += a * x[i];
}

double rk_sum_of_squares(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i += 4096) {
        size_t count = n - i < 4096 ? n - i : 4096;
        sum += rk_dot(x + i, x + i, count);
    }
    return sum;
}
