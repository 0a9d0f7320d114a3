void rk_rms_norm(const float *x, size_t rows, size_t width, float epsilon, float *normalised, float *inverse) {
    for (size_t row = 0; row < rows; row++) {
        const float *from = x + row * width;
        float factor = 1.0f / sqrtf(rk_dot(from, from, width) / (float)width + epsilon);
        inverse[row] = factor;
        for (size_t c = 0; c < width; c++) normalised[row * width + c] = from[c] * factor;
    }
}

void rk_scale_columns(const float *x, const float *gain, size_t rows, size_t width, float *out) {
    for (size_t row = 0; row < rows; row++)
        for (size_t c = 0; c < width; c++) out[row * width + c] = x[row * width + c] * gain[c];
}

void rk_scale_columns_backward(float *d, const float *x, const float *gain, size_t rows, size_t width, float *dgain) {
    for (size_t row = 0; row < rows; row++) {
        float *own = d + row * width;
        for (size_t c = 0; c < width; c++) {
            // `own` is still the gradient of the scaled columns here.
            dgain[c] += own[c] * x[row * width + c];
            own[c] *= gain[c];
        }
    }
}

void rk_rms_norm_backward(const float *dnormalised, const float *normalised, const float *inverse, size_t rows,
                          size_t width, float *dx) {
    for (size_t row = 0; row < rows; row++) {
        const float *d = dnormalised + row * width, *n = normalised + row * width;
        float *out = dx + row * width;
        // A change along the normalised row is undone by the normalisation, so that part of the gradient goes.
        float mean = rk_dot(d, n, width) / (float)width, factor = inverse[row];
        for (size_t c = 0; c < width; c++) out[c] += factor * (d[c] - n[c] * mean);
    }
}

static inline fv sigmoid(fv x) { return fv_reciprocal(1.0f + fv_exp(-x)); }

void rk_swiglu(const float *gate_up, size_t rows, size_t f, float *out) {
    for (size_t row = 0; row < rows; row++) {
        const float *gate = gate_up + row * 2 * f, *up = gate + f;
        float *to = out + row * f;
        for (size_t c = 0; c < f; c += RK_LANES) {
            size_t lanes = lanes_left(c, f);
            fv g = fv_load_part(gate + c, lanes, 0);
            fv_store_part(to + c, g * sigmoid(g) * fv_load_part(up + c, lanes, 0), lanes);
        }
    }
}

void rk_swiglu_backward(float *gate_up, const float *dout, size_t rows, size_t f, float *out) {
    for (size_t row = 0; row < rows; row++) {
        float *gate = gate_up + row * 2 * f, *up = gate + f, *to = out + row * f;
        const float *d = dout + row * f;
        for (size_t c = 0; c < f; c += RK_LANES) {
            size_t lanes = lanes_left(c, f);
            fv g = fv_load_part(gate + c, lanes, 0), u = fv_load_part(up + c, lanes, 0);
            fv dy = fv_load_part(d + c, lanes, 0), s = sigmoid(g), silu = g * s;
            // The forward pass kept no output; the next matrix's gradient needs it.
            fv_store_part(to + c, silu * u, lanes);
            fv_store_part(up + c, dy * silu, lanes);
            // d silu(g) / dg = s + silu(g) (1 - s).
            fv_store_part(gate + c, dy * u * fv_fma(silu, 1.0f - s, s), lanes);
        }
    }
}

void rk_rotate(float *x, size_t rows, size_t stride, size_t column, size_t heads, size_t d, const int32_t *positions,
               const float *cosines, const float *sines, float direction) {
    size_t half = d / 2;
    for (size_t row = 0; row < rows; row++) {
        const float *cosine = cosines + (size_t)positions[row] * half, *sine = sines + (size_t)positions[row] * half;
        for (size_t head = 0; head < heads; head++) {
            // A pair is half a head apart, not two neighbours: the order of a Llama's weights in transformers.
            float *a = x + row * stride + column + head * d, *b = a + half;
            for (size_t c = 0; c < half; c++) {
                float s = direction * sine[c], first = a[c], second = b[c];
                a[c] = first * cosine[c] - second * s;
                b[c] = second * cosine[c] + first * s;
            }
        }
    }
}

float rk_softmax_row(float *logits, size_t n, float weight) {
    float top = rk_max(logits, n);
    // With the largest logit taken off no exponential overflows, and the sum is at least 1.
    double sum = rk_exp_sum(logits, top, logits, n);
    float scale = (float)((double)weight / sum);
    for (size_t i = 0; i < n; i++) logits[i] *= scale;
    return top + (float)log(sum);
}

float rk_log_sum_exp(const float *logits, size_t n) {
    float top = rk_max(logits, n), block[256];
    double sum = 0;
    // `block` takes the exponentials that `rk_exp_sum` writes; nobody reads them, and the logits stay.
    for (size_t i = 0; i < n; i += 256) sum += rk_exp_sum(logits + i, top, block, n - i < 256 ? n - i : 256);
    return top + (float)log(sum);
}
