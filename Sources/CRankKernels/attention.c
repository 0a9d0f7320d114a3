#include "attention.h"
#include "mini_gemm.h"
#include <math.h>
#include <string.h>

static inline int padded(int n) { return (n + 7) & ~7; }

/// Sizes that both passes share. `dense`: dense keys; `keys`: their number padded; `rows`: asking rows.
typedef struct {
    int d, width, dense, keys, rows, asking_prompt, stride, key_column, value_column, chain;
} layout;

static layout layout_of(const rk_sequence *s, const rk_attention_shape *shape) {
    layout l;
    l.d = shape->head_dimension;
    l.width = padded(l.d);
    l.dense = s->shared + s->prompt + (s->tree > 0);
    l.keys = padded(l.dense);
    l.asking_prompt = shape->prompt_asks ? s->prompt : 0;
    l.rows = l.asking_prompt + s->tree;
    l.stride = (shape->heads + 2 * shape->key_value_heads) * l.d;
    l.key_column = shape->heads * l.d;
    l.value_column = l.key_column + shape->key_value_heads * l.d;
    l.chain = s->ancestor_start[s->tree];
    return l;
}

size_t rk_attention_probabilities(const rk_sequence *s, const rk_attention_shape *shape) {
    layout l = layout_of(s, shape);
    return (size_t)shape->heads * ((size_t)l.rows * l.keys + l.chain);
}

size_t rk_attention_scratch(const rk_sequence *s, const rk_attention_shape *shape) {
    layout l = layout_of(s, shape);
    size_t all = (size_t)l.keys + s->tree, rows = (size_t)l.rows + 1;
    return 6 * all * l.width + 4 * rows * l.width + rows * l.keys + l.chain + 64;
}

/// The matrix row of dense key j: the shared tokens, the prompt's, then the root.
static inline int key_row(const rk_sequence *s, int j) {
    if (j < s->shared) return s->shared_row + j;
    int own = j - s->shared;
    return own < s->prompt ? s->prompt_row + own : s->tree_row;
}

/// The matrix row of asking row i: the prompt's tokens (if they ask), then the tree's nodes.
static inline int asking_row(const rk_sequence *s, const layout *l, int i) {
    return i < l->asking_prompt ? s->prompt_row + i : s->tree_row + (i - l->asking_prompt);
}

static inline void copy_padded(const float *from, float *to, int d, int width, float scale) {
    for (int c = 0; c < d; c++) to[c] = from[c] * scale;
    for (int c = d; c < width; c++) to[c] = 0;
}

/// Packs one head's column of the dense keys: as rows [keys, width], transposed [width, keys], or both.
static void pack_dense(const rk_sequence *s, const layout *l, const float *qkv, int column, float *rows, float *transposed) {
    if (transposed) memset(transposed, 0, sizeof(float) * l->width * l->keys);
    if (rows) memset(rows, 0, sizeof(float) * l->keys * l->width);
    for (int j = 0; j < l->dense; j++) {
        const float *from = qkv + (size_t)key_row(s, j) * l->stride + column;
        if (rows) copy_padded(from, rows + j * l->width, l->d, l->width, 1);
        if (transposed)
            for (int c = 0; c < l->d; c++) transposed[c * l->keys + j] = from[c];
    }
}

/// Packs one head's column of the tree's nodes: [tree, width].
static void pack_tree(const rk_sequence *s, const layout *l, const float *matrix, int stride, int column, float *rows) {
    for (int j = 0; j < s->tree; j++)
        copy_padded(matrix + (size_t)(s->tree_row + j) * stride + column, rows + j * l->width, l->d, l->width, 1);
}

static void pack_asking(const rk_sequence *s, const layout *l, const float *matrix, int stride, int column, float scale,
                        float *rows) {
    for (int i = 0; i < l->rows; i++)
        copy_padded(matrix + (size_t)asking_row(s, l, i) * stride + column, rows + i * l->width, l->d, l->width, scale);
}

static inline float dot(const float *a, const float *b, int width) {
    f8 sum = f8_set(0);
    for (int c = 0; c < width; c += 8) sum = f8_fma(f8_load(a + c), f8_load(b + c), sum);
    return f8_sum(sum);
}

