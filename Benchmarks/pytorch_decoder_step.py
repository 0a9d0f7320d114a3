"""Times one training step of the autoregressive ranker's decoder in PyTorch, on packed minibatches.

    python3 pytorch_decoder_step.py minibatches.json [--weights w.safetensors] [--pointwise]

Needs torch, numpy and safetensors. The JSON file, which the project's own benchmark writes:

    {"config": {"vocabulary", "width", "layers", "heads", "kvHeads", "headDimension", "feedForward",
                "ropeBase", "normEpsilon", "tied"},
     "minibatches": [{
        "queries":   [{"tokens": [...], "positions": [...], "parents": [...], "promptLength": P,
                       "blocks": [[first, end], ...]}, ...],
        "targets":   [{"query": i, "node": j, "token": t, "weight": w}, ...],
        "documents": [{"query": i, "nodes": [...]}, ...]}, ...]}

A query is a packed sequence: P tokens of prompt, then the branch nodes of its documents' prefix tree.
parents[j] is the place of j's parent (in the prompt the place before, -1 at the first); positions[j] is
its rotary position. A place sees itself and its ancestors, but a place of a block of the prompt (there may be
none) sees nothing of the other blocks. The loss is the sum over targets of
weight * -log softmax(logits[query, node])[token], with no other constant. `documents`, which only --pointwise
reads, lists each document's inputs after the prompt.

Packed (the default): a row of a padded batch for each query, its mask, which is added, for each head the same;
masks and index tensors are made before the clock starts. --attention says what computes attention:
scaled_dot_product_attention, or products and a softmax in turn (eager), or the faster of these, each of which
is tried in a process of its own. (FlexAttention, which would leave out what blocks do not see, has no backward
pass on a CPU.) --pointwise: a causal row for each document, with the whole prompt; a place's targets are shared
out evenly among the rows that hold the place, so that loss and gradient equal the packed ones. Its rows are
sorted by length and their gradients accumulated over --rows-at-once. A step is forward, backward, clipping at
norm 1 and fused AdamW at a constant rate.

Prints one line of JSON, with the peak memory of the process that took the steps. positions_per_second counts
what is no padding.
"""

import argparse
import json
import multiprocessing
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor

import numpy
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

from step_timing import add_timing_options, forward_precision, measure_steps


class Attention(nn.Module):
    is_eager = False

    def __init__(self, c):
        super().__init__()
        self.heads, self.kv_heads, self.dimension = c["heads"], c["kvHeads"], c["headDimension"]
        self.sizes = [self.heads * self.dimension] + 2 * [self.kv_heads * self.dimension]
        self.qkv = nn.Linear(c["width"], sum(self.sizes), bias=False)
        self.output = nn.Linear(self.sizes[0], c["width"], bias=False)

    def forward(self, x, cosine, sine, mask):
        B, L, _ = x.shape
        q, k, v = (part.view(B, L, -1, self.dimension).transpose(1, 2)
                   for part in self.qkv(x).split(self.sizes, dim=-1))
        q, k = rotate(q, cosine, sine), rotate(k, cosine, sine)
        group = self.heads // self.kv_heads
        k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
        if self.is_eager:
            y = (q @ k.transpose(-2, -1) * self.dimension ** -0.5 + mask).softmax(-1).to(v.dtype) @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
        return self.output(y.transpose(1, 2).reshape(B, L, -1))


