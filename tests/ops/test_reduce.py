"""Reductions and cumulative ops against the Keras wheel."""

import numpy as np
import pytest

from tests.ops.agreement import check_symbolic, check_values

_RNG = np.random.default_rng(0)
F = _RNG.normal(size=(2, 3, 4)).astype("float32")
H = F.astype("float16")
I = _RNG.integers(0, 5, (2, 3, 4)).astype("int32")  # noqa: E741
U = I.astype("uint8")
S = I.astype("int8")
B = I > 2

AXES = ({}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": (1, 2)}, {"keepdims": True})
REDUCTIONS = "sum mean prod max min amax amin ptp var std logsumexp median".split()

ROWS = [(name, (x,), kw) for name in REDUCTIONS for x in (F, H) for kw in AXES]
ROWS += [(name, (x,), {"axis": 1}) for name in REDUCTIONS for x in (I, U, S) if name != "logsumexp"]
ROWS += [(name, (B,), {"axis": 1}) for name in "sum mean prod max min var std".split()]
ROWS += [(name, (x,), kw) for name in ("any", "all") for x in (B, I, F) for kw in AXES]
ROWS += [
    ("max", (F,), {"axis": 1, "initial": 5.0}),
    ("min", (F,), {"axis": 1, "initial": -5.0}),
    ("average", (F,)),
    ("average", (F,), {"axis": 1}),
    ("average", (I,), {"axis": 1}),
    ("average", (F, 1, F[0, :, 0] ** 2)),
    ("count_nonzero", (I,)),
    ("count_nonzero", (I,), {"axis": 1}),
    *((name, (x,), kw) for name in ("argmax", "argmin") for x in (F, I) for kw in (AXES[:3])),
    ("quantile", (F, 0.3)),
    ("quantile", (F, 0.3), {"axis": 1, "keepdims": True}),
    ("quantile", (F, np.array([0.2, 0.7], "float32")), {"axis": 1}),
    ("quantile", (I, 0.3), {"axis": (1, 2), "method": "nearest"}),
    ("percentile", (F, 30.0), {"axis": 1}),
    *((name, (x,), kw) for name in ("cumsum", "cumprod") for x in (F, I, B) for kw in AXES[:2]),
    ("cumsum", (F,), {"axis": 1, "dtype": "float16"}),
    ("prod", (I,), {"axis": 1, "dtype": "float32"}),
]
IDS = [f"{i}-{row[0]}" for i, row in enumerate(ROWS)]


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_values(row):
    name, args, *kwargs = row
    check_values(name, *args, **(kwargs[0] if kwargs else {}))


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_symbolic(row):
    name, args, *kwargs = row
    # The wheel declares float32 for logsumexp and computes float16.
    check_symbolic(name, *args, dtypes=name != "logsumexp", **(kwargs[0] if kwargs else {}))
