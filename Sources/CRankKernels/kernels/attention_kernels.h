/// Zeros where the row does not see what `all` holds.
static void clear_hidden(const attention_layout *l, float *row, key_ranges own, key_ranges all) {
    for (int number = 0; number < range_count(l, all); number++) {
        key_range seen = range_of(l, own, number), r = range_of(l, all, number);
        // Rows of a unit share one product over the union of what they see; zeros keep each row to its own part.
        for (int j = r.from; j < smaller(seen.from, r.limit); j++) row[j] = 0;
        for (int j = larger(seen.limit, r.from); j < r.limit; j++) row[j] = 0;
    }
}

/// Scores of the chain of a tree's row: its listed ancestors below the root, and itself.
static void score_chain(const attention_layout *l, int i, const float *q, const float *kTree, float *chain) {
    const rk_sequence *s = l->s;
    int node = i - l->asking_prompt, first = s->ancestor_start[node], hidden = hidden_of_chain(l, node);
    for (int a = first; a < s->ancestor_start[node + 1]; a++)
        chain[a] = a - first < hidden ? -INFINITY : rk_dot(q, kTree + s->ancestors[a] * l->width, l->width);
}

/// Where a row's part of the chains begins and ends; nothing for a prompt's row, and none in a tree in runs.
static inline void chain_of(const attention_layout *l, int i, int *first, int *end) {
    int node = i - l->asking_prompt;
    *first = *end = 0;
    if (node < 0 || l->listed == 0) return;
    *first = l->s->ancestor_start[node];
    *end = l->s->ancestor_start[node + 1];
}

/// exp(score - shift) of what the row sees, zeros elsewhere in `all`; returns their sum.
static double exponentials(const attention_layout *l, float *row, key_ranges own, key_ranges all, float *chain,
                           int chained, float shift) {
    double sum = 0;
    for (int number = 0; number < range_count(l, own); number++) {
        key_range r = range_of(l, own, number);
        if (r.from < r.limit) sum += rk_exp_sum(row + r.from, shift, row + r.from, r.limit - r.from);
    }
    clear_hidden(l, row, own, all);
    for (int a = 0; a < chained; a++) sum += chain[a] = chain[a] == -INFINITY ? 0 : expf(chain[a] - shift);
    return sum;
}

static float highest(const attention_layout *l, const float *row, key_ranges own, const float *chain, int chained) {
    float top = -INFINITY;
    for (int number = 0; number < range_count(l, own); number++) {
        key_range r = range_of(l, own, number);
        if (r.from < r.limit) top = fmaxf(top, rk_max(row + r.from, r.limit - r.from));
    }
    for (int a = 0; a < chained; a++) top = fmaxf(top, chain[a]);
    return top;
}

/// One unit of rows: its outputs and the logarithms of its softmaxes' denominators.
static void forward_unit(const attention_layout *l, const attention_scratch *w, int i, int count, int part, float *out,
                         int out_stride, float *log_sums) {
    key_ranges own[UNIT_ROWS], all = visible_keys(l, i, part);
    for (int r = 0; r < count; r++) all = joined(all, own[r] = visible_keys(l, i + r, part));
    // One product for all rows of the unit, over what any of them sees.
    score(l, all, &w->q, 0, count, w->kT, w->scores);
    float sums[UNIT_ROWS];
    for (int r = 0; r < count; r++) {
        int first, end;
        chain_of(l, i + r, &first, &end);
        if (end > first) score_chain(l, i + r, w->q.rows + r * l->width, w->kTree, w->chain);
        float *row = w->scores + (size_t)r * l->keys, top = highest(l, row, own[r], w->chain + first, end - first);
        double sum = exponentials(l, row, own[r], all, w->chain + first, end - first, top);
        // The division waits until values are mixed: d divisions a row, and not one a key.
        sums[r] = (float)sum;
        log_sums[i + r] = top + (float)log(sum);
    }
    mix(l, w, all, w->scores, count, w->v, w->unit);
    for (int r = 0; r < count; r++) {
        int first, end;
        chain_of(l, i + r, &first, &end);
        float *mixed = w->unit + r * l->width, scale = 1.0f / sums[r];
        for (int a = first; a < end; a++) rk_axpy(w->chain[a], w->vTree + l->s->ancestors[a] * l->width, mixed, l->width);
        float *to = out + (size_t)asking_row(l, i + r) * out_stride;
        for (int c = 0; c < l->d; c++) to[c] = mixed[c] * scale;
    }
}

