"""The timed loop that the pytorch_*_step.py scripts share, and the line that they print."""

import json
import resource
import statistics
import sys
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
    """Prints what measure_steps finds as one line of JSON."""
    print(json.dumps(measure_steps(options, step, **facts)))


def measure_steps(options, step, limit=None, **facts):
    """Calls step(0), step(1), ..., each of which updates the model and returns its loss. Gives the median of the
    timed steps, every step's loss from the first, warm-up included, and the peak memory of this process.

    A step of the warm-up that takes more than `limit` seconds is the last, and stands for all. `facts` go into
    the answer; a callable is given the median in seconds.
    """
    losses, seconds = [], []
    for index in range(options.warmup + options.steps):
        start = time.perf_counter()
        losses.append(step(index))
        seconds.append(time.perf_counter() - start)
        if limit is not None and index < options.warmup and seconds[-1] > limit:
            break
    timed = seconds[options.warmup:] or seconds[-1:]
    median = statistics.median(timed)
    facts = {key: value(median) if callable(value) else value for key, value in facts.items()}
    return {
        "milliseconds_per_step": round(median * 1000, 3), **facts, "steps": len(timed),
        "losses": losses, "peak_memory_bytes": peak_memory_bytes(), "torch": torch.__version__,
        "threads": options.threads}


def peak_memory_bytes():
    """Of this process alone: what getrusage says takes in the program that started it."""
    try:
        with open("/proc/self/status") as status:
            return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else 1024 * peak
