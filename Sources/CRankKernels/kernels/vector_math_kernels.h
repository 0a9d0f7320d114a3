double rk_exp_sum(const float *x, float shift, float *y, size_t n) {
    // Two sums, because an addition has to wait for the one before it.
    fv s = fv_set(shift), total = fv_set(0), other = fv_set(0);
    size_t i = 0;
    for (; i + 2 * RK_LANES <= n; i += 2 * RK_LANES) {
        fv e = fv_exp(fv_load(x + i) - s), f = fv_exp(fv_load(x + i + RK_LANES) - s);
        fv_store(y + i, e), fv_store(y + i + RK_LANES, f);
        total += e, other += f;
    }
    for (; i + RK_LANES <= n; i += RK_LANES) {
        fv e = fv_exp(fv_load(x + i) - s);
        fv_store(y + i, e);
        total += e;
    }
    double sum = fv_sum(total + other);
    if (i == n) return sum;
    // Lanes behind the end compute exp(0), a usual number, and are not counted.
    fv e = fv_exp(fv_load_part(x + i, n - i, shift) - s);
    fv_store_part(y + i, e, n - i);
    for (size_t lane = 0; lane < n - i; lane++) sum += e[lane];
    return sum;
}

float rk_max(const float *x, size_t n) {
    fv best = fv_set(x[0]), other = best;
    size_t i = 0;
    for (; i + 2 * RK_LANES <= n; i += 2 * RK_LANES) {
        best = fv_max(fv_load(x + i), best);
        other = fv_max(fv_load(x + i + RK_LANES), other);
    }
    for (; i + RK_LANES <= n; i += RK_LANES) best = fv_max(fv_load(x + i), best);
    // The first value fills the lanes behind the end: it cannot exceed the maximum.
    if (i < n) best = fv_max(fv_load_part(x + i, n - i, x[0]), best);
    return fv_highest(fv_max(best, other));
}

float rk_dot(const float *a, const float *b, size_t n) {
    fv s0 = fv_set(0), s1 = fv_set(0);
    size_t i = 0;
    for (; i + 2 * RK_LANES <= n; i += 2 * RK_LANES) {
        s0 = fv_fma(fv_load(a + i), fv_load(b + i), s0);
        s1 = fv_fma(fv_load(a + i + RK_LANES), fv_load(b + i + RK_LANES), s1);
    }
    for (; i + RK_LANES <= n; i += RK_LANES) s0 = fv_fma(fv_load(a + i), fv_load(b + i), s0);
    if (i < n) s1 = fv_fma(fv_load_part(a + i, n - i, 0), fv_load_part(b + i, n - i, 0), s1);
    return fv_sum(s0 + s1);
}

void rk_expand_bfloat16(const uint16_t *x, size_t n, float *out) {
    for (size_t i = 0; i < n; i++) {
        // A bfloat16 is the upper half of a float. memcpy is how C allows bits to change their type.
        uint32_t bits = (uint32_t)x[i] << 16;
        memcpy(out + i, &bits, sizeof bits);
    }
}

void rk_axpy(float a, const float *x, float *y, size_t n) {
    fv s = fv_set(a);
    size_t i = 0;
    for (; i + RK_LANES <= n; i += RK_LANES) fv_store(y + i, fv_fma(s, fv_load(x + i), fv_load(y + i)));
    if (i == n) return;
    fv_store_part(y + i, fv_fma(s, fv_load_part(x + i, n - i, 0), fv_load_part(y + i, n - i, 0)), n - i);
}

void rk_add_all(const float *const *parts, size_t count, float *y, size_t n) {
    for (size_t i = 0; i < n; i += RK_LANES) {
        // All parts of one vector before the next vector: y is read and written once, and
        // parts are added in their order.
        size_t lanes = lanes_left(i, n);
        fv sum = fv_load_part(y + i, lanes, 0);
        for (size_t p = 0; p < count; p++) sum += fv_load_part(parts[p] + i, lanes, 0);
        fv_store_part(y + i, sum, lanes);
    }
}

double rk_sum_of_squares(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i += 4096) {
        size_t count = n - i < 4096 ? n - i : 4096;
        // Within 4,096 values float is exact enough; over millions the small squares would be lost beside the sum.
        sum += rk_dot(x + i, x + i, count);
    }
    return sum;
}
