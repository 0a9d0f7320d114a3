#pragma once
#include <stdint.h>

/// Eight floats, as the compiler's own vector type: AVX on x86-64, pairs of NEON registers on arm64.
typedef float f8 __attribute__((vector_size(32)));
typedef int32_t i8x __attribute__((vector_size(32)));
typedef float f8u __attribute__((vector_size(32), aligned(4)));

static inline f8 f8_load(const float *p) { return *(const f8u *)p; }
static inline void f8_store(float *p, f8 v) { *(f8u *)p = v; }
static inline f8 f8_set(float a) { return (f8){a, a, a, a, a, a, a, a}; }
static inline f8 f8_max(f8 a, f8 b) { return __builtin_elementwise_max(a, b); }
static inline f8 f8_min(f8 a, f8 b) { return __builtin_elementwise_min(a, b); }
static inline f8 f8_fma(f8 a, f8 b, f8 c) { return __builtin_elementwise_fma(a, b, c); }

/// Sum of the lanes, always in the same order.
static inline float f8_sum(f8 v) {
    float a = (v[0] + v[4]) + (v[2] + v[6]);
    float b = (v[1] + v[5]) + (v[3] + v[7]);
    return a + b;
}

/// e^x to about 2 units in the last place: x = k ln 2 + r, a degree-6 polynomial in r, scaling by 2^k.
/// Below -87.3 the result is 2^-126 (never denormal), above 88.3 it saturates near the largest float.
/// Coefficients: Cephes expf (Moshier), a minimax polynomial on [-ln 2 / 2, ln 2 / 2].
static inline f8 f8_exp(f8 x) {
    x = f8_min(f8_max(x, f8_set(-87.3f)), f8_set(88.3f));
    f8 k = __builtin_elementwise_roundeven(x * f8_set(1.44269504088896341f));
    f8 r = f8_fma(k, f8_set(-0.693359375f), x);
    r = f8_fma(k, f8_set(2.12194440e-4f), r);
    f8 p = f8_set(1.9875691500e-4f);
    p = f8_fma(p, r, f8_set(1.3981999507e-3f));
    p = f8_fma(p, r, f8_set(8.3334519073e-3f));
    p = f8_fma(p, r, f8_set(4.1665795894e-2f));
    p = f8_fma(p, r, f8_set(1.6666665459e-1f));
    p = f8_fma(p, r, f8_set(5.0000001201e-1f));
    p = f8_fma(p, r * r, r) + f8_set(1.0f);
    i8x exponent = (__builtin_convertvector(k, i8x) + 127) << 23;
    return p * (f8)exponent;
}
