// Momentum shorter than this (squared) moves a unit vector by less than its last place ever shows; it
// is cut to 0 before it can decay into denormals, which are slow.
static const float negligible = 1e-30f;

typedef struct {
    float xx, xm, mm;
} row_products;

static row_products products(const float *x, const float *m, size_t n) {
    fv xx = fv_set(0), xm = fv_set(0), mm = fv_set(0);
    for (size_t i = 0; i < n; i += RK_LANES) {
        size_t lanes = lanes_left(i, n);
        fv a = fv_load_part(x + i, lanes, 0), b = fv_load_part(m + i, lanes, 0);
        xx = fv_fma(a, a, xx);
        xm = fv_fma(a, b, xm);
        mm = fv_fma(b, b, mm);
    }
    return (row_products){fv_sum(xx), fv_sum(xm), fv_sum(mm)};
}

/// out = (x - b m) / |x - b m|; a zero vector stays zero.
static void project(const float *x, float b, const float *m, float *out, size_t n) {
    fv factor = fv_set(-b), square = fv_set(0);
    for (size_t i = 0; i < n; i += RK_LANES) {
        size_t lanes = lanes_left(i, n);
        fv moved = fv_fma(factor, fv_load_part(m + i, lanes, 0), fv_load_part(x + i, lanes, 0));
        fv_store_part(out + i, moved, lanes);
        square = fv_fma(moved, moved, square);
    }
    // A zero vector has no direction; the floor makes the factor finite, and 0 times it is 0.
    float inverse = 1.0f / sqrtf(fmaxf(fv_sum(square), 1e-30f));
    for (size_t i = 0; i < n; i++) out[i] *= inverse;
}

/// Rows that are fetched from memory ahead of the one at work: they lie anywhere in tables beyond the caches.
enum { ROWS_AHEAD = 6 };

static inline void fetch_row(const float *table, size_t row, size_t stride) {
    // 16 floats are one line of the cache; the 1 says that it will be written.
    for (size_t i = 0; i < stride; i += 16) __builtin_prefetch(table + row * stride + i, 1);
}

/// Rows whose missed steps are made up at once: four vectors, because each step waits long for the one before.
enum { GROUP_VECTORS = 4, GROUP_ROWS = GROUP_VECTORS * RK_LANES };

/// What a group's rows have missed, a row in each lane.
typedef struct {
    fv xx[GROUP_VECTORS], xm[GROUP_VECTORS], mm[GROUP_VECTORS], b[GROUP_VECTORS];
    iv gap[GROUP_VECTORS];
} missed_steps;

/// After k missed steps x_k = (x_0 - b_k m_0) / R_k, with R_0 = 1, b_0 = 0 and
///   b_k = b_{k-1} + eta mu^k R_{k-1},  R_k = |x_0 - b_k m_0|,
/// so only the three inner products of x_0 and m_0 are needed.
static void make_up_steps(const rk_sphere *o, missed_steps *s, int32_t longest) {
    fv b[GROUP_VECTORS], R[GROUP_VECTORS];
    for (int v = 0; v < GROUP_VECTORS; v++) b[v] = fv_set(0), R[v] = fv_set(1);
    for (int32_t k = 1; k <= longest; k++) {
        fv rate = fv_set(o->rate * o->powers[k]);
        for (int v = 0; v < GROUP_VECTORS; v++) {
            // A row that has missed fewer steps stays as it is while the others go on.
            b[v] = s->gap[v] >= k ? fv_fma(rate, R[v], b[v]) : b[v];
            // |x - b m|^2 from the three products; rounding may take a value near 0 below it, hence the maximum.
            fv square = fv_fma(b[v], fv_fma(b[v], s->mm[v], s->xm[v] * -2.0f), s->xx[v]);
            R[v] = fv_sqrt(fv_max(square, fv_set(0)));
        }
    }
    for (int v = 0; v < GROUP_VECTORS; v++) s->b[v] = b[v];
}

