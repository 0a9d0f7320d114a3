"""Times one training step of the dual or the cross encoder in PyTorch, as the formulas are printed.

    python3 pytorch_encoder_step.py dual|cross minibatches.safetensors

Needs torch, numpy and safetensors. The file, which the project's own benchmark writes, holds the start and the
minibatches that both sides train on, whole numbers as floats:

    embeddings [entities, n]; queries, documents, weights [steps, B]: entity, entity and lambda(r) of each pair;
    for the cross encoder permutation [steps, B] and mlp.0.weight ... mlp.3.bias.

dual: equation 13 over the minibatch's B x B logits, SGD with momentum over the whole table, every row
projected to the unit sphere after each update. cross: equation 14 with B permuted negatives, fused AdamW over
the whole table and the perceptron.

Prints one line of JSON.
"""

import argparse

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

from step_timing import add_timing_options, forward_precision, run_steps


class DualEncoder:
    def __init__(self, tensors, options):
        self.table = nn.Parameter(tensors["embeddings"])
        self.temperature = options.temperature
        self.optimizer = torch.optim.SGD([self.table], lr=options.learning_rate, momentum=options.momentum)

    def loss(self, queries, documents, weights, _):
        logits = self.table[queries] @ self.table[documents].T / self.temperature
        return (weights * F.cross_entropy(logits, torch.arange(len(queries)), reduction="none")).mean()

    @torch.no_grad()
    def after_update(self):
        self.table /= self.table.norm(dim=1, keepdim=True)


class CrossEncoder:
    def __init__(self, tensors, options):
        self.table = nn.Parameter(tensors["embeddings"])
        self.layers = [(nn.Parameter(tensors[f"mlp.{i}.weight"]), nn.Parameter(tensors[f"mlp.{i}.bias"]))
                       for i in range(4)]
        self.optimizer = torch.optim.AdamW(
            [self.table, *(p for layer in self.layers for p in layer)], lr=options.learning_rate,
            weight_decay=options.weight_decay, fused=True)

    def scores(self, queries, documents):
        h = torch.cat([self.table[queries], self.table[documents]], dim=1)
        for weight, bias in self.layers[:-1]:
            h = F.relu(F.linear(h, weight, bias))
        return F.linear(h, *self.layers[-1])[:, 0]

    def loss(self, queries, documents, weights, permutation):
        positive = F.logsigmoid(self.scores(queries, documents))
        negative = F.logsigmoid(-self.scores(queries, documents[permutation]))
        return -(weights / weights.sum() * positive).sum() - negative.mean()

    def after_update(self):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["dual", "cross"])
    parser.add_argument("minibatches", help="safetensors file, see this script's head")
    parser.add_argument("--learning-rate", type=float, required=True)
    parser.add_argument("--temperature", type=float, default=0.05)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--weight-decay", type=float, default=0.001)
    parser.add_argument("--float64", action="store_true",
                        help="compute in double precision: a reference for the losses, not for time")
    add_timing_options(parser, steps=20)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tensors = load_file(options.minibatches)
    if options.float64:
        tensors = {name: tensor.double() for name, tensor in tensors.items()}
    model = (DualEncoder if options.kind == "dual" else CrossEncoder)(tensors, options)
    queries, documents = tensors["queries"].long(), tensors["documents"].long()
    permutation = tensors.get("permutation", torch.zeros_like(tensors["queries"])).long()

    def step(index):
        index %= len(queries)
        model.optimizer.zero_grad(set_to_none=True)
        with forward_precision(options):
            loss = model.loss(
                queries[index], documents[index], tensors["weights"][index], permutation[index])
        loss.backward()
        model.optimizer.step()
        model.after_update()
        return loss.item()

    run_steps(options, step, mode=options.kind)


if __name__ == "__main__":
    main()
