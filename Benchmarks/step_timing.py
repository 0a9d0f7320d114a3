"""The timed loop that the pytorch_*_step.py scripts share, and the line that they print."""

import json
import statistics
import time

import torch


def add_timing_options(parser, steps):
    parser.add_argument("--steps", type=int, default=steps, help="timed steps (default %(default)s)")
    parser.add_argument("--warmup", type=int, default=5, help="steps before those (default %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="default %(default)s")
    parser.add_argument("--autocast", action="store_true", help="compute under bfloat16 autocast")
    parser.add_argument("--seed", type=int, default=1, help="of whatever is drawn at random")


def forward_precision(options):
    """What a step's forward pass stands in: autocast to bfloat16 with --autocast, nothing without."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.autocast)


def run_steps(options, step, **facts):
    """Calls step(0), step(1), ..., each of which updates the model and returns its loss, and prints one
    line of JSON: the median of the timed steps, and every step's loss from the first, warm-up included.

    `facts` go into the line; a callable is given the median in seconds.
    """
    losses, seconds = [], []
    for index in range(options.warmup + options.steps):
        start = time.perf_counter()
        losses.append(step(index))
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds[options.warmup:])
    facts = {key: value(median) if callable(value) else value for key, value in facts.items()}
    print(json.dumps({
        "milliseconds_per_step": round(median * 1000, 3), **facts, "steps": options.steps,
        "losses": losses, "torch": torch.__version__, "threads": options.threads}))
