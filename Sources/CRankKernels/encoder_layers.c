#include "encoder_layers.h"
#include "mini_gemm.h"
#include "vector_math.h"
#include <math.h>
#include <string.h>

void rk_add_layer_norm(float *x, const float *y, const float *bias, const float *gain, const float *shift, size_t rows,
                       size_t width, float epsilon) {
    for (size_t row = 0; row < rows; row++) {
        float *r = x + row * width;
        f8 total = f8_set(0);
        for (size_t i = 0; i < width; i += 8) {
            f8 v = f8_load(r + i);
            if (y) v += f8_load(y + row * width + i) + f8_load(bias + i);
            f8_store(r + i, v);
            total += v;
        }
        f8 mean = f8_set(f8_sum(total) / (float)width), squares = f8_set(0);
        for (size_t i = 0; i < width; i += 8) {
            f8 v = f8_load(r + i) - mean;
            squares = f8_fma(v, v, squares);
        }
        f8 inverse = f8_set(1 / sqrtf(f8_sum(squares) / (float)width + epsilon));
        for (size_t i = 0; i < width; i += 8) {
            f8 v = (f8_load(r + i) - mean) * inverse;
            f8_store(r + i, f8_fma(v, f8_load(gain + i), f8_load(shift + i)));
        }
    }
}

/// 1 - erf(|z|) for z >= 0.
static inline f8 complementary_error(f8 z) {
    f8 t = f8_set(1) / f8_fma(f8_set(0.3275911f), z, f8_set(1));
    f8 p = f8_set(1.061405429f);
    p = f8_fma(p, t, f8_set(-1.453152027f));
    p = f8_fma(p, t, f8_set(1.421413741f));
    p = f8_fma(p, t, f8_set(-0.284496736f));
    p = f8_fma(p, t, f8_set(0.254829592f));
    return p * t * f8_exp(-z * z);
}

void rk_bias_gelu(float *x, const float *bias, size_t rows, size_t width) {
    f8 half = f8_set(0.5f);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < width; i += 8) {
            float *at = x + row * width + i;
            f8 v = f8_load(at) + f8_load(bias + i);
            f8 size = f8_max(v, -v);
            // v Phi(v) = max(v, 0) - |v| (1 - erf(|v| / sqrt 2)) / 2, for either sign of v.
            f8 tail = complementary_error(size * f8_set(0.70710678118654752f));
            f8_store(at, f8_max(v, f8_set(0)) - half * size * tail);
        }
    }
}

static size_t padded(size_t tokens) { return (tokens + 7) / 8 * 8; }

size_t rk_full_attention_scratch(size_t tokens, size_t d) { return (d + tokens) * padded(tokens); }

void rk_full_attention(const float *qkv, size_t tokens, size_t heads, size_t d, float *out, float *scratch) {
    size_t width = heads * d, stride = 3 * width, columns = padded(tokens);
    float *keys = scratch, *scores = scratch + d * columns;
    float scale = 1 / sqrtf((float)d);
    for (size_t head = 0; head < heads; head++) {
        const float *q = qkv + head * d, *k = q + width, *v = k + width;
        for (size_t i = 0; i < d; i++) {
            for (size_t token = 0; token < tokens; token++)
                keys[i * columns + token] = scale * k[token * stride + i];
            for (size_t token = tokens; token < columns; token++) keys[i * columns + token] = 0;
        }
        mini_gemm((int)tokens, (int)columns, (int)d, q, (int)stride, keys, (int)columns, scores, (int)columns, 0);
        for (size_t token = 0; token < tokens; token++) {
            float *row = scores + token * columns;
            double sum = rk_exp_sum(row, rk_max(row, tokens), row, tokens);
            float inverse = (float)(1 / sum);
            for (size_t i = 0; i < tokens; i++) row[i] *= inverse;
        }
        mini_gemm((int)tokens, (int)d, (int)tokens, scores, (int)columns, v, (int)stride, out + head * d, (int)width,
                  0);
    }
}
