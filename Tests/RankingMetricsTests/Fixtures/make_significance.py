"""Makes significance.json: paired tests of random differences by SciPy.

    python3 make_significance.py        # needs scipy 1.11 or later and numpy; writes beside itself
"""

import json
import random
from pathlib import Path

import numpy
from scipy import stats

random.seed(11)
cases = []
for case in range(40):
    n = 2 + case % 12
    shift = random.choice([0, 0.1, 0.5])
    # Steps of 1/4 give zeros and ties, as metrics do.
    differences = [round(4 * (random.gauss(shift, 0.5))) / 4 for _ in range(n)]
    if len(set(differences)) < 2:
        differences[0] += 0.5
    t = stats.ttest_1samp(differences, 0)
    exact = stats.permutation_test(
        (numpy.array(differences), numpy.zeros(n)), lambda a, b: numpy.mean(a - b), permutation_type="samples",
        n_resamples=numpy.inf)
    cases.append({"differences": differences, "t": float(t.statistic), "tP": float(t.pvalue),
                  "randomizationP": float(exact.pvalue)})
large = [random.gauss(0.02, 0.5) for _ in range(500)]
t = stats.ttest_1samp(large, 0)
approximate = stats.permutation_test(
    (numpy.array(large), numpy.zeros(500)), lambda a, b, axis: numpy.mean(a - b, axis=axis), vectorized=True,
    permutation_type="samples", n_resamples=200_000, rng=numpy.random.default_rng(3))
cases.append({"differences": large, "t": float(t.statistic), "tP": float(t.pvalue),
              "randomizationP": float(approximate.pvalue)})
Path(__file__).with_name("significance.json").write_text(json.dumps(cases))
