"""Fine-tunes a causal language model on a job that `rankbridge export-job` wrote, and scores its candidates.

    python3 finetune.py JOB [--model DIR] [--output scores.safetensors]
    torchrun --nproc-per-node 8 finetune.py JOB ...

Needs torch (2.6 or newer), transformers and safetensors; gguf too where the model is a GGUF file. One process
trains on one device; several, started by torchrun, share weights, gradients and optimiser state (FSDP) and
deal out each minibatch's sequences. Then every candidate of every evaluated query is scored, and
`rankbridge import-scores` puts the file into results.db.

A job is a folder. job.json has the run's id, the model, the optimiser (AdamW), each step's learning rate and
the names of the others. These are safetensors files of 32-bit numbers, with packed sequences one after
another: a prompt and a tree of continuations that hangs off its last token.

    sequence_starts  [S + 1]  where each sequence begins among the tokens, and where the last ends
    tokens           [T]
    parents          [T]      the place, in its own sequence, of the token before; -1 at the first
    positions        [T]      rotary positions: tokens before it on its path

A token sees its path alone, a sliding window's length of it where the model has one.
minibatches-N.safetensors has for its steps, in order:

    step_starts      [B + 1]  where each step's sequences begin among the sequences
    target_places    [N]      among the tokens; with target_tokens and target_weights [N]

A step's loss is the sum of -weight * log p(token | place). candidates-N.safetensors has for its queries, one
sequence each, in order:

    query_starts     [Q + 1]  where each query's documents begin among the documents
    document_starts  [D + 1]  where each document's pairs begin among the pairs
    asked_places     [P]      among the tokens; with asked_tokens [P]

A document's score is the mean of log p(token | place) over its pairs. scores.safetensors has `scores` [all
documents], `losses` [steps], and the run's id and points as metadata.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch.distributed.fsdp import fully_shard
from transformers import AutoModelForCausalLM


class Shard:
    """One file of packed sequences; `kind` is "target" or "asked", the pairs that it has."""

    def __init__(self, path, kind):
        self.tensors, self.kind = load_file(path), kind
        self.starts = self.tensors["sequence_starts"].long()
        owner = torch.searchsorted(self.starts, self.tensors[f"{kind}_places"].long(), right=True) - 1
        self.pair_starts = torch.searchsorted(owner, torch.arange(len(self.starts)))

    def sequence(self, index, window):
        """Tokens, positions, and the places that each place sees, [L, L]: its path, `window` back at most."""
        part = slice(self.starts[index], self.starts[index + 1])
        parents = self.tensors["parents"][part].tolist()
        sees = torch.eye(len(parents), dtype=torch.bool)
        for place, parent in enumerate(parents):
            if parent >= 0:
                sees[place] |= sees[parent]
        positions = self.tensors["positions"][part].long()
        if window:
            sees &= positions[:, None] - positions < window
        return self.tensors["tokens"][part].long(), positions, sees

    def pairs(self, index):
        """Place in the sequence, token, and number in the file of each of a sequence's pairs."""
        part = slice(self.pair_starts[index], self.pair_starts[index + 1])
        places = self.tensors[f"{self.kind}_places"][part].long() - self.starts[index]
        return places, self.tensors[f"{self.kind}_tokens"][part].long(), torch.arange(part.start, part.stop)


class Batch:
    """Padded sequences of a shard, and their pairs. Padding sees itself, against NaN."""

    def __init__(self, shard, indices, model):
        dtype, window = model.dtype, getattr(model.config, "sliding_window", None)
        parts = [shard.sequence(i, window) for i in indices]
        B, L = len(parts), max(len(tokens) for tokens, _, _ in parts)
        self.tokens, self.positions = torch.zeros(B, L, dtype=torch.long), torch.zeros(B, L, dtype=torch.long)
        sees = torch.eye(L, dtype=torch.bool).repeat(B, 1, 1)
        for row, (tokens, positions, own) in enumerate(parts):
            n = len(tokens)
            self.tokens[row, :n], self.positions[row, :n], sees[row, :n, :n] = tokens, positions, own
        self.mask = torch.zeros(B, 1, L, L, dtype=dtype).masked_fill(~sees[:, None], torch.finfo(dtype).min)
        pairs = [shard.pairs(i) for i in indices]
        self.rows = torch.cat([torch.full_like(places, row) for row, (places, _, _) in enumerate(pairs)])
        self.places, self.asked, self.numbers = (torch.cat(parts) for parts in zip(*pairs))

    def log_probabilities(self, model, device):
        """log p(token | place) of each pair; only places that are asked get logits."""
        columns, index = self.places.unique(return_inverse=True)
        logits = model(
            input_ids=self.tokens.to(device), position_ids=self.positions.to(device),
            attention_mask=self.mask.to(device), use_cache=False, logits_to_keep=columns.to(device),
        ).logits[self.rows.to(device), index.to(device)].float()
        return logits.log_softmax(-1).gather(1, self.asked.to(device)[:, None]).flatten()


