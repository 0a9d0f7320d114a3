/// Vectors of RK_LANES floats, as the compiler's own vector type, and what the kernels do with them.
///
/// A file that includes this says how many lanes there are (4, 8 or 16) and stands inside the attribute that lets the
/// compiler use the instructions for them. Main loops take whole vectors; `_part` functions take the rest.

typedef float fv __attribute__((ext_vector_type(RK_LANES)));
typedef int32_t iv __attribute__((ext_vector_type(RK_LANES)));
typedef float fv_unaligned __attribute__((ext_vector_type(RK_LANES), aligned(4)));

static inline fv fv_load(const float *p) { return *(const fv_unaligned *)p; }
static inline void fv_store(float *p, fv v) { *(fv_unaligned *)p = v; }
static inline fv fv_set(float a) { return (fv)(a); }

/// Lanes that are left of n values from i on: at most a vector's.
static inline size_t lanes_left(size_t i, size_t n) { return n - i < RK_LANES ? n - i : RK_LANES; }

/// The first `count` lanes (1 to RK_LANES) from memory, `rest` in the others; nothing behind them is touched.
static inline fv fv_load_part(const float *p, size_t count, float rest) {
#if RK_LANES == 16
    // Lanes outside the mask are not read, so a page behind the last value cannot be touched.
    return (fv)_mm512_mask_loadu_ps(_mm512_set1_ps(rest), (__mmask16)((1u << count) - 1), p);
#else
    if (count == RK_LANES) return fv_load(p);
    fv v = fv_set(rest);
    for (size_t lane = 0; lane < count; lane++) v[lane] = p[lane];
    return v;
#endif
}

/// Writes the first `count` lanes.
static inline void fv_store_part(float *p, fv v, size_t count) {
#if RK_LANES == 16
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
#else
    if (count == RK_LANES) return fv_store(p, v);
    for (size_t lane = 0; lane < count; lane++) p[lane] = v[lane];
#endif
}

/// The larger of two; b where either is not a number.
static inline fv fv_max(fv a, fv b) { return a > b ? a : b; }
/// The smaller of two; b where either is not a number.
static inline fv fv_min(fv a, fv b) { return a < b ? a : b; }

/// a b + c; rounded once where the instructions have that.
static inline fv fv_fma(fv a, fv b, fv c) {
#if RK_LANES == 4 && defined(__x86_64__)
    // SSE2 has no fused instruction: the builtin would call `fmaf` for each lane.
    return a * b + c;
#else
    return __builtin_elementwise_fma(a, b, c);
#endif
}

/// To the nearest integer, ties to even, for |x| < 2^22.
static inline fv fv_round(fv x) {
#if RK_LANES == 16
    return (fv)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#elif RK_LANES == 8
    return (fv)_mm256_round_ps((__m256)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    // 1.5 * 2^23: a sum of this size has no bits for a fraction, so the addition itself rounds.
    return (x + 12582912.0f) - 12582912.0f;
#endif
}

static inline fv fv_sqrt(fv a) { return __builtin_elementwise_sqrt(a); }

/// 1 / a to about 1 unit in the last place, for finite a of usual size.
static inline fv fv_reciprocal(fv a) {
#if RK_LANES == 16
    fv y = (fv)_mm512_rcp14_ps((__m512)a);
    // One step of Newton's method doubles the 14 bits of the processor's estimate.
    return fv_fma(fv_fma(-a, y, fv_set(1)), y, y);
#else
    return 1.0f / a;
#endif
}

/// Sum of the lanes, always in the same order.
static inline float fv_sum(fv v) {
#if RK_LANES == 16
    float __attribute__((ext_vector_type(8))) eight = v.lo + v.hi;
    float __attribute__((ext_vector_type(4))) four = eight.lo + eight.hi;
#elif RK_LANES == 8
    float __attribute__((ext_vector_type(4))) four = v.lo + v.hi;
#else
    fv four = v;
#endif
    return (four[0] + four[2]) + (four[1] + four[3]);
}

static inline float fv_highest(fv v) {
    float best = v[0];
    for (int lane = 1; lane < RK_LANES; lane++) best = v[lane] > best ? v[lane] : best;
    return best;
}

/// e^x to about 2 units in the last place: x = k ln 2 + r, a degree-6 polynomial in r, scaling by 2^k.
/// Below -87.3 the result is 2^-126 (never denormal), above 88.3 it saturates near the largest float; what is not a
/// number stays so.
/// Coefficients: Cephes expf (Moshier), a minimax polynomial on [-ln 2 / 2, ln 2 / 2].
static inline fv fv_exp(fv x) {
    // x stands second in both, where what is not a number passes through.
    x = fv_min(fv_set(88.3f), fv_max(fv_set(-87.3f), x));
    fv k = fv_round(x * 1.44269504088896341f);
    // ln 2 in two parts: the first has 9 bits, so that k times it is exact, and the second corrects it.
    fv r = fv_fma(k, fv_set(-0.693359375f), x);
    r = fv_fma(k, fv_set(2.12194440e-4f), r);
    fv p = fv_set(1.9875691500e-4f);
    p = fv_fma(p, r, fv_set(1.3981999507e-3f));
    p = fv_fma(p, r, fv_set(8.3334519073e-3f));
    p = fv_fma(p, r, fv_set(4.1665795894e-2f));
    p = fv_fma(p, r, fv_set(1.6666665459e-1f));
    p = fv_fma(p, r, fv_set(5.0000001201e-1f));
    // e^r = 1 + r + r^2 p(r): the largest terms come last, so that the small ones are rounded least.
    p = fv_fma(p, r * r, r) + 1.0f;
#if RK_LANES == 16
    return (fv)_mm512_scalef_ps((__m512)p, (__m512)k);
#else
    // 2^k as the bits of a float: k is -126 to 127, so k + 127 is the exponent of a normal number.
    iv exponent = (__builtin_convertvector(k, iv) + 127) << 23;
    return p * __builtin_bit_cast(fv, exponent);
#endif
}
