/// Where an attention's rows and keys lie, and which keys a row sees.

/// Sizes that both passes share. `dense`: dense keys; `keys`: a row of scores, with room for whole vectors from any key
/// on; `rows`: asking rows.
typedef struct {
    const rk_sequence *s;
    int window, d, width, dense, keys, rows, asking_prompt, stride, key_column, value_column, chain, group;
} attention_layout;

static inline attention_layout layout_of(const rk_sequence *s, const rk_attention_shape *shape) {
    attention_layout l;
    l.s = s;
    l.window = shape->window;
    l.d = shape->head_dimension;
    l.width = (int)rk_padded((size_t)l.d);
    l.dense = s->shared + s->prompt + (s->tree > 0);
    l.keys = (int)rk_padded((size_t)l.dense) + RK_PADDING;
    l.asking_prompt = shape->prompt_asks ? s->prompt : 0;
    l.rows = l.asking_prompt + s->tree;
    l.stride = (shape->heads + 2 * shape->key_value_heads) * l.d;
    l.key_column = shape->heads * l.d;
    l.value_column = l.key_column + shape->key_value_heads * l.d;
    l.chain = s->ancestor_start[s->tree];
    l.group = shape->heads / shape->key_value_heads;
    return l;
}

/// Rows whose scores exist at once, and rows whose gradients of keys and values are added at once.
enum { UNIT_ROWS = 6, TILE_ROWS_OF_UNITS = 4 * UNIT_ROWS };

/// One head's packed keys and values, its rows of a tile, their scores, and what the backward pass adds up.
typedef struct {
    float *k, *kT, *v, *vT, *kTree, *vTree, *dk, *dv, *dkTree, *dvTree;
    float *q, *dmixed, *unit, *scores, *dscores, *chain;
} attention_scratch;

/// Divides `scratch` up; returns how many floats that takes.
static inline size_t divide(const attention_layout *l, float *scratch, attention_scratch *w) {
    size_t dense = (size_t)l->keys * l->width, tree = (size_t)l->s->tree * l->width;
    size_t rows = (size_t)TILE_ROWS_OF_UNITS * l->width, scores = (size_t)TILE_ROWS_OF_UNITS * l->keys;
    struct {
        float **block;
        size_t count;
    } parts[] = {{&w->k, dense},       {&w->kT, dense},     {&w->v, dense},      {&w->vT, dense},
                 {&w->dk, dense},      {&w->dv, dense},     {&w->kTree, tree},   {&w->vTree, tree},
                 {&w->dkTree, tree},   {&w->dvTree, tree},  {&w->q, rows},       {&w->dmixed, rows},
                 {&w->unit, rows},     {&w->scores, scores}, {&w->dscores, scores}, {&w->chain, (size_t)l->chain}};
    size_t end = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        *parts[i].block = scratch == NULL ? NULL : scratch + end;
        end += rk_padded(parts[i].count);
    }
    return end;
}

/// The matrix row of dense key j: the shared tokens, the prompt's, then the root.
static inline int key_row(const rk_sequence *s, int j) {
    if (j < s->shared) return s->shared_row + j;
    int own = j - s->shared;
    return own < s->prompt ? s->prompt_row + own : s->tree_row;
}

/// The matrix row of asking row i: the prompt's tokens (if they ask), then the tree's nodes.
static inline int asking_row(const attention_layout *l, int i) {
    return i < l->asking_prompt ? l->s->prompt_row + i : l->s->tree_row + (i - l->asking_prompt);
}

/// Dense keys that a row sees, or that any of several rows sees: low ..< common and from ..< limit.
typedef struct {
    int low, common, from, limit;
} key_ranges;

static inline int larger(int a, int b) { return a > b ? a : b; }
static inline int smaller(int a, int b) { return a < b ? a : b; }

/// The first position that a token at `position` sees.
static inline int first_visible(const attention_layout *l, int position) {
    return l->window > 0 && position >= l->window ? position - l->window + 1 : 0;
}

/// What asking row i sees, in block `block` of the prompt; -1: in none.
static inline key_ranges visible_keys(const attention_layout *l, int i, int block) {
    const rk_sequence *s = l->s;
    if (i >= l->asking_prompt) {
        int node = i - l->asking_prompt, depth = s->ancestor_start[node + 1] - s->ancestor_start[node];
        // The root, the last dense key, is at position `dense - 1`; the chain's keys follow it.
        int first = first_visible(l, l->dense - 1 + depth);
        return (key_ranges){0, 0, smaller(first, l->dense), l->dense};
    }
    int position = s->shared + i, first = first_visible(l, position);
    if (block < 0) return (key_ranges){0, 0, first, position + 1};
    int common = s->shared + s->block_start[0];
    int from = larger(s->shared + s->block_start[block], first);
    return (key_ranges){smaller(first, common), common, from, position + 1};
}

/// Keys of `dense` on that a node's window hides of its chain.
static inline int hidden_of_chain(const attention_layout *l, int node) {
    int depth = l->s->ancestor_start[node + 1] - l->s->ancestor_start[node];
    return larger(0, first_visible(l, l->dense - 1 + depth) - l->dense);
}

static inline key_ranges joined(key_ranges a, key_ranges b) {
    return (key_ranges){smaller(a.low, b.low), a.common, smaller(a.from, b.from), larger(a.limit, b.limit)};
}

/// The end of the run of asking rows from i on that are of one kind: a block's, the prompt's before, between or after
/// blocks, or the tree's. Sets `block`, and -1 where it is none.
static inline int run_end(const attention_layout *l, int i, int *block) {
    const rk_sequence *s = l->s;
    *block = -1;
    if (i >= l->asking_prompt) return l->rows;
    if (s->blocks == 0) return l->asking_prompt;
    if (i < s->block_start[0]) return s->block_start[0];
    for (int b = 0; b < s->blocks; b++) {
        if (i >= s->block_start[b + 1]) continue;
        *block = b;
        return s->block_start[b + 1];
    }
    return l->asking_prompt;
}
