#include "embedding_table.h"
#include "simd.h"
#include <math.h>
#include <string.h>

// Momentum shorter than this (squared) moves a unit vector by less than its last place ever shows; it
// is cut to 0 before it can decay into denormals, which are slow.
static const float negligible = 1e-30f;

typedef struct {
    float xx, xm, mm;
} row_products;

static row_products products(const float *x, const float *m, size_t n) {
    f8 xx = f8_set(0), xm = f8_set(0), mm = f8_set(0);
    for (size_t i = 0; i < n; i += 8) {
        f8 a = f8_load(x + i), b = f8_load(m + i);
        xx = f8_fma(a, a, xx);
        xm = f8_fma(a, b, xm);
        mm = f8_fma(b, b, mm);
    }
    return (row_products){f8_sum(xx), f8_sum(xm), f8_sum(mm)};
}

/// out = (x - b m) / |x - b m|; a zero vector stays zero.
static void project(const float *x, float b, const float *m, float *out, size_t n) {
    f8 factor = f8_set(-b), square = f8_set(0);
    for (size_t i = 0; i < n; i += 8) {
        f8 moved = f8_fma(factor, f8_load(m + i), f8_load(x + i));
        f8_store(out + i, moved);
        square = f8_fma(moved, moved, square);
    }
    f8 inverse = f8_set(1.0f / sqrtf(fmaxf(f8_sum(square), 1e-30f)));
    for (size_t i = 0; i < n; i += 8) f8_store(out + i, f8_load(out + i) * inverse);
}

static f8 f8_sqrt(f8 a) {
    f8 r;
    for (int lane = 0; lane < 8; lane++) r[lane] = sqrtf(a[lane]);
    return r;
}

/// After k missed steps x_k = (x_0 - b_k m_0) / R_k, with R_0 = 1, b_0 = 0 and
///   b_k = b_{k-1} + eta mu^k R_{k-1},  R_k = |x_0 - b_k m_0|,
/// so only the three inner products of x_0 and m_0 are needed. Eight rows at once, one in each lane.
static f8 missed_displacement(const rk_sphere *o, f8 xx, f8 xm, f8 mm, i8x gap, int32_t longest) {
    f8 b = f8_set(0), R = f8_set(1), zero = f8_set(0);
    for (int32_t k = 1; k <= longest; k++) {
        f8 moved = f8_fma(f8_set(o->rate * o->powers[k]), R, b);
        i8x due = gap >= k;
        b = (f8)(((i8x)moved & due) | ((i8x)b & ~due));
        f8 square = f8_fma(b, f8_fma(b, mm, xm * -2.0f), xx);
        R = f8_sqrt(f8_max(square, zero));
    }
    return b;
}

static void gather_group(
    const rk_sphere *o, const float *table, const float *momentum, const float *last, const int32_t *rows,
    size_t first, size_t lanes, size_t stride, size_t step, float *x, float *m
) {
    f8 xx = f8_set(0), xm = f8_set(0), mm = f8_set(0);
    i8x gap = {0};
    size_t row[8];
    int32_t missed[8], longest = 0;
    for (size_t lane = 0; lane < lanes; lane++) {
        row[lane] = rows ? (size_t)rows[first + lane] : first + lane;
        missed[lane] = (int32_t)(step - (size_t)last[row[lane]]);
        row_products p = products(table + row[lane] * stride, momentum + row[lane] * stride, stride);
        xx[lane] = p.xx, xm[lane] = p.xm, mm[lane] = p.mm;
        int32_t moving = p.mm < negligible ? 0 : missed[lane];
        if (moving >= (int32_t)o->power_count) moving = (int32_t)o->power_count - 1;
        gap[lane] = moving;
        if (moving > longest) longest = moving;
    }
    f8 b = missed_displacement(o, xx, xm, mm, gap, longest);
    for (size_t lane = 0; lane < lanes; lane++) {
        const float *x0 = table + row[lane] * stride, *m0 = momentum + row[lane] * stride;
        float *xk = x + (first + lane) * stride, *mk = m + (first + lane) * stride;
        size_t k = (size_t)missed[lane];
        float decay = mm[lane] < negligible || k >= o->power_count ? 0 : o->powers[k];
        if (k == 0) memcpy(xk, x0, stride * sizeof(float));
        else project(x0, b[lane], m0, xk, stride);
        for (size_t i = 0; i < stride; i += 8) f8_store(mk + i, f8_load(m0 + i) * f8_set(decay));
    }
}

