/// Where an attention's rows and keys lie, and which keys a row sees.

/// Sizes that both passes share. `dense`: keys that all nodes may see, the root's the last; `packed`: these and, of a tree in
/// runs, its nodes' below the root; `keys`: a row of scores, with room for whole vectors from any key on; `rows`: asking
/// rows; `listed`: nodes whose ancestors are listed; `chain`: entries of these lists; `rounds`: whether products take
/// bfloat16.
typedef struct {
    const rk_sequence *s;
    int window, d, width, dense, packed, keys, rows, asking_prompt, stride, key_column, value_column, listed, chain, group;
    int rounds;
} attention_layout;

static inline attention_layout layout_of(const rk_sequence *s, const rk_attention_shape *shape) {
    attention_layout l;
    l.s = s;
    l.window = shape->window;
    l.d = shape->head_dimension;
    l.width = (int)rk_padded((size_t)l.d);
    l.dense = s->shared + s->prompt + (s->tree > 0);
    l.packed = l.dense + (s->runs > 0 ? s->tree - 1 : 0);
    l.keys = (int)rk_padded((size_t)l.packed) + RK_PADDING;
    l.asking_prompt = shape->prompt_asks ? s->prompt : 0;
    l.rows = l.asking_prompt + s->tree;
    l.stride = (shape->heads + 2 * shape->key_value_heads) * l.d;
    l.key_column = shape->heads * l.d;
    l.value_column = l.key_column + shape->key_value_heads * l.d;
    l.listed = s->runs > 0 ? 0 : s->tree;
    l.chain = s->runs > 0 ? 0 : s->ancestor_start[s->tree];
    l.group = shape->heads / shape->key_value_heads;
    l.rounds = shape->rounded_from > 0 && l.packed >= shape->rounded_from;
    return l;
}

/// Rows whose scores exist at once, and rows whose gradients of keys and values are added at once.
enum { UNIT_ROWS = 6, TILE_ROWS_OF_UNITS = 4 * UNIT_ROWS };

/// Rows of a tile, [rows, width]; where products take bfloat16, in pairs along the width and in pairs of rows as well.
typedef struct {
    float *rows, *column_pairs, *row_pairs;
} attention_tile;

/// One head's packed keys and values, its rows of a tile, their scores, and what the backward pass adds up. Where products
/// take bfloat16, k, kT, v and vT hold pairs, and `rounded` and `rounded_tile` the scores of a unit and of a tile.
typedef struct {
    float *k, *kT, *v, *vT, *kTree, *vTree, *dk, *dv, *dkTree, *dvTree;
    attention_tile q, dmixed;
    float *unit, *scores, *dscores, *chain, *rounded, *rounded_tile;
} attention_scratch;

/// Divides `scratch` up; returns how many floats that takes.
static inline size_t divide(const attention_layout *l, float *scratch, attention_scratch *w) {
    size_t dense = (size_t)l->keys * l->width, tree = (size_t)l->listed * l->width;
    size_t rows = (size_t)TILE_ROWS_OF_UNITS * l->width, scores = (size_t)TILE_ROWS_OF_UNITS * l->keys;
    size_t pairs = l->rounds ? rows / 2 : 0, unit = l->rounds ? (size_t)UNIT_ROWS * l->keys / 2 : 0;
    struct {
        float **block;
        size_t count;
    } parts[] = {{&w->k, dense},       {&w->kT, dense},     {&w->v, dense},      {&w->vT, dense},
                 {&w->dk, dense},      {&w->dv, dense},     {&w->kTree, tree},   {&w->vTree, tree},
                 {&w->dkTree, tree},   {&w->dvTree, tree},  {&w->q.rows, rows},  {&w->dmixed.rows, rows},
                 {&w->unit, rows},     {&w->scores, scores}, {&w->dscores, scores}, {&w->chain, (size_t)l->chain},
                 {&w->q.column_pairs, pairs},      {&w->q.row_pairs, pairs},
                 {&w->dmixed.column_pairs, pairs}, {&w->dmixed.row_pairs, pairs},
                 {&w->rounded, unit},              {&w->rounded_tile, l->rounds ? scores / 2 : 0}};
    size_t end = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        // Without scratch only the sizes are wanted. Each block begins at a whole vector.
        *parts[i].block = scratch == NULL ? NULL : scratch + end;
        end += rk_padded(parts[i].count);
    }
    return end;
}

/// The matrix row of packed key j: the shared tokens, the prompt's, the root, then the tree's other nodes.
static inline int key_row(const rk_sequence *s, int j) {
    if (j < s->shared) return s->shared_row + j;
    int own = j - s->shared;
    return own < s->prompt ? s->prompt_row + own : s->tree_row + own - s->prompt;
}

/// The matrix row of asking row i: the prompt's tokens (if they ask), then the tree's nodes.
static inline int asking_row(const attention_layout *l, int i) {
    return i < l->asking_prompt ? l->s->prompt_row + i : l->s->tree_row + (i - l->asking_prompt);
}

