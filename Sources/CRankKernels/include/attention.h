#pragma once
#include <stddef.h>
#include <stdint.h>

/// Attention of one packed sequence: a prompt, its last token (the root) and a tree that hangs off the root.
///
/// Prompt token i sees the shared tokens and prompt tokens 0...i; a token of a block sees of the prompt what stands
/// before the first block, and its own block up to itself. A tree node sees the shared tokens, the whole
/// prompt, the root, its ancestors and itself. No mask is stored: every node sees the shared tokens, the prompt and the
/// root; what it sees of the tree is listed node by node where paths are short, and in ranges of nodes where they are long.

/// Nodes first ..< limit of a tree, each but the first the child of the one before it.
typedef struct {
    int32_t first, limit;
    /// How far `first` is below the root: 1 for its child.
    int32_t depth;
} rk_node_range;

typedef struct {
    /// Tokens before the prompt whose keys and values several sequences share; may be 0. They ask nothing here: they
    /// are a sequence of their own, all prompt and no tree.
    int32_t shared;
    /// Prompt tokens before the root; may be 0.
    int32_t prompt;
    /// Tree nodes, the root (node 0) included; 0 for shared tokens.
    int32_t tree;
    /// First row of the shared tokens, in the matrices of queries, keys and values.
    int32_t shared_row;
    /// First row of the prompt, and of the root.
    int32_t prompt_row;
    int32_t tree_row;
    /// Of a tree that is not in runs, node j's ancestors below the root and j itself:
    /// ancestors[ancestor_start[j] ..< ancestor_start[j + 1]], node numbers in this tree; empty for the root.
    const int32_t *ancestor_start;
    const int32_t *ancestors;
    /// Of a tree in runs: nodes run_start[r] ..< run_start[r + 1], each but the first the child of the one before it, all
    /// nodes but the root. 0 runs: ancestors are listed.
    int32_t runs;
    const int32_t *run_start;
    /// The ancestors below the root of run r's first node: ranges[range_start[r] ..< range_start[r + 1]], ascending.
    const int32_t *range_start;
    const rk_node_range *ranges;
    /// Blocks that do not see each other, one behind the other: prompt tokens block_start[b] ..< block_start[b + 1].
    /// 0 blocks: every prompt token sees all before it.
    int32_t blocks;
    const int32_t *block_start;
} rk_sequence;

typedef struct {
    int32_t heads;
    int32_t key_value_heads;
    int32_t head_dimension;
    /// Whether prompt rows ask too, or only give keys and values (a last layer whose prompt carries no loss).
    int32_t prompt_asks;
    /// How many tokens back a token sees, itself included, as they are laid out; 0: all.
    int32_t window;
    /// Products of a sequence that has so many keys or more take operands in bfloat16, with sums in float32; 0: of none. Softmaxes
    /// stay in float32, and so do the chains of trees whose ancestors are listed.
    int32_t rounded_from;
} rk_attention_shape;

/// Floats of logarithms of sums that one sequence keeps for the backward pass: one a head and asking row.
size_t rk_attention_log_sums(const rk_sequence *s, const rk_attention_shape *shape);

/// Floats of scratch that forward and backward need for one sequence: they grow with its tokens, not with their square.
size_t rk_attention_scratch(const rk_sequence *s, const rk_attention_shape *shape);

/// out[row, heads * d] = softmax(q k^T / sqrt(d)) v, per head, for the asking rows.
///
/// qkv rows are [q of each head | k of each key-value head | v of each], positions already rotated in. A few rows'
/// probabilities exist at a time; what stays of them is the logarithm of each softmax's denominator, in `log_sums`.
void rk_attention_forward(const rk_sequence *s, const rk_attention_shape *shape, const float *qkv, float *out,
                          float *log_sums, float *scratch);

/// Writes the gradient of every asking row's q and of every own row's k and v into dqkv, and adds to what the shared
/// rows' k and v have there: their own sequence comes first.
///
/// Probabilities are computed once more, a few rows at a time. `out` and `log_sums` are the forward pass's.
void rk_attention_backward(const rk_sequence *s, const rk_attention_shape *shape, const float *qkv, const float *out,
                           const float *dout, const float *log_sums, float *dqkv, float *scratch);
