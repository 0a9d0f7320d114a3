#pragma once

/// Every kernel that has a variant for each set of instructions: KERNEL(result, name, parameters, arguments).
#define RK_KERNELS(KERNEL)                                                                                            \
    KERNEL(double, rk_exp_sum, (const float *x, float shift, float *y, size_t n), (x, shift, y, n))                   \
    KERNEL(float, rk_max, (const float *x, size_t n), (x, n))                                                         \
    KERNEL(float, rk_dot, (const float *a, const float *b, size_t n), (a, b, n))                                      \
    KERNEL(void, rk_axpy, (float a, const float *x, float *y, size_t n), (a, x, y, n))                                \
    KERNEL(void, rk_round_to_bfloat16, (const float *x, size_t n, uint16_t *out), (x, n, out))                        \
    KERNEL(void, rk_expand_bfloat16, (const uint16_t *x, size_t n, float *out), (x, n, out))                          \
    KERNEL(double, rk_sum_of_squares, (const float *x, size_t n), (x, n))                                             \
    KERNEL(void, rk_rms_norm, (const float *x, size_t rows, size_t width, float epsilon, float *normalised, float     \
           *inverse), (x, rows, width, epsilon, normalised, inverse))                                                 \
    KERNEL(void, rk_scale_columns, (const float *x, const float *gain, size_t rows, size_t width, float *out), (x, gain,\
           rows, width, out))                                                                                         \
    KERNEL(void, rk_scale_columns_backward, (float *d, const float *x, const float *gain, size_t rows, size_t width, float\
           *dgain), (d, x, gain, rows, width, dgain))                                                                 \
    KERNEL(void, rk_rms_norm_backward, (const float *dnormalised, const float *normalised, const float *inverse, size_t\
           rows, size_t width, float *dx), (dnormalised, normalised, inverse, rows, width, dx))                       \
    KERNEL(void, rk_swiglu, (const float *gate_up, size_t rows, size_t f, float *out), (gate_up, rows, f, out))       \
    KERNEL(void, rk_swiglu_backward, (float *gate_up, const float *dout, size_t rows, size_t f, float *out), (gate_up,\
           dout, rows, f, out))                                                                                       \
    KERNEL(void, rk_rotate, (float *x, size_t rows, size_t stride, size_t column, size_t heads, size_t d, const int32_t\
           *positions, const float *cosines, const float *sines, float direction), (x, rows, stride, column, heads, d,\
           positions, cosines, sines, direction))                                                                     \
    KERNEL(float, rk_softmax_row, (float *logits, size_t n, float weight), (logits, n, weight))                       \
    KERNEL(float, rk_log_sum_exp, (const float *logits, size_t n), (logits, n))                                       \
    KERNEL(void, rk_attention_forward, (const rk_sequence *s, const rk_attention_shape *shape, const float *qkv, float\
           *out, float *log_sums, float *scratch), (s, shape, qkv, out, log_sums, scratch))                           \
    KERNEL(void, rk_attention_backward, (const rk_sequence *s, const rk_attention_shape *shape, const float *qkv, const\
           float *out, const float *dout, const float *log_sums, float *dqkv, float *scratch), (s, shape, qkv, out, dout,\
           log_sums, dqkv, scratch))                                                                                  \
    KERNEL(float, rk_counted_softmax, (float *s, const float *counts, float weight, size_t n), (s, counts, weight, n))\
    KERNEL(void, rk_sphere_gather, (const rk_sphere *optimizer, const float *table, const float *momentum, const float\
           *last, const int32_t *rows, size_t count, size_t stride, size_t step, float *x, float *m), (optimizer, table,\
           momentum, last, rows, count, stride, step, x, m))                                                          \
    KERNEL(void, rk_sphere_update, (const rk_sphere *optimizer, float *table, float *momentum, float *last, const int32_t\
           *rows, size_t count, size_t stride, size_t step, const float *x, const float *m, const float *g), (optimizer,\
           table, momentum, last, rows, count, stride, step, x, m, g))                                                \
    KERNEL(void, rk_adam_update, (const rk_adam *optimizer, size_t t, float *x, float *m, float *v, const float *g, size_t\
           n), (optimizer, t, x, m, v, g, n))                                                                         \
    KERNEL(void, rk_adam_replay, (const rk_adam *optimizer, size_t from, size_t to, float *x, float *m, float *v, size_t\
           n), (optimizer, from, to, x, m, v, n))                                                                     \
    KERNEL(void, rk_add_layer_norm, (float *x, const float *y, const float *bias, const float *gain, const float *shift,\
           size_t rows, size_t width, float epsilon), (x, y, bias, gain, shift, rows, width, epsilon))                \
    KERNEL(void, rk_bias_gelu, (float *x, const float *bias, size_t rows, size_t width), (x, bias, rows, width))      \
    KERNEL(void, rk_full_attention, (const float *qkv, size_t tokens, size_t heads, size_t d, float *out, float *scratch),\
           (qkv, tokens, heads, d, out, scratch))                                                                     \
    KERNEL(void, rk_adamw, (float *parameters, const float *gradient, float *first, float *second, size_t n, float    \
           gradient_scale, float learning_rate, float beta1, float beta2, float epsilon, float correction1, float     \
           correction2, float weight_decay), (parameters, gradient, first, second, n, gradient_scale, learning_rate,  \
           beta1, beta2, epsilon, correction1, correction2, weight_decay))                                            \
    KERNEL(void, rk_pair_relu, (const float *a, const int32_t *i, const float *b, const int32_t *j, size_t rows, size_t\
           width, float *out), (a, i, b, j, rows, width, out))                                                        \
    KERNEL(void, rk_bias_relu, (float *h, const float *bias, size_t rows, size_t width), (h, bias, rows, width))      \
    KERNEL(void, rk_outer, (const float *a, const float *b, size_t rows, size_t width, float *out), (a, b, rows, width,\
           out))                                                                                                      \
    KERNEL(void, rk_relu_backward, (const float *h, float *dh, float *dbias, size_t rows, size_t width), (h, dh, dbias,\
           rows, width))                                                                                              \
    KERNEL(void, rk_sum_rows, (const float *matrix, const int32_t *members, size_t count, size_t width, float *out),  \
           (matrix, members, count, width, out))                                                                      \
    KERNEL(void, rk_pair_product, (size_t m, size_t n, size_t pairs, const uint32_t *A, size_t row_stride, size_t     \
           pair_stride, const uint32_t *B, size_t ldb, float *C, size_t ldc, int accumulate),                         \
           (m, n, pairs, A, row_stride, pair_stride, B, ldb, C, ldc, accumulate))                                     \
    KERNEL(void, rk_pair_columns, (const float *x, size_t rows, size_t columns, size_t ldx, uint32_t *out,            \
           size_t ldo), (x, rows, columns, ldx, out, ldo))                                                            \
    KERNEL(void, rk_pair_rows, (const float *x, size_t rows, size_t columns, size_t ldx, uint32_t *out,               \
           size_t ldo), (x, rows, columns, ldx, out, ldo))                                                            \
    KERNEL(void, rk_pair_transposed, (const float *x, size_t rows, size_t columns, size_t ldx, uint32_t *out,         \
           size_t ldo), (x, rows, columns, ldx, out, ldo))                                                            \
    KERNEL(void, rk_adam_gather, (const rk_adam *optimizer, float *table, float *first, float *second, float *last,   \
           const int32_t *rows, size_t count, size_t stride, size_t step, float *x),                                  \
           (optimizer, table, first, second, last, rows, count, stride, step, x))                                     \
    KERNEL(void, rk_adam_update_rows, (const rk_adam *optimizer, float *table, float *first, float *second, float *last,\
           const int32_t *rows, size_t count, size_t stride, size_t step, const float *g),                            \
           (optimizer, table, first, second, last, rows, count, stride, step, g))                                     \
    KERNEL(void, rk_add_all, (const float *const *parts, size_t count, float *y, size_t n), (parts, count, y, n))