static void gather_group(
    const rk_sphere *o, const float *table, const float *momentum, const float *last, const int32_t *rows,
    size_t first, size_t count, size_t stride, size_t step, float *x, float *m
) {
    missed_steps s;
    // Lanes without a row have no gap, and nothing moves in them.
    memset(&s, 0, sizeof s);
    size_t row[GROUP_ROWS];
    int32_t missed[GROUP_ROWS], longest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t vector = i / RK_LANES, lane = i % RK_LANES;
        row[i] = rows ? (size_t)rows[first + i] : first + i;
        if (rows && i + ROWS_AHEAD < count) {
            fetch_row(table, (size_t)rows[first + i + ROWS_AHEAD], stride);
            fetch_row(momentum, (size_t)rows[first + i + ROWS_AHEAD], stride);
        }
        missed[i] = (int32_t)(step - (size_t)last[row[i]]);
        row_products p = products(table + row[i] * stride, momentum + row[i] * stride, stride);
        s.xx[vector][lane] = p.xx, s.xm[vector][lane] = p.xm, s.mm[vector][lane] = p.mm;
        // Powers of mu behind the table's end count as 0, so later steps move nothing.
        int32_t moving = p.mm < negligible ? 0 : missed[i];
        if (moving >= (int32_t)o->power_count) moving = (int32_t)o->power_count - 1;
        s.gap[vector][lane] = moving;
        if (moving > longest) longest = moving;
    }
    make_up_steps(o, &s, longest);
    for (size_t i = 0; i < count; i++) {
        size_t vector = i / RK_LANES, lane = i % RK_LANES;
        const float *x0 = table + row[i] * stride, *m0 = momentum + row[i] * stride;
        float *xk = x + (first + i) * stride, *mk = m + (first + i) * stride;
        size_t k = (size_t)missed[i];
        float decay = s.mm[vector][lane] < negligible || k >= o->power_count ? 0 : o->powers[k];
        // Projecting a row that missed nothing would round it once more.
        if (k == 0) memcpy(xk, x0, stride * sizeof(float));
        else project(x0, s.b[vector][lane], m0, xk, stride);
        for (size_t c = 0; c < stride; c++) mk[c] = m0[c] * decay;
    }
}

void rk_sphere_gather(
    const rk_sphere *optimizer, const float *table, const float *momentum, const float *last,
    const int32_t *rows, size_t count, size_t stride, size_t step, float *x, float *m
) {
    for (size_t first = 0; first < count; first += GROUP_ROWS) {
        size_t group = count - first < GROUP_ROWS ? count - first : GROUP_ROWS;
        gather_group(optimizer, table, momentum, last, rows, first, group, stride, step, x, m);
    }
}

void rk_sphere_update(
    const rk_sphere *optimizer, float *table, float *momentum, float *last, const int32_t *rows,
    size_t count, size_t stride, size_t step, const float *x, const float *m, const float *g
) {
    for (size_t slot = 0; slot < count; slot++) {
        size_t row = (size_t)rows[slot];
        float *moved = momentum + row * stride;
        const float *before = m + slot * stride, *gradient = g + slot * stride;
        // The momentum is not projected onto the sphere's tangent: the paper speaks of the embeddings alone.
        for (size_t i = 0; i < stride; i++) moved[i] = optimizer->momentum * before[i] + gradient[i];
        project(x + slot * stride, optimizer->rate, moved, table + row * stride, stride);
        last[row] = (float)step;
    }
}

/// Cuts what decays towards denormals to 0, long before it could show in a weight.
static inline fv cut_tiny(fv a) { return fv_max(a, -a) > 1e-35f ? a : fv_set(0); }

static inline void adam_lane(const rk_adam *o, fv size, fv scale, fv *x, fv *m, fv *v, fv g) {
    // Coupled decay is part of the gradient, so the moments see it; `shrink` below they do not.
    g = fv_fma(fv_set(o->coupled), *x, g);
    *m = cut_tiny(fv_fma(fv_set(o->beta1), *m, g * (1 - o->beta1)));
    *v = cut_tiny(fv_fma(fv_set(o->beta2), *v, g * g * (1 - o->beta2)));
    fv change = size * *m / fv_fma(scale, fv_sqrt(*v), fv_set(o->epsilon));
    *x = fv_fma(fv_set(o->shrink), *x, -change);
}

void rk_adam_update(const rk_adam *o, size_t t, float *x, float *m, float *v, const float *g, size_t n) {
    fv size = fv_set(o->sizes[t]), scale = fv_set(o->scales[t]);
    for (size_t i = 0; i < n; i += RK_LANES) {
        size_t lanes = lanes_left(i, n);
        fv a = fv_load_part(x + i, lanes, 0), b = fv_load_part(m + i, lanes, 0), c = fv_load_part(v + i, lanes, 0);
        adam_lane(o, size, scale, &a, &b, &c, fv_load_part(g + i, lanes, 0));
        fv_store_part(x + i, a, lanes), fv_store_part(m + i, b, lanes), fv_store_part(v + i, c, lanes);
    }
}

/// Steps with decay in the gradient, which moves the moments: one after another.
static void replay_coupled(const rk_adam *o, size_t from, size_t to, float *x, float *m, float *v, size_t n) {
    for (size_t i = 0; i < n; i += RK_LANES) {
        size_t lanes = lanes_left(i, n);
        fv a = fv_load_part(x + i, lanes, 0), b = fv_load_part(m + i, lanes, 0), c = fv_load_part(v + i, lanes, 0);
        // The vector stays in registers through all its missed steps.
        for (size_t t = from; t < to; t++)
            adam_lane(o, fv_set(o->sizes[t]), fv_set(o->scales[t]), &a, &b, &c, fv_set(0));
        fv_store_part(x + i, a, lanes), fv_store_part(m + i, b, lanes), fv_store_part(v + i, c, lanes);
    }
}

/// Vectors of a row that are made up at once: a step of each waits for the one before.
enum { REPLAY_VECTORS = 2 };