static inline void axpy(float a, const float *x, float *y, int width) {
    f8 s = f8_set(a);
    for (int c = 0; c < width; c += 8) f8_store(y + c, f8_fma(s, f8_load(x + c), f8_load(y + c)));
}

/// Rows times dense keys: causal for the prompt (two rows at a time), all keys for the tree.
static void dense_scores(const rk_sequence *s, const layout *l, const float *a, const float *bT, float *out) {
    for (int i = 0; i < l->asking_prompt; i += 2) {
        int pair = i + 2 <= l->asking_prompt ? 2 : 1;
        mini_gemm(pair, padded(s->shared + i + pair), l->width, a + i * l->width, l->width, bT, l->keys, out + i * l->keys, l->keys, 0);
    }
    int first = l->asking_prompt;
    mini_gemm(s->tree, l->keys, l->width, a + first * l->width, l->width, bT, l->keys, out + first * l->keys, l->keys, 0);
}

/// out[rows, width] = weights[rows, dense keys] times values[keys, width], skipping what causality makes zero.
static void dense_mix(const rk_sequence *s, const layout *l, const float *weights, const float *values, float *out) {
    for (int i = 0; i < l->asking_prompt; i += 2) {
        int pair = i + 2 <= l->asking_prompt ? 2 : 1;
        mini_gemm(pair, l->width, s->shared + i + pair, weights + i * l->keys, l->keys, values, l->width, out + i * l->width, l->width, 0);
    }
    int first = l->asking_prompt;
    mini_gemm(s->tree, l->width, l->dense, weights + first * l->keys, l->keys, values, l->width,
              out + first * l->width, l->width, 0);
}

/// out[keys, width] += weights[rows, keys]^T times a[rows, width], skipping what causality makes zero.
static void dense_gather(const rk_sequence *s, const layout *l, const float *weights, const float *a, float *out) {
    for (int j = 0; j < l->dense; j += 2) {
        int pair = j + 2 <= l->dense ? 2 : 1, own = j > s->shared ? j - s->shared : 0;
        int first = own < l->asking_prompt ? own : l->asking_prompt;
        mini_gemm_transposed(pair, l->width, l->rows - first, weights + first * l->keys + j, l->keys, a + first * l->width,
                             l->width, out + j * l->width, l->width, 1);
    }
}

/// Softmax over dense scores `from` to n and m chain scores, in place; the other dense keys, up to `keys`, get zeros.
/// A window that does not reach back to the dense keys has from >= n; it may hide `hidden` keys of the chain too.
static void softmax_row(float *dense, int from, int n, int keys, float *chain, int hidden, int m) {
    float top = -INFINITY;
    for (int j = from; j < n; j++) top = dense[j] > top ? dense[j] : top;
    for (int j = 0; j < hidden; j++) chain[j] = -1e30f;
    for (int j = hidden; j < m; j++) top = chain[j] > top ? chain[j] : top;
    for (int j = 0; j < from && j < n; j++) dense[j] = -1e30f;
    for (int j = n; j < keys; j++) dense[j] = -1e30f;
    f8 total = f8_set(0), shift = f8_set(top);
    for (int j = 0; j < keys; j += 8) {
        f8 e = f8_exp(f8_load(dense + j) - shift);
        f8_store(dense + j, e);
        total += e;
    }
    float sum = f8_sum(total);
    for (int j = 0; j < m; j += 8) {
        float tail[8];
        for (int c = 0; c < 8; c++) tail[c] = j + c < m ? chain[j + c] - top : -100.0f;
        f8_store(tail, f8_exp(f8_load(tail)));
        for (int c = 0; c < 8 && j + c < m; c++) sum += chain[j + c] = tail[c];
    }
    float scale = 1.0f / sum;
    for (int j = 0; j < n; j++) dense[j] *= scale;
    for (int j = 0; j < from && j < n; j++) dense[j] = 0;
    for (int j = n; j < keys; j++) dense[j] = 0;
    for (int j = 0; j < m; j++) chain[j] = j < hidden ? 0 : chain[j] * scale;
}

/// The first position that a token at `position` sees.
static int first_visible(const rk_attention_shape *shape, int position) {
    return shape->window > 0 && position >= shape->window ? position - shape->window + 1 : 0;
}