void rk_attention_forward(const rk_sequence *s, const rk_attention_shape *shape, const float *qkv, float *out,
                          float *log_sums, float *scratch) {
    attention_layout l = layout_of(s, shape);
    attention_scratch w;
    divide(&l, scratch, &w);
    int out_stride = shape->heads * l.d;
    float scale = 1.0f / sqrtf((float)l.d);
    for (int head = 0; head < shape->heads; head++) {
        int kv = head / l.group, part;
        if (head % l.group == 0) {
            pack_keys(&l, qkv, l.key_column + kv * l.d, w.kT, w.k, 0);
            pack_values(&l, qkv, l.value_column + kv * l.d, w.v);
            pack_tree(&l, qkv, l.key_column + kv * l.d, w.kTree);
            pack_tree(&l, qkv, l.value_column + kv * l.d, w.vTree);
        }
        for (int i = 0; i < l.rows;) {
            int end = part_end(&l, i, &part);
            for (int count; i < end; i += count) {
                count = smaller(UNIT_ROWS, end - i);
                // 1 / sqrt(d) goes into q as it is copied: d products a row, where scores would need one a key.
                pack_asking(&l, qkv, l.stride, head * l.d, scale, i, count, &w.q, 0);
                forward_unit(&l, &w, i, count, part, out + head * l.d, out_stride, log_sums + (size_t)head * l.rows);
            }
        }
    }
}

/// One unit's probabilities and the gradients of its scores, chains included, and its rows' gradient of q in `unit`.
/// `all` is what the whole tile sees: outside of what the unit sees, zeros.
static void backward_unit(const attention_layout *l, const attention_scratch *w, int i, int count, int at, int part,
                          key_ranges all, const float *out, int out_stride, const float *log_sums) {
    key_ranges own[UNIT_ROWS], unit = visible_keys(l, i, part);
    for (int r = 0; r < count; r++) unit = joined(unit, own[r] = visible_keys(l, i + r, part));
    const float *q = w->q.rows + at * l->width, *dmixed = w->dmixed.rows + at * l->width;
    float *p = w->scores + (size_t)at * l->keys, *dp = w->dscores + (size_t)at * l->keys, *dq = w->unit + at * l->width;
    score(l, unit, &w->q, at, count, w->kT, p);
    score(l, unit, &w->dmixed, at, count, w->vT, dp);
    float means[UNIT_ROWS];
    for (int r = 0; r < count; r++) {
        float *row = p + (size_t)r * l->keys, *drow = dp + (size_t)r * l->keys;
        int first, end;
        chain_of(l, i + r, &first, &end);
        if (end > first) score_chain(l, i + r, q + r * l->width, w->kTree, w->chain);
        // The logarithm of the sum as the shift makes these the probabilities, with no maximum and no sum to find.
        exponentials(l, row, own[r], all, w->chain + first, end - first, log_sums[i + r]);
        const float *mixed = out + (size_t)asking_row(l, i + r) * out_stride;
        // The gradient of a softmax is p (dp - sum p dp), and the sum over all keys is the output times its gradient.
        float mean = means[r] = rk_dot(mixed, dmixed + r * l->width, l->d);
        for (int number = 0; number < range_count(l, unit); number++) {
            key_range seen = range_of(l, unit, number);
            for (int j = seen.from; j < seen.limit; j++) drow[j] = row[j] * (drow[j] - mean);
        }
        clear_hidden(l, drow, unit, all);
    }
    mix(l, w, unit, dp, count, w->k, dq);
    for (int r = 0; r < count; r++) {
        int first, end;
        chain_of(l, i + r, &first, &end);
        const float *own_q = q + r * l->width, *own_d = dmixed + r * l->width;
        for (int a = first; a < end; a++) {
            int node = l->s->ancestors[a] * l->width;
            // Chains are nodes here and there, so their keys and values are read one by one and not by a product.
            float d = w->chain[a] * (rk_dot(own_d, w->vTree + node, l->width) - means[r]);
            rk_axpy(w->chain[a], own_d, w->dvTree + node, l->width);
            rk_axpy(d, w->kTree + node, dq + r * l->width, l->width);
            rk_axpy(d, own_q, w->dkTree + node, l->width);
        }
    }
}

