"""Makes ndcg.json: nDCG of random rankings, ties included, by scikit-learn's ndcg_score.

    python3 make_ndcg.py        # needs scikit-learn; writes beside itself
"""

import json
import math
import random
from pathlib import Path

from sklearn.metrics import ndcg_score

random.seed(7)
cases = []
for case in range(80):
    relevant = 1 + case % 19
    levels = [2, 4, 1000][case % 3]
    scores = [random.randrange(levels) / 8 - 3 for _ in range(relevant + 1)]
    gains = [math.log(relevant + 1 - r) for r in range(relevant)] + [0.0]
    cases.append({"scores": scores, "ndcg": float(ndcg_score([gains], [scores]))})
Path(__file__).with_name("ndcg.json").write_text(json.dumps(cases))
