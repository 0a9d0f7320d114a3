/// What attention multiplies: keys and values as they are packed, in float32 or as pairs of bfloat16.

static void copy_padded(const float *from, float *to, int d, int width, float scale) {
    for (int c = 0; c < d; c++) to[c] = from[c] * scale;
    // Products run over the padded width, where zeros add nothing.
    for (int c = d; c < width; c++) to[c] = 0;
}

/// Packs one head's column of the packed keys as rows [keys, width].
static void pack_dense(const attention_layout *l, const float *qkv, int column, float *rows) {
    for (int j = 0; j < l->packed; j++)
        copy_padded(qkv + (size_t)key_row(l->s, j) * l->stride + column, rows + (size_t)j * l->width, l->d, l->width, 1);
}

/// The same transposed, [width, keys]; whole vectors of it are written at once.
static void pack_transposed(const attention_layout *l, const float *qkv, int column, float *transposed) {
    // Products sum over all `width` rows, and whatever lay in the last ones could be no number.
    memset(transposed + (size_t)l->d * l->keys, 0, sizeof(float) * (l->width - l->d) * l->keys);
    for (int j = 0; j < l->keys; j += RK_PADDING) {
        const float *from[RK_PADDING];
        int count = smaller(RK_PADDING, l->packed - j);
        for (int i = 0; i < count; i++) from[i] = qkv + (size_t)key_row(l->s, j + i) * l->stride + column;
        for (int c = 0; c < l->d; c++) {
            float *to = transposed + (size_t)c * l->keys + j;
            for (int i = 0; i < RK_PADDING; i++) to[i] = i < count ? from[i][c] : 0;
        }
    }
}

/// Packs one head's column of the nodes whose ancestors are listed: [listed, width].
static void pack_tree(const attention_layout *l, const float *qkv, int column, float *rows) {
    for (int j = 0; j < l->listed; j++)
        copy_padded(qkv + (size_t)(l->s->tree_row + j) * l->stride + column, rows + j * l->width, l->d, l->width, 1);
}

/// Packs one head's column as keys that queries are multiplied by: `transposed`, [width, keys] or its pairs, and with `rows`
/// as what weights are multiplied by too, [keys, width] or its pairs.
static void pack_keys(const attention_layout *l, const float *qkv, int column, float *transposed, float *rows,
                      int keeps_rows) {
    if (!l->rounds) {
        pack_transposed(l, qkv, column, transposed);
        if (keeps_rows) pack_dense(l, qkv, column, rows);
        return;
    }
    pack_dense(l, qkv, column, rows);
    rk_pair_transposed(rows, l->packed, l->width, l->width, (uint32_t *)transposed, l->keys);
    // In place: a row of pairs comes before the rows that it is made of, which are then read no more.
    if (keeps_rows) rk_pair_rows(rows, l->packed, l->width, l->width, (uint32_t *)rows, l->width);
}

/// Packs one head's column as what weights are multiplied by: [keys, width] or its pairs.
static void pack_values(const attention_layout *l, const float *qkv, int column, float *rows) {
    pack_dense(l, qkv, column, rows);
    if (l->rounds) rk_pair_rows(rows, l->packed, l->width, l->width, (uint32_t *)rows, l->width);
}

/// Packs one head's column of `count` asking rows from i on, with `pairs_rows` as the operand of `gather` too.
static void pack_asking(const attention_layout *l, const float *matrix, int stride, int column, float scale, int i,
                        int count, const attention_tile *tile, int pairs_rows) {
    for (int r = 0; r < count; r++)
        copy_padded(matrix + (size_t)asking_row(l, i + r) * stride + column, tile->rows + r * l->width, l->d, l->width,
                    scale);
    if (!l->rounds) return;
    rk_pair_columns(tile->rows, count, l->width, l->width, (uint32_t *)tile->column_pairs, l->width / 2);
    if (pairs_rows) rk_pair_rows(tile->rows, count, l->width, l->width, (uint32_t *)tile->row_pairs, l->width);
}

