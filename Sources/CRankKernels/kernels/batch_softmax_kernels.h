float rk_counted_softmax(float *s, const float *counts, float weight, size_t n) {
    float highest = rk_max(s, n);
    fv shift = fv_set(highest), sum0 = fv_set(0), sum1 = fv_set(0);
    size_t i = 0;
    for (; i + 2 * RK_LANES <= n; i += 2 * RK_LANES) {
        fv e0 = fv_exp(fv_load(s + i) - shift) * fv_load(counts + i);
        fv e1 = fv_exp(fv_load(s + i + RK_LANES) - shift) * fv_load(counts + i + RK_LANES);
        fv_store(s + i, e0), fv_store(s + i + RK_LANES, e1);
        sum0 += e0, sum1 += e1;
    }
    for (; i < n; i += RK_LANES) {
        size_t count = lanes_left(i, n);
        // Lanes behind the end have the count 0 and add nothing.
        fv e = fv_exp(fv_load_part(s + i, count, highest) - shift) * fv_load_part(counts + i, count, 0);
        fv_store_part(s + i, e, count);
        sum0 += e;
    }
    float total = fv_sum(sum0 + sum1), scale = weight / total;
    for (i = 0; i < n; i++) s[i] *= scale;
    return highest + logf(total);
}