/// Without coupled decay the moments are m_0 b1^k and v_0 b2^k after k steps, so that a step needs no root:
///   x_k = shrink x_{k-1} - (sizes[t] b1^k) m_0 / ((scales[t] b2^(k/2)) sqrt(v_0) + epsilon).
static void replay_block(const rk_adam *o, size_t from, size_t to, float *x, float *m, float *v, size_t n) {
    fv a[REPLAY_VECTORS], first[REPLAY_VECTORS], root[REPLAY_VECTORS], second[REPLAY_VECTORS];
    size_t lanes[REPLAY_VECTORS];
    for (size_t i = 0; i < REPLAY_VECTORS; i++) {
        size_t at = i * RK_LANES;
        lanes[i] = at < n ? lanes_left(at, n) : 0;
        a[i] = first[i] = second[i] = fv_set(0);
        if (lanes[i] > 0) {
            a[i] = fv_load_part(x + at, lanes[i], 0), first[i] = fv_load_part(m + at, lanes[i], 0);
            second[i] = fv_load_part(v + at, lanes[i], 0);
        }
        root[i] = fv_sqrt(second[i]);
    }
    fv shrink = fv_set(o->shrink), epsilon = fv_set(o->epsilon);
    // In double precision: powers of thousands of steps add up the rounding of every one.
    double beta1 = o->beta1, root_beta2 = sqrt((double)o->beta2), decay1 = 1, decay2 = 1;
    size_t t = from;
    // Once a step is so much smaller than the first, no weight moves any more but by `shrink`.
    for (; t < to && decay1 > 1e-10 * decay2; t++) {
        decay1 *= beta1, decay2 *= root_beta2;
        fv size = fv_set((float)(o->sizes[t] * decay1)), scale = fv_set((float)(o->scales[t] * decay2));
        for (size_t i = 0; i < REPLAY_VECTORS; i++) {
            fv change = size * first[i] * fv_reciprocal(fv_fma(scale, root[i], epsilon));
            a[i] = fv_fma(shrink, a[i], -change);
        }
    }
    // Moments go on to decay through the steps that the loop left out.
    double rest = (double)(to - t), left1 = decay1 * pow(beta1, rest), left2 = decay2 * pow(root_beta2, rest);
    fv shrunk = fv_set((float)pow(o->shrink, rest));
    for (size_t i = 0; i < REPLAY_VECTORS; i++) {
        if (lanes[i] == 0) continue;
        size_t at = i * RK_LANES;
        fv_store_part(x + at, a[i] * shrunk, lanes[i]);
        fv_store_part(m + at, cut_tiny(first[i] * (float)left1), lanes[i]);
        // v falls by beta2 in each step, the square of what its root falls by.
        fv_store_part(v + at, cut_tiny(second[i] * (float)(left2 * left2)), lanes[i]);
    }
}

void rk_adam_replay(
    const rk_adam *optimizer, size_t from, size_t to, float *x, float *m, float *v, size_t n
) {
    if (optimizer->coupled != 0) return replay_coupled(optimizer, from, to, x, m, v, n);
    for (size_t i = 0; i < n; i += REPLAY_VECTORS * RK_LANES) {
        size_t left = n - i < REPLAY_VECTORS * RK_LANES ? n - i : REPLAY_VECTORS * RK_LANES;
        replay_block(optimizer, from, to, x + i, m + i, v + i, left);
    }
}

static void fetch_moments(
    const float *table, const float *first, const float *second, const int32_t *rows, size_t slot, size_t count,
    size_t stride
) {
    if (slot + ROWS_AHEAD >= count) return;
    size_t row = (size_t)rows[slot + ROWS_AHEAD];
    fetch_row(table, row, stride), fetch_row(first, row, stride), fetch_row(second, row, stride);
}

void rk_adam_gather(
    const rk_adam *optimizer, float *table, float *first, float *second, float *last, const int32_t *rows,
    size_t count, size_t stride, size_t step, float *x
) {
    for (size_t slot = 0; slot < count; slot++) {
        fetch_moments(table, first, second, rows, slot, count, stride);
        size_t row = (size_t)rows[slot], at = row * stride, done = (size_t)last[row];
        if (done < step) {
            rk_adam_replay(optimizer, done, step, table + at, first + at, second + at, stride);
            last[row] = (float)step;
        }
        // The table has been written too: the update that follows starts from its moments.
        memcpy(x + slot * stride, table + at, stride * sizeof(float));
    }
}

void rk_adam_update_rows(
    const rk_adam *optimizer, float *table, float *first, float *second, float *last, const int32_t *rows,
    size_t count, size_t stride, size_t step, const float *g
) {
    for (size_t slot = 0; slot < count; slot++) {
        fetch_moments(table, first, second, rows, slot, count, stride);
        size_t row = (size_t)rows[slot], at = row * stride;
        // `sizes` and `scales` count steps from 0; `step` says how many are done, this one included.
        rk_adam_update(optimizer, step - 1, table + at, first + at, second + at, g + slot * stride, stride);
        last[row] = (float)step;
    }
}