void rk_attention_forward(const rk_sequence *s, const rk_attention_shape *shape, const float *qkv, float *out,
                          float *probabilities, float *scratch) {
    layout l = layout_of(s, shape);
    float *kT = scratch, *v = kT + l.width * l.keys, *kTree = v + l.keys * l.width, *vTree = kTree + s->tree * l.width;
    float *q = vTree + s->tree * l.width, *mixed = q + l.rows * l.width;
    int group = shape->heads / shape->key_value_heads, out_stride = shape->heads * l.d;
    float scale = 1.0f / sqrtf((float)l.d);
    for (int head = 0; head < shape->heads; head++) {
        if (head % group == 0) {
            int kv = head / group;
            pack_dense(s, &l, qkv, l.key_column + kv * l.d, NULL, kT);
            pack_dense(s, &l, qkv, l.value_column + kv * l.d, v, NULL);
            pack_tree(s, &l, qkv, l.stride, l.key_column + kv * l.d, kTree);
            pack_tree(s, &l, qkv, l.stride, l.value_column + kv * l.d, vTree);
        }
        float *dense = probabilities + (size_t)head * ((size_t)l.rows * l.keys + l.chain);
        float *chain = dense + (size_t)l.rows * l.keys;
        pack_asking(s, &l, qkv, l.stride, head * l.d, scale, q);
        dense_scores(s, &l, q, kT, dense);
        for (int i = 0; i < l.asking_prompt; i++)
            softmax_row(dense + i * l.keys, first_visible(shape, s->shared + i), s->shared + i + 1, l.keys, NULL, 0, 0);
        for (int node = 0; node < s->tree; node++) {
            int i = l.asking_prompt + node, first = s->ancestor_start[node], end = s->ancestor_start[node + 1];
            for (int a = first; a < end; a++)
                chain[a] = dot(q + i * l.width, kTree + s->ancestors[a] * l.width, l.width);
            // The root, the last dense key, is at position `dense - 1`; the chain's keys follow it.
            int visible = first_visible(shape, l.dense - 1 + end - first), hidden = visible - l.dense;
            softmax_row(dense + i * l.keys, visible, l.dense, l.keys, chain + first, hidden > 0 ? hidden : 0,
                        end - first);
        }
        dense_mix(s, &l, dense, v, mixed);
        for (int node = 0; node < s->tree; node++)
            for (int a = s->ancestor_start[node]; a < s->ancestor_start[node + 1]; a++)
                axpy(chain[a], vTree + s->ancestors[a] * l.width, mixed + (l.asking_prompt + node) * l.width, l.width);
        for (int i = 0; i < l.rows; i++)
            memcpy(out + (size_t)asking_row(s, &l, i) * out_stride + head * l.d, mixed + i * l.width, sizeof(float) * l.d);
    }
}

/// dscores = p * (dp - sum p dp), in place of dp, over dense and chain.
static void softmax_row_backward(const float *p, float *dp, int keys, const float *chain, float *dchain, int m) {
    f8 total = f8_set(0);
    for (int j = 0; j < keys; j += 8) total = f8_fma(f8_load(p + j), f8_load(dp + j), total);
    float sum = f8_sum(total);
    for (int j = 0; j < m; j++) sum += chain[j] * dchain[j];
    f8 mean = f8_set(sum);
    for (int j = 0; j < keys; j += 8) f8_store(dp + j, f8_load(p + j) * (f8_load(dp + j) - mean));
    for (int j = 0; j < m; j++) dchain[j] = chain[j] * (dchain[j] - sum);
}