class Processes:
    """This process among those that torchrun started; alone without torchrun."""

    def __init__(self, threads):
        self.rank, self.world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        if threads:
            torch.set_num_threads(threads)
        kind = "cuda" if torch.cuda.is_available() else "cpu"
        self.device = torch.device(kind, int(os.environ.get("LOCAL_RANK", 0)) if kind == "cuda" else 0)
        if kind == "cuda":
            torch.cuda.set_device(self.device)
        if self.world > 1:
            dist.init_process_group("nccl" if kind == "cuda" else "gloo")

    def share(self, indices, size):
        """This process's part of `indices` in groups of at most `size`. All processes get equally many groups,
        because all must call the model equally often; who has nothing left repeats a sequence (`counts` is False)."""
        own = indices[self.rank::self.world]
        groups = (-(-len(indices) // self.world) + size - 1) // size
        for number in range(groups):
            group = own[number * size:(number + 1) * size]
            yield group or indices[:1], bool(group)

    def total(self, value):
        """The sum of a tensor over all processes."""
        value = value.to(self.device)
        if self.world > 1:
            dist.all_reduce(value)
        return value


def load_model(source, dtype, processes):
    path = Path(source)
    if path.suffix == ".gguf":
        model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=dtype)
    else:
        model = AutoModelForCausalLM.from_pretrained(source, dtype=dtype)
    model = model.to(processes.device).train()
    if processes.world > 1:
        for layer in model.model.layers:
            fully_shard(layer)
        fully_shard(model)
    return model


def train(model, job, folder, options, processes):
    """Returns each step's loss."""
    o = job["optimizer"]
    if o["kind"] != "adamw":
        raise SystemExit(f"the job's optimiser is {o['kind']}: only adamw is known here")
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1.0, betas=(o["beta1"], o["beta2"]), eps=o["epsilon"], weight_decay=o["weight_decay"])
    losses = []
    for name in job["minibatches"]:
        shard = Shard(folder / name, "target")
        weights, step_starts = shard.tensors["target_weights"], shard.tensors["step_starts"].tolist()
        for first, end in zip(step_starts, step_starts[1:]):
            total = torch.zeros((), dtype=torch.float64)
            for group, counts in processes.share(list(range(first, end)), options.sequences):
                batch = Batch(shard, group, model)
                own = weights[batch.numbers].to(processes.device) * counts
                loss = -(own * batch.log_probabilities(model, processes.device)).sum()
                # FSDP averages gradients over processes; the loss is a sum over them.
                (loss * processes.world).backward()
                total += loss.detach().double().cpu()
            torch.nn.utils.clip_grad_norm_(model.parameters(), o["clip_norm"])
            for group in optimizer.param_groups:
                group["lr"] = job["learning_rates"][len(losses)]
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            losses.append(processes.total(total).item())
            if processes.rank == 0:
                print(f"step {len(losses)}/{job['steps']}  loss {losses[-1]:.4f}", flush=True)
    return losses


@torch.no_grad()
def score(model, job, folder, options, processes):
    """Returns the score of every document of every query."""
    model.eval()
    scores = []
    for name in job["candidates"]:
        shard = Shard(folder / name, "asked")
        found = torch.zeros(len(shard.tensors["asked_places"]), dtype=torch.float64)
        for group, counts in processes.share(list(range(len(shard.starts) - 1)), options.sequences):
            batch = Batch(shard, group, model)
            values = batch.log_probabilities(model, processes.device)
            if counts:
                found[batch.numbers] = values.double().cpu()
        found = processes.total(found).cpu()
        starts = shard.tensors["document_starts"].long()
        sums = torch.cat([torch.zeros(1, dtype=torch.float64), found.cumsum(0)])
        scores.append((sums[starts[1:]] - sums[starts[:-1]]) / (starts[1:] - starts[:-1]))
    return torch.cat(scores).float()


def save(model, folder, processes):
    state = model.state_dict()
    if processes.world > 1:
        state = {name: value.full_tensor().cpu() for name, value in state.items()}
    if processes.rank == 0:
        model.save_pretrained(folder, state_dict=state)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", type=Path, help="the folder that rankbridge export-job wrote")
    parser.add_argument("--model", help="folder, GGUF file or hub name; by default where it lay for export-job")
    parser.add_argument("--output", type=Path, help="by default JOB/scores.safetensors")
    parser.add_argument("--save", type=Path, help="a folder for the trained model")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--sequences", type=int, default=4, help="on a device at once (default %(default)s)")
    parser.add_argument("--threads", type=int, help="of each process on a CPU")
    options = parser.parse_args()
    job = json.loads((options.job / "job.json").read_text())
    if job["format"] != "rankbridge-job-1":
        raise SystemExit(f"{options.job}/job.json has format {job['format']}, this program knows rankbridge-job-1")
    processes = Processes(options.threads)
    output = options.output or options.job / "scores.safetensors"
    if processes.rank == 0:
        # Before hours of training, not after them.
        for folder in [output.parent] + ([options.save] if options.save else []):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
    model = load_model(options.model or job["model"], getattr(torch, options.dtype), processes)
    losses = train(model, job, options.job, options, processes)
    scores = score(model, job, options.job, options, processes)
    if processes.rank == 0:
        save_file(
            {"scores": scores, "losses": torch.tensor(losses, dtype=torch.float32)}, output,
            metadata={"run": job["run"], "points": str(job["points"])})
        print(f"scores written to {output}")
    if options.save:
        save(model, options.save, processes)
    if processes.world > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