/// One tile of rows of one kind: their gradients of q, and what they add to those of k and v.
static void backward_tile(const attention_layout *l, const attention_scratch *w, int i, int count, int part,
                          const float *out, int out_stride, const float *log_sums, float scale, float *dq) {
    key_ranges all = visible_keys(l, i, part);
    for (int r = 1; r < count; r++) all = joined(all, visible_keys(l, i + r, part));
    for (int at = 0; at < count; at += UNIT_ROWS)
        backward_unit(l, w, i + at, smaller(UNIT_ROWS, count - at), at, part, all, out, out_stride, log_sums);
    // Keys and values add up their gradients over a tile of several units: the large matrices
    // dk and dv pass by less often.
    gather(l, w, all, w->dscores, count, &w->q, w->dk);
    gather(l, w, all, w->scores, count, &w->dmixed, w->dv);
    for (int r = 0; r < count; r++) {
        float *to = dq + (size_t)asking_row(l, i + r) * l->stride;
        // q was packed with the scale in it, so dk has its scale already and dq has not.
        for (int c = 0; c < l->d; c++) to[c] = scale * w->unit[r * l->width + c];
    }
}

/// A key-value head's gradients, to where they belong: shared rows' are added, own rows' written.
static void store_key_gradients(const attention_layout *l, const attention_scratch *w, float *dk, float *dv) {
    const rk_sequence *s = l->s;
    // Other sequences may have added to the shared rows before; all else belongs to this sequence alone.
    for (int j = 0; j < s->shared; j++) {
        size_t at = (size_t)(s->shared_row + j) * l->stride;
        for (int c = 0; c < l->d; c++) dk[at + c] += w->dk[j * l->width + c];
        for (int c = 0; c < l->d; c++) dv[at + c] += w->dv[j * l->width + c];
    }
    for (int j = s->shared; j < l->packed; j++) {
        size_t at = (size_t)key_row(s, j) * l->stride;
        memcpy(dk + at, w->dk + (size_t)j * l->width, sizeof(float) * l->d);
        memcpy(dv + at, w->dv + (size_t)j * l->width, sizeof(float) * l->d);
    }
    // The root is the last dense key and node 0 of the tree; what it gave as a key is all in the former.
    for (int node = 1; node < l->listed; node++) {
        size_t at = (size_t)(s->tree_row + node) * l->stride;
        memcpy(dk + at, w->dkTree + node * l->width, sizeof(float) * l->d);
        memcpy(dv + at, w->dvTree + node * l->width, sizeof(float) * l->d);
    }
}

void rk_attention_backward(const rk_sequence *s, const rk_attention_shape *shape, const float *qkv, const float *out,
                           const float *dout, const float *log_sums, float *dqkv, float *scratch) {
    attention_layout l = layout_of(s, shape);
    attention_scratch w;
    divide(&l, scratch, &w);
    int out_stride = shape->heads * l.d;
    float scale = 1.0f / sqrtf((float)l.d);
    for (int head = 0; head < shape->heads; head++) {
        int kv = head / l.group, part;
        if (head % l.group == 0) {
            pack_keys(&l, qkv, l.key_column + kv * l.d, w.kT, w.k, 1);
            pack_keys(&l, qkv, l.value_column + kv * l.d, w.vT, w.v, 0);
            pack_tree(&l, qkv, l.key_column + kv * l.d, w.kTree);
            pack_tree(&l, qkv, l.value_column + kv * l.d, w.vTree);
            // The heads of a group add to one gradient of their common key and value.
            memset(w.dk, 0, sizeof(float) * l.packed * l.width);
            memset(w.dv, 0, sizeof(float) * l.packed * l.width);
            memset(w.dkTree, 0, sizeof(float) * l.listed * l.width);
            memset(w.dvTree, 0, sizeof(float) * l.listed * l.width);
        }
        for (int i = 0; i < l.rows;) {
            int end = part_end(&l, i, &part);
            for (int count; i < end; i += count) {
                count = smaller(TILE_ROWS_OF_UNITS, end - i);
                pack_asking(&l, qkv, l.stride, head * l.d, scale, i, count, &w.q, 1);
                pack_asking(&l, dout, out_stride, head * l.d, 1, i, count, &w.dmixed, 1);
                backward_tile(&l, &w, i, count, part, out + head * l.d, out_stride, log_sums + (size_t)head * l.rows,
                              scale, dqkv + head * l.d);
            }
        }
        if (head % l.group == l.group - 1)
            store_key_gradients(&l, &w, dqkv + l.key_column + kv * l.d, dqkv + l.value_column + kv * l.d);
    }
}