void rk_sphere_gather(
    const rk_sphere *optimizer, const float *table, const float *momentum, const float *last,
    const int32_t *rows, size_t count, size_t stride, size_t step, float *x, float *m
) {
    for (size_t first = 0; first < count; first += 8) {
        size_t lanes = count - first < 8 ? count - first : 8;
        gather_group(optimizer, table, momentum, last, rows, first, lanes, stride, step, x, m);
    }
}

void rk_sphere_update(
    const rk_sphere *optimizer, float *table, float *momentum, float *last, const int32_t *rows,
    size_t count, size_t stride, size_t step, const float *x, const float *m, const float *g
) {
    f8 mu = f8_set(optimizer->momentum);
    for (size_t slot = 0; slot < count; slot++) {
        size_t row = (size_t)rows[slot];
        float *moved = momentum + row * stride;
        for (size_t i = 0; i < stride; i += 8) {
            f8_store(moved + i, f8_fma(mu, f8_load(m + slot * stride + i), f8_load(g + slot * stride + i)));
        }
        project(x + slot * stride, optimizer->rate, moved, table + row * stride, stride);
        last[row] = (float)step;
    }
}

/// Cuts what decays towards denormals to 0, long before it could show in a weight.
static inline f8 cut_tiny(f8 a) {
    i8x magnitude = (i8x)a & 0x7fffffff;
    return (f8)((i8x)a & ((f8)magnitude > f8_set(1e-35f)));
}

static inline void adam_lane(
    const rk_adam *o, f8 size, f8 scale, f8 *x, f8 *m, f8 *v, f8 g
) {
    g = f8_fma(f8_set(o->coupled), *x, g);
    *m = cut_tiny(f8_fma(f8_set(o->beta1), *m, g * f8_set(1 - o->beta1)));
    *v = cut_tiny(f8_fma(f8_set(o->beta2), *v, g * g * f8_set(1 - o->beta2)));
    f8 change = size * *m / f8_fma(scale, f8_sqrt(*v), f8_set(o->epsilon));
    *x = f8_fma(f8_set(o->shrink), *x, -change);
}

void rk_adam_update(const rk_adam *o, size_t t, float *x, float *m, float *v, const float *g, size_t n) {
    f8 size = f8_set(o->sizes[t]), scale = f8_set(o->scales[t]);
    for (size_t i = 0; i < n; i += 8) {
        f8 a = f8_load(x + i), b = f8_load(m + i), c = f8_load(v + i);
        adam_lane(o, size, scale, &a, &b, &c, f8_load(g + i));
        f8_store(x + i, a), f8_store(m + i, b), f8_store(v + i, c);
    }
}

/// `lanes` vectors at once: each waits long for its own square root and division, so they take turns.
static inline void replay_block(
    const rk_adam *o, size_t from, size_t to, float *x, float *m, float *v, int lanes
) {
    f8 a[4], b[4], c[4];
    for (int i = 0; i < lanes; i++) {
        a[i] = f8_load(x + 8 * i), b[i] = f8_load(m + 8 * i), c[i] = f8_load(v + 8 * i);
    }
    for (size_t t = from; t < to; t++) {
        f8 size = f8_set(o->sizes[t]), scale = f8_set(o->scales[t]);
        for (int i = 0; i < lanes; i++) adam_lane(o, size, scale, &a[i], &b[i], &c[i], f8_set(0));
    }
    for (int i = 0; i < lanes; i++) {
        f8_store(x + 8 * i, a[i]), f8_store(m + 8 * i, b[i]), f8_store(v + 8 * i, c[i]);
    }
}

void rk_adam_replay(
    const rk_adam *optimizer, size_t from, size_t to, float *x, float *m, float *v, size_t n
) {
    size_t i = 0;
    for (; i + 32 <= n; i += 32) replay_block(optimizer, from, to, x + i, m + i, v + i, 4);
    for (; i < n; i += 8) replay_block(optimizer, from, to, x + i, m + i, v + i, 1);
}