/// out[rows, keys] = a[rows, width] bT[width, keys] where any of the rows sees the key, for rows `at` and on of the tile; what
/// stands elsewhere is anything.
static void score(const attention_layout *l, key_ranges all, const attention_tile *a, int at, int rows, const float *bT,
                  float *out) {
    // Whole vectors run over the end of a range: the next range's scores come later.
    for (int number = 0; number < range_count(l, all); number++) {
        key_range r = range_of(l, all, number);
        if (r.from >= r.limit) continue;
        size_t count = rk_padded(r.limit - r.from), half = l->width / 2;
        if (l->rounds)
            rk_pair_product(rows, count, half, (const uint32_t *)a->column_pairs + at * half, half, 1,
                            (const uint32_t *)bT + r.from, l->keys, out + r.from, l->keys, 0);
        else
            mini_gemm(rows, count, l->width, a->rows + at * l->width, l->width, bT + r.from, l->keys, out + r.from,
                      l->keys, 0);
    }
}

/// Rounds a unit's weights of one range of keys; the range's first pair is what it returns.
static size_t round_weights(const attention_layout *l, key_range r, const float *weights, int rows, uint16_t *rounded) {
    for (int row = 0; row < rows; row++) {
        uint16_t *to = rounded + (size_t)row * l->keys;
        rk_round_to_bfloat16(weights + (size_t)row * l->keys + r.from, r.limit - r.from, to + r.from);
        // A pair that a range begins or ends in the middle of has a key that is not the range's, and must not count.
        if (r.from % 2) to[r.from - 1] = 0;
        if (r.limit % 2) to[r.limit] = 0;
    }
    return r.from / 2;
}

/// out[rows, width] = weights[rows, keys] values[keys, width] over the keys in `all`.
static void mix(const attention_layout *l, const attention_scratch *w, key_ranges all, const float *weights, int rows,
                const float *values, float *out) {
    if (l->rounds) memset(out, 0, sizeof(float) * rows * l->width);
    for (int number = 0; number < range_count(l, all); number++) {
        key_range r = range_of(l, all, number);
        if (!l->rounds) {
            // The first range, an empty one too, overwrites what the unit before has left in `out`.
            mini_gemm(rows, l->width, larger(0, r.limit - r.from), weights + r.from, l->keys,
                      values + (size_t)r.from * l->width, l->width, out, l->width, number > 0);
        } else if (r.from < r.limit) {
            size_t pair = round_weights(l, r, weights, rows, (uint16_t *)w->rounded), end = (r.limit + 1) / 2;
            rk_pair_product(rows, l->width, end - pair, (const uint32_t *)w->rounded + pair, l->keys / 2, 1,
                            (const uint32_t *)values + pair * l->width, l->width, out, l->width, 1);
        }
    }
}

/// out[keys, width] += weights[rows, keys]^T a[rows, width] over the keys in `all`, for a whole tile.
static void gather(const attention_layout *l, const attention_scratch *w, key_ranges all, const float *weights, int rows,
                   const attention_tile *a, float *out) {
    for (int number = 0; number < range_count(l, all); number++) {
        key_range r = range_of(l, all, number);
        if (r.from >= r.limit) continue;
        size_t count = r.limit - r.from;
        float *to = out + (size_t)r.from * l->width;
        if (!l->rounds) {
            mini_gemm_transposed(count, l->width, rows, weights + r.from, l->keys, a->rows, l->width, to, l->width, 1);
            continue;
        }
        uint32_t *rounded = (uint32_t *)w->rounded_tile + r.from;
        rk_pair_rows(weights + r.from, rows, count, l->keys, rounded, l->keys);
        rk_pair_product(count, l->width, (rows + 1) / 2, rounded, 1, l->keys, (const uint32_t *)a->row_pairs, l->width,
                        to, l->width, 1);
    }
}