def rotate(x, cosine, sine):
    """Rotary positions on the pairs (i, i + dimension / 2), as Llama's checkpoints have them."""
    first, second = x.chunk(2, dim=-1)
    return x * cosine + torch.cat((-second, first), dim=-1) * sine


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.epsilon, self.inner = c["normEpsilon"], c["feedForward"]
        self.attention_gain = nn.Parameter(torch.ones(c["width"]))
        self.attention = Attention(c)
        self.feed_forward_gain = nn.Parameter(torch.ones(c["width"]))
        self.gate_up = nn.Linear(c["width"], 2 * self.inner, bias=False)
        self.down = nn.Linear(self.inner, c["width"], bias=False)

    def forward(self, x, cosine, sine, mask):
        x = x + self.attention(
            F.rms_norm(x, x.shape[-1:], self.attention_gain, self.epsilon), cosine, sine, mask)
        gate, up = self.gate_up(
            F.rms_norm(x, x.shape[-1:], self.feed_forward_gain, self.epsilon)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


class Decoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.embedding = nn.Embedding(c["vocabulary"], c["width"])
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["layers"]))
        self.final_gain = nn.Parameter(torch.ones(c["width"]))
        self.head = nn.Linear(c["width"], c["vocabulary"], bias=False)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5)
        if c["tied"]:
            self.head.weight = self.embedding.weight

    def forward(self, rows):
        """Logits of rows.places, [places, vocabulary]."""
        x = self.embedding(rows.tokens)
        for block in self.blocks:
            x = block(x, rows.cosine, rows.sine, rows.mask)
        x = x.flatten(0, 1)[rows.places]
        return self.head(F.rms_norm(x, x.shape[-1:], self.final_gain, self.c["normEpsilon"]))

    def load_llama(self, tensors):
        """Weights under the names of Llama's checkpoints."""
        state = {"embedding.weight": tensors["model.embed_tokens.weight"],
                 "final_gain": tensors["model.norm.weight"]}
        state["head.weight"] = state["embedding.weight"] if self.c["tied"] else tensors["lm_head.weight"]
        for i in range(self.c["layers"]):
            def llama(*names):
                return torch.cat([tensors[f"model.layers.{i}.{name}.weight"] for name in names])
            state |= {f"blocks.{i}.{name}": value for name, value in {
                "attention_gain": llama("input_layernorm"),
                "attention.qkv.weight": llama("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
                "attention.output.weight": llama("self_attn.o_proj"),
                "feed_forward_gain": llama("post_attention_layernorm"),
                "gate_up.weight": llama("mlp.gate_proj", "mlp.up_proj"),
                "down.weight": llama("mlp.down_proj")}.items()}
        self.load_state_dict(state)


class Rows:
    """A padded batch: tokens [B, L], rotary factors [B, 1, L, D], mask [B, 1, L, L] or none for causal
    rows, the places that have targets (row * L + column), and the targets as (index of place, token)."""

    def __init__(self, c, sequences, targets, causal):
        B, L = len(sequences), max(len(s["tokens"]) for s in sequences)
        self.positions = sum(len(s["tokens"]) for s in sequences)
        self.tokens = torch.zeros(B, L, dtype=torch.long)
        depth = torch.zeros(B, L)
        for row, s in enumerate(sequences):
            self.tokens[row, :len(s["tokens"])] = torch.tensor(s["tokens"])
            depth[row, :len(s["tokens"])] = torch.tensor(s["positions"], dtype=torch.float)
        self.cosine, self.sine = rotary_factors(c, depth)
        self.mask = None if causal else torch.empty(B, 1, L, L)
        for row, s in enumerate([] if causal else sequences):
            self.mask[row, 0] = ancestor_mask(s["parents"], s.get("blocks", []), L)
        places = sorted({row * L + column for row, column, _, _ in targets})
        index = {place: i for i, place in enumerate(places)}
        self.places = torch.tensor(places)
        self.target_places = torch.tensor([index[row * L + column] for row, column, _, _ in targets])
        self.target_tokens = torch.tensor([token for _, _, token, _ in targets])
        self.weights = torch.tensor([weight for _, _, _, weight in targets])

    def loss(self, model):
        log_probabilities = model(self).log_softmax(-1)
        return -(self.weights * log_probabilities[self.target_places, self.target_tokens]).sum()


def rotary_factors(c, depth):
    half = torch.arange(0, c["headDimension"], 2).float() / c["headDimension"]
    angle = depth[:, None, :, None] * c["ropeBase"] ** -half
    return angle.cos().repeat(1, 1, 1, 2), angle.sin().repeat(1, 1, 1, 2)


def ancestor_mask(parents, blocks, L):
    """[L, L], 0 where a place sees another, else minus infinity; padding sees itself, against NaN."""
    sees = numpy.eye(L, dtype=bool)
    for place, parent in enumerate(parents):
        if parent >= 0:
            sees[place] |= sees[parent]
    for first, end in blocks:
        sees[first:end, blocks[0][0]:first] = False
    return torch.where(torch.from_numpy(sees), 0.0, -torch.inf)


def packed_rows(c, minibatch, _):
    targets = [(t["query"], t["node"], t["token"], t["weight"]) for t in minibatch["targets"]]
    return [Rows(c, minibatch["queries"], targets, causal=False)]


def pointwise_rows(c, minibatch, rows_at_once):
    """A causal row for each document, in batches of rows of like length."""
    queries, points = minibatch["queries"], []
    holders = defaultdict(int)
    for document in minibatch["documents"]:
        i = document["query"]
        places = list(range(queries[i]["promptLength"])) + document["nodes"]
        points.append((i, places))
        for place in places:
            holders[i, place] += 1
    listed = defaultdict(list)
    for t in minibatch["targets"]:
        if not holders[t["query"], t["node"]]:
            sys.exit(f"node {t['node']} of query {t['query']} has a target but is on no document's path")
        share = t["weight"] / holders[t["query"], t["node"]]
        listed[t["query"], t["node"]].append((t["token"], share))
    points.sort(key=lambda point: len(point[1]))
    return [causal_rows(c, queries, points[first:first + rows_at_once], listed)
            for first in range(0, len(points), rows_at_once)]


def causal_rows(c, queries, points, listed):
    sequences = [{"tokens": [queries[i]["tokens"][place] for place in places],
                  "positions": list(range(len(places)))} for i, places in points]
    targets = [(row, column, *target) for row, (i, places) in enumerate(points)
               for column, place in enumerate(places) for target in listed[i, place]]
    return Rows(c, sequences, targets, causal=True)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("minibatches", help="JSON file, see this script's head")
    parser.add_argument("--weights", help="safetensors file with Llama's tensor names; else random weights")
    parser.add_argument("--pointwise", action="store_true", help="a row for each (query, document) point")
    parser.add_argument("--attention", choices=["sdpa", "eager", "fastest"], default="sdpa",
                        help="default %(default)s; the others go without --pointwise")
    parser.add_argument("--rows-at-once", type=int, default=64, help="with --pointwise (default %(default)s)")
    parser.add_argument("--learning-rate", type=float, default=2e-3, help="default %(default)s")
    parser.add_argument("--beta2", type=float, default=0.98, help="default %(default)s")
    add_timing_options(parser, steps=10)
    options = parser.parse_args()
    if options.pointwise and options.attention != "sdpa":
        parser.error("--pointwise goes with --attention sdpa")
    return options


def main():
    options = parse_options()
    print(json.dumps(fastest(options) if options.attention == "fastest" else measure(options)))


def fastest(options):
    """The faster attention's measurements, each taken in a process of its own: neither has the other's memory."""
    def alone(attention, limit=None):
        options.attention = attention
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as executor:
            return executor.submit(measure, options, limit).result()
    sdpa = alone("sdpa")
    eager = alone("eager", limit=2 * sdpa["milliseconds_per_step"] / 1000)
    return min(sdpa, eager, key=lambda found: found["milliseconds_per_step"])


def measure(options, limit=None):
    Attention.is_eager = options.attention == "eager"
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    with open(options.minibatches) as file:
        exported = json.load(file)
    c = exported["config"]
    if options.pointwise and any("documents" not in m for m in exported["minibatches"]):
        sys.exit(f"{options.minibatches}: --pointwise needs \"documents\" in every minibatch")
    model = Decoder(c)
    if options.weights:
        model.load_llama(load_file(options.weights))
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=options.learning_rate, betas=(0.9, options.beta2), weight_decay=0, fused=True)
    make = pointwise_rows if options.pointwise else packed_rows
    minibatches = [make(c, m, options.rows_at_once) for m in exported["minibatches"]]

    def step(index):
        optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for rows in minibatches[index % len(minibatches)]:
            with forward_precision(options):
                loss = rows.loss(model)
            loss.backward()
            total += loss.item()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return total

    positions = sum(rows.positions for m in minibatches for rows in m) / len(minibatches)
    return measure_steps(
        options, step, limit, mode="pointwise" if options.pointwise else "packed", attention=options.attention,
        positions_per_step=positions, positions_per_second=lambda median: round(positions / median))


if __name__ == "__main__":
    main()
