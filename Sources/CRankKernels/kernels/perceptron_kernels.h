void rk_pair_relu(
    const float *a, const int32_t *i, const float *b, const int32_t *j, size_t rows, size_t width, float *out
) {
    for (size_t r = 0; r < rows; r++) {
        // `restrict` tells the compiler that no row overlaps another, so that it may use vectors without checking.
        const float *restrict left = a + (size_t)i[r] * width, *restrict right = b + (size_t)j[r] * width;
        float *restrict h = out + r * width;
        for (size_t k = 0; k < width; k++) {
            float sum = left[k] + right[k];
            h[k] = sum > 0 ? sum : 0;
        }
    }
}

void rk_bias_relu(float *h, const float *bias, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) {
        float *restrict row = h + r * width;
        const float *restrict b = bias;
        for (size_t k = 0; k < width; k++) {
            float sum = row[k] + b[k];
            row[k] = sum > 0 ? sum : 0;
        }
    }
}

void rk_outer(const float *a, const float *b, size_t rows, size_t width, float *out) {
    for (size_t r = 0; r < rows; r++) {
        float *restrict row = out + r * width;
        const float *restrict factors = b;
        for (size_t k = 0; k < width; k++) row[k] = a[r] * factors[k];
    }
}

void rk_relu_backward(const float *h, float *dh, float *dbias, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) {
        const float *restrict active = h + r * width;
        float *restrict row = dh + r * width;
        float *restrict sums = dbias;
        for (size_t k = 0; k < width; k++) {
            // h is behind its ReLU, and positive exactly where the ReLU let its input through.
            float passed = active[k] > 0 ? row[k] : 0;
            row[k] = passed;
            sums[k] += passed;
        }
    }
}

void rk_sum_rows(const float *matrix, const int32_t *members, size_t count, size_t width, float *out) {
    memset(out, 0, width * sizeof(float));
    for (size_t m = 0; m < count; m++) {
        const float *restrict row = matrix + (size_t)members[m] * width;
        float *restrict sums = out;
        for (size_t k = 0; k < width; k++) sums[k] += row[k];
    }
}