void rk_attention_backward(const rk_sequence *s, const rk_attention_shape *shape, const float *qkv, const float *dout,
                           const float *probabilities, float *dqkv, float *scratch) {
    layout l = layout_of(s, shape);
    int all = l.keys + s->tree, group = shape->heads / shape->key_value_heads, out_stride = shape->heads * l.d;
    // Rows of k and v, and of their gradients: the dense keys first, the tree's nodes after.
    float *k = scratch, *vT = k + all * l.width, *vTree = vT + l.keys * l.width, *dk = vTree + s->tree * l.width;
    float *dv = dk + all * l.width, *q = dv + all * l.width, *dmixed = q + l.rows * l.width;
    float *dq = dmixed + l.rows * l.width, *dp = dq + l.rows * l.width, *dchain = dp + l.rows * l.keys;
    float scale = 1.0f / sqrtf((float)l.d);
    for (int head = 0; head < shape->heads; head++) {
        int kv = head / group;
        if (head % group == 0) {
            pack_dense(s, &l, qkv, l.key_column + kv * l.d, k, NULL);
            pack_dense(s, &l, qkv, l.value_column + kv * l.d, NULL, vT);
            pack_tree(s, &l, qkv, l.stride, l.key_column + kv * l.d, k + l.keys * l.width);
            pack_tree(s, &l, qkv, l.stride, l.value_column + kv * l.d, vTree);
            memset(dk, 0, sizeof(float) * 2 * all * l.width);
        }
        const float *dense = probabilities + (size_t)head * ((size_t)l.rows * l.keys + l.chain);
        const float *chain = dense + (size_t)l.rows * l.keys;
        float *kTree = k + l.keys * l.width, *dkTree = dk + l.keys * l.width, *dvTree = dv + l.keys * l.width;
        pack_asking(s, &l, qkv, l.stride, head * l.d, scale, q);
        pack_asking(s, &l, dout, out_stride, head * l.d, 1, dmixed);
        // Zeroed, because dense_scores leaves out what causality makes zero.
        memset(dp, 0, sizeof(float) * l.asking_prompt * l.keys);
        dense_scores(s, &l, dmixed, vT, dp);
        for (int i = 0; i < l.asking_prompt; i++)
            softmax_row_backward(dense + i * l.keys, dp + i * l.keys, l.keys, NULL, NULL, 0);
        for (int node = 0; node < s->tree; node++) {
            int i = l.asking_prompt + node, first = s->ancestor_start[node], end = s->ancestor_start[node + 1];
            for (int a = first; a < end; a++) {
                dchain[a] = dot(dmixed + i * l.width, vTree + s->ancestors[a] * l.width, l.width);
                axpy(chain[a], dmixed + i * l.width, dvTree + s->ancestors[a] * l.width, l.width);
            }
            softmax_row_backward(dense + i * l.keys, dp + i * l.keys, l.keys, chain + first, dchain + first, end - first);
        }
        dense_mix(s, &l, dp, k, dq);
        dense_gather(s, &l, dp, q, dk);
        dense_gather(s, &l, dense, dmixed, dv);
        for (int node = 0; node < s->tree; node++)
            for (int a = s->ancestor_start[node]; a < s->ancestor_start[node + 1]; a++) {
                int i = l.asking_prompt + node;
                axpy(dchain[a], kTree + s->ancestors[a] * l.width, dq + i * l.width, l.width);
                axpy(dchain[a], q + i * l.width, dkTree + s->ancestors[a] * l.width, l.width);
            }
        for (int i = 0; i < l.rows; i++) {
            float *to = dqkv + (size_t)asking_row(s, &l, i) * l.stride + head * l.d;
            for (int c = 0; c < l.d; c++) to[c] = scale * dq[i * l.width + c];
        }
        if (head % group == group - 1) {
            float *k_gradient = dqkv + l.key_column + kv * l.d, *v_gradient = dqkv + l.value_column + kv * l.d;
            for (int j = 0; j < s->shared; j++) {
                size_t at = (size_t)(s->shared_row + j) * l.stride;
                for (int c = 0; c < l.d; c++) k_gradient[at + c] += dk[j * l.width + c];
                for (int c = 0; c < l.d; c++) v_gradient[at + c] += dv[j * l.width + c];
            }
            // The root is the last dense key and node 0 of the tree; what it gave as a key is all in the former.
            for (int j = s->shared; j < l.dense + s->tree - (s->tree > 0); j++) {
                int node = j - l.dense + 1, from = j < l.dense ? j : l.keys + node;
                size_t at = (size_t)(j < l.dense ? key_row(s, j) : s->tree_row + node) * l.stride;
                memcpy(k_gradient + at, dk + from * l.width, sizeof(float) * l.d);
                memcpy(v_gradient + at, dv + from * l.width, sizeof(float) * l.d);
            }
        }
    }
}
