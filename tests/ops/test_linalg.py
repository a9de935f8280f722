"""Products and linear algebra against the Keras wheel."""

import numpy as np
import pytest

from tests.ops.agreement import check_symbolic, check_values

_RNG = np.random.default_rng(0)
A = _RNG.normal(size=(2, 3, 3)).astype("float32") + 3 * np.eye(3, dtype="float32")
P = np.einsum("bij,bkj->bik", A, A) + np.eye(3, dtype="float32")
X = _RNG.normal(size=(4, 3)).astype("float32")
W = _RNG.normal(size=(3, 5)).astype("float32")
V = _RNG.normal(size=(3,)).astype("float32")
I = np.arange(6, dtype="int32").reshape(2, 3)  # noqa: E741
S = I.astype("int8")

ROWS = [
    ("matmul", (X, W)),
    ("matmul", (A, A)),
    ("matmul", (X, V)),
    ("matmul", (A, X.T[None])),
    ("matmul", (I, I.T)),
    ("matmul", (S, S.T)),
    ("matmul", (I, W)),
    ("dot", (X, W)),
    ("dot", (X, V)),
    ("dot", (V, V)),
    ("dot", (A, W)),
    ("tensordot", (X, W, 1)),
    ("tensordot", (A, A, [[1, 2], [1, 2]])),
    ("einsum", ("ij,jk->ik", X, W)),
    ("einsum", ("bij,bjk->bik", A, A)),
    ("einsum", ("...j,jk", A, W)),
    ("einsum", ("ij,kj->ik", S, S)),
    ("outer", (V, V)),
    ("inner", (X, X)),
    ("vdot", (V, V)),
    ("kron", (X, W)),
    ("cross", (X, V)),
    ("cross", (X, X)),
    ("cholesky", (P,)),
    ("cholesky", (P, True)),
    ("cholesky_inverse", (np.linalg.cholesky(P[0]),)),
    ("det", (A,)),
    ("logdet", (A,)),
    ("slogdet", (A,)),
    ("inv", (A,)),
    ("pinv", (X,)),
    ("matrix_rank", (A,)),
    ("matrix_rank", (A, 0.5)),
    ("solve", (A, A)),
    ("solve", (A[0], V)),
    ("solve_triangular", (A, A)),
    ("solve_triangular", (A, A, True)),
    ("lstsq", (X, X)),
    ("lu_factor", (A,)),
    ("qr", (X,)),
    ("qr", (X, "complete")),
    ("svd", (A,)),
    ("svd", (X, False)),
    ("svd", (X, False, False)),
    ("eigh", (P,)),
    ("eig", (P,)),
    ("norm", (X,)),
    ("norm", (X,), {"axis": 1}),
    ("norm", (X,), {"axis": 1, "ord": 1, "keepdims": True}),
    ("norm", (A,), {"axis": (1, 2), "ord": "nuc"}),
    ("norm", (A,), {"axis": (1, 2)}),
    ("norm", (I,), {"axis": 1, "ord": np.inf}),
]
IDS = [f"{i}-{row[0]}" for i, row in enumerate(ROWS)]


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_values(row):
    name, args, *kwargs = row
    check_values(name, *args, rtol=1e-4, atol=1e-5, **(kwargs[0] if kwargs else {}))


# The wheel's shape rules of these are wrong (a scalar) or know the first dtype only.
_WRONG = ("slogdet", "lu_factor", "eig")
SYMBOLIC = [row for row in ROWS if row[0] not in _WRONG]
# Matrices need known sizes.
_KNOWN = ("qr", "svd", "solve", "cholesky_inverse", "pinv", "norm", "lstsq")


@pytest.mark.parametrize("row", SYMBOLIC, ids=[f"{i}-{row[0]}" for i, row in enumerate(SYMBOLIC)])
def test_symbolic(row):
    name, args, *kwargs = row
    check_symbolic(name, *args, unknown=name not in _KNOWN, **(kwargs[0] if kwargs else {}))
