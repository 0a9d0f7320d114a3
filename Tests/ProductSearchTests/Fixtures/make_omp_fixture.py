"""Writes omp.json: sparse codes of scikit-learn's orthogonal matching pursuit.

    pip install scikit-learn && python3 make_omp_fixture.py
"""

import json
import pathlib

import numpy
import sklearn
from sklearn.decomposition import sparse_encode


def unit(rows):
    return (rows / numpy.linalg.norm(rows, axis=1, keepdims=True)).astype(numpy.float32)


random = numpy.random.default_rng(36)
atoms, width, nonzeros = 24, 16, 3
dictionary = unit(random.normal(size=(atoms, width)))
# Vectors of no kind, two that equal atoms, one that two atoms say, and the negative of an atom.
vectors = numpy.concatenate(
    [
        unit(random.normal(size=(120, width))),
        dictionary[[5, 17]],
        unit((0.8 * dictionary[3] - 0.5 * dictionary[11])[None]),
        -dictionary[[9]],
    ]
)
# Of the same numbers in float64, so that rounding decides nothing.
codes = sparse_encode(
    vectors.astype(numpy.float64),
    dictionary.astype(numpy.float64),
    algorithm="omp",
    n_nonzero_coefs=nonzeros,
)
# What is left of a vector that fewer atoms say is rounding.
codes[numpy.abs(codes) < 1e-6] = 0
order = [sorted(numpy.flatnonzero(code), key=lambda atom: (-abs(code[atom]), atom)) for code in codes]
json.dump(
    {
        "made_by": f"scikit-learn {sklearn.__version__}",
        "atoms": atoms,
        "width": width,
        "nonzeros": nonzeros,
        "dictionary": dictionary.ravel().tolist(),
        "vectors": vectors.ravel().tolist(),
        "codes": [[int(atom) for atom in row] for row in order],
        "coefficients": [[float(code[atom]) for atom in row] for code, row in zip(codes, order)],
    },
    (pathlib.Path(__file__).parent / "omp.json").open("w"),
)
