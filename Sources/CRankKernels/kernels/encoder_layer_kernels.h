void rk_add_layer_norm(float *x, const float *y, const float *bias, const float *gain, const float *shift, size_t rows,
                       size_t width, float epsilon) {
    for (size_t row = 0; row < rows; row++) {
        float *r = x + row * width;
        fv total = fv_set(0);
        for (size_t i = 0; i < width; i += RK_LANES) {
            size_t lanes = lanes_left(i, width);
            fv v = fv_load_part(r + i, lanes, 0);
            if (y) v += fv_load_part(y + row * width + i, lanes, 0) + fv_load_part(bias + i, lanes, 0);
            fv_store_part(r + i, v, lanes);
            total += v;
        }
        float mean = fv_sum(total) / (float)width;
        // The mean comes first: a mean of squares less a squared mean would cancel where the mean is large.
        fv squares = fv_set(0);
        for (size_t i = 0; i < width; i += RK_LANES) {
            // Lanes behind the end hold the mean and add nothing.
            fv v = fv_load_part(r + i, lanes_left(i, width), mean) - mean;
            squares = fv_fma(v, v, squares);
        }
        float inverse = 1 / sqrtf(fv_sum(squares) / (float)width + epsilon);
        for (size_t i = 0; i < width; i += RK_LANES) {
            size_t lanes = lanes_left(i, width);
            fv v = (fv_load_part(r + i, lanes, 0) - mean) * inverse;
            fv_store_part(r + i, fv_fma(v, fv_load_part(gain + i, lanes, 0), fv_load_part(shift + i, lanes, 0)), lanes);
        }
    }
}

/// 1 - erf(|z|) for z >= 0.
static inline fv complementary_error(fv z) {
    // Abramowitz and Stegun, formula 7.1.26; their polynomial has no constant term, hence the factor t at the end.
    fv t = fv_set(1) / fv_fma(fv_set(0.3275911f), z, fv_set(1));
    fv p = fv_set(1.061405429f);
    p = fv_fma(p, t, fv_set(-1.453152027f));
    p = fv_fma(p, t, fv_set(1.421413741f));
    p = fv_fma(p, t, fv_set(-0.284496736f));
    p = fv_fma(p, t, fv_set(0.254829592f));
    return p * t * fv_exp(-z * z);
}

void rk_bias_gelu(float *x, const float *bias, size_t rows, size_t width) {
    fv half = fv_set(0.5f);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < width; i += RK_LANES) {
            size_t lanes = lanes_left(i, width);
            float *at = x + row * width + i;
            fv v = fv_load_part(at, lanes, 0) + fv_load_part(bias + i, lanes, 0);
            fv size = fv_max(v, -v);
            // v Phi(v) = max(v, 0) - |v| (1 - erf(|v| / sqrt 2)) / 2, for either sign of v.
            fv tail = complementary_error(size * fv_set(0.70710678118654752f));
            fv_store_part(at, fv_max(v, fv_set(0)) - half * size * tail, lanes);
        }
    }
}

void rk_full_attention(const float *qkv, size_t tokens, size_t heads, size_t d, float *out, float *scratch) {
    size_t width = heads * d, stride = 3 * width, columns = rk_padded(tokens);
    float *keys = scratch, *scores = scratch + d * columns;
    float scale = 1 / sqrtf((float)d);
    for (size_t head = 0; head < heads; head++) {
        const float *q = qkv + head * d, *k = q + width, *v = k + width;
        // Keys are transposed, so that a vector has one token's scores of several keys, and scaled as they are copied.
        for (size_t i = 0; i < d; i++) {
            for (size_t token = 0; token < tokens; token++)
                keys[i * columns + token] = scale * k[token * stride + i];
            for (size_t token = tokens; token < columns; token++) keys[i * columns + token] = 0;
        }
        mini_gemm(tokens, columns, d, q, stride, keys, columns, scores, columns, 0);
        for (size_t token = 0; token < tokens; token++) rk_softmax_row(scores + token * columns, tokens, 1);
        mini_gemm(tokens, d, tokens, scores, columns, v, stride, out + head * d, width,
                  0);
    }
}
