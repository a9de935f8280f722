"""Tensors without elements, with one, and in half precision, against the wheel."""

import numpy as np
import pytest

from kerajax.backend import canonical_dtype
from tests.ops.agreement import check_values

EMPTY = np.zeros((0, 3), "float32")
ONE = np.array([[2.0]], "float32")
X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")

ON_EMPTY = [
    *((name, (EMPTY,)) for name in "relu softmax exp abs sum prod mean any all sort".split()),
    *((name, (EMPTY,)) for name in "transpose flip cumsum ravel count_nonzero".split()),
    *((name, (EMPTY,), {"axis": 1}) for name in "max min argmax argmin logsumexp".split()),
    ("concatenate", ([EMPTY, X[:, :3]],), {"axis": 0}),
    ("matmul", (EMPTY, X[:, :2])),
    ("matmul", (EMPTY.T, EMPTY)),
    ("take", (X, np.zeros((0,), "int32")), {"axis": 0}),
    ("one_hot", (np.zeros((0,), "int32"), 3)),
    ("reshape", (EMPTY, (3, 0))),
    ("pad", (EMPTY, ((1, 0), (0, 0)))),
    ("einsum", ("ij,kj->ik", EMPTY, X[:, :3])),
    ("where", (EMPTY > 0, EMPTY, 1.0)),
]
ON_ONE = [
    *((name, (ONE,), {"axis": -1}) for name in "logsumexp std var median sort".split()),
    *((name, (ONE,), {"axis": -2}) for name in "argmax cumprod max mean norm".split()),
    ("squeeze", (ONE,)),
    ("diff", (ONE,)),
    ("det", (ONE,)),
    ("inv", (ONE,)),
    ("top_k", (ONE, 1)),
]
OF_HALVES = (
    "relu gelu silu softmax log_softmax sigmoid tanh softplus exp log1p sqrt square sum mean var "
    "std max argmax logsumexp cumsum sort normalize abs sign floor sin erf"
).split()


def _ids(rows):
    return [f"{i}-{row[0]}" for i, row in enumerate(rows)]


@pytest.mark.parametrize("row", ON_EMPTY + ON_ONE, ids=_ids(ON_EMPTY + ON_ONE))
def test_few_elements(row):
    name, args, *kwargs = row
    check_values(name, *args, **(kwargs[0] if kwargs else {}))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", OF_HALVES)
def test_half_precision(name, dtype):
    """The dtype stays, and so do the numbers as far as it holds them."""
    check_values(name, X.astype(canonical_dtype(dtype)))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", ["add", "multiply", "divide", "maximum", "power"])
def test_half_precision_of_pairs(name, dtype):
    x = np.abs(X).astype(canonical_dtype(dtype))
    check_values(name, x, x)
    check_values(name, x, 2.0)