/// Packed keys that a row sees, or that any of several rows of one part sees: low ..< common of the prompt, of the ancestors
/// before `run` what stands at position `first` or later, and from ..< limit. `run` is -1 where there are none such.
typedef struct {
    int low, common, from, limit, first, run;
} key_ranges;

typedef struct {
    int from, limit;
} key_range;

static inline int larger(int a, int b) { return a > b ? a : b; }
static inline int smaller(int a, int b) { return a < b ? a : b; }

/// The first position that a token at `position` sees.
static inline int first_visible(const attention_layout *l, int position) {
    return l->window > 0 && position >= l->window ? position - l->window + 1 : 0;
}

/// How many ranges of keys there are, in ascending order.
static inline int range_count(const attention_layout *l, key_ranges k) {
    return k.run < 0 ? 2 : 2 + l->s->range_start[k.run + 1] - l->s->range_start[k.run];
}

/// One of the ranges; it may be empty.
static inline key_range range_of(const attention_layout *l, key_ranges k, int number) {
    if (number == 0) return (key_range){k.low, k.common};
    if (number == range_count(l, k) - 1) return (key_range){k.from, k.limit};
    rk_node_range nodes = l->s->ranges[l->s->range_start[k.run] + number - 1];
    // The range's first node is at position `dense - 1 + depth`; the window hides what is before `k.first`.
    int hidden = larger(0, k.first - (l->dense - 1 + nodes.depth)), limit = l->dense - 1 + nodes.limit;
    return (key_range){smaller(l->dense - 1 + nodes.first + hidden, limit), limit};
}

/// The depth below the root of a run's first node.
static inline int depth_of_run(const rk_sequence *s, int run) {
    if (s->range_start[run + 1] == s->range_start[run]) return 1;
    // Ranges ascend, so the last one ends with the parent of the run's first node.
    rk_node_range last = s->ranges[s->range_start[run + 1] - 1];
    return last.depth + last.limit - last.first;
}

/// What a node of a run sees.
static inline key_ranges visible_of_run(const attention_layout *l, int node, int run) {
    int start = l->s->run_start[run], position = l->dense - 1 + depth_of_run(l->s, run);
    // Each node of a run is the child of the one before it, so positions go up by one.
    int first = first_visible(l, position + node - start);
    return (key_ranges){smaller(first, l->dense), l->dense, l->dense - 1 + start + larger(0, first - position),
                        l->dense + node, first, run};
}

/// What asking row i sees, in block or run `part`; -1: in none.
static inline key_ranges visible_keys(const attention_layout *l, int i, int part) {
    const rk_sequence *s = l->s;
    if (i >= l->asking_prompt) {
        int node = i - l->asking_prompt;
        if (part >= 0) return visible_of_run(l, node, part);
        int depth = s->runs > 0 ? 0 : s->ancestor_start[node + 1] - s->ancestor_start[node];
        // The root, the last dense key, is at position `dense - 1`; the chain's keys follow it.
        int first = first_visible(l, l->dense - 1 + depth);
        return (key_ranges){0, 0, smaller(first, l->dense), l->dense, first, -1};
    }
    int position = s->shared + i, first = first_visible(l, position);
    if (part < 0) return (key_ranges){0, 0, first, position + 1, first, -1};
    int common = s->shared + s->block_start[0];
    int from = larger(s->shared + s->block_start[part], first);
    return (key_ranges){smaller(first, common), common, from, position + 1, first, -1};
}

/// Keys of `dense` on that a node's window hides of its chain.
static inline int hidden_of_chain(const attention_layout *l, int node) {
    int depth = l->s->ancestor_start[node + 1] - l->s->ancestor_start[node];
    return larger(0, first_visible(l, l->dense - 1 + depth) - l->dense);
}

static inline key_ranges joined(key_ranges a, key_ranges b) {
    return (key_ranges){smaller(a.low, b.low),     a.common, smaller(a.from, b.from), larger(a.limit, b.limit),
                        smaller(a.first, b.first), a.run};
}

/// The run that a node below the root is in.
static inline int run_of(const rk_sequence *s, int node) {
    int low = 0, high = s->runs;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (s->run_start[middle] <= node) low = middle; else high = middle;
    }
    return low;
}

/// The end of the asking rows from i on that are of one part: a block's, the prompt's before, between or after blocks, the
/// root, a run's, or all of a tree whose ancestors are listed. Sets `part` to the block or the run, and -1 where it is none.
static inline int part_end(const attention_layout *l, int i, int *part) {
    const rk_sequence *s = l->s;
    *part = -1;
    if (i >= l->asking_prompt) {
        if (s->runs == 0) return l->rows;
        // The root is in no run: it sees the dense keys alone.
        if (i == l->asking_prompt) return i + 1;
        *part = run_of(s, i - l->asking_prompt);
        return l->asking_prompt + s->run_start[*part + 1];
    }
    if (s->blocks == 0) return l->asking_prompt;
    if (i < s->block_start[0]) return s->block_start[0];
    for (int b = 0; b < s->blocks; b++) {
        if (i >= s->block_start[b + 1]) continue;
        *part = b;
        return s->block_start[b + 1];
    }
    return l->asking_prompt;
}
