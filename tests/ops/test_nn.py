"""Activations, convolutions, pooling, normalization and crossentropies against the Keras wheel."""

import jax
import keras
import numpy as np
import pytest

from kerajax import ops
from tests.ops.agreement import check_symbolic, check_values

_RNG = np.random.default_rng(0)
X = _RNG.normal(size=(2, 4)).astype("float32") * 2
H = X.astype("float16")
KINKS = np.array([-6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0, 7.0], "float32")
SEQ, IMG, VOL = (_RNG.normal(size=(7, *s, 4)).astype("float32") for s in ((9,), (9, 8), (5, 6, 7)))
PROB = np.abs(X) / np.abs(X).sum(-1, keepdims=True)
HOT = np.eye(4, dtype="float32")[[1, 3]]
LABELS = np.array([1, 3], "int32")


def _kernel(*shape):
    return _RNG.normal(size=shape).astype("float32")


K1, K2, K3 = _kernel(3, 4, 6), _kernel(3, 2, 4, 6), _kernel(2, 2, 2, 4, 6)
FIRST = {"data_format": "channels_first"}
IMG_FIRST = IMG.transpose(0, 3, 1, 2)

ACTIVATIONS = (
    "relu relu6 leaky_relu elu selu celu gelu silu swish glu sigmoid log_sigmoid hard_sigmoid "
    "hard_silu hard_swish hard_tanh tanh_shrink softplus softsign squareplus sparse_plus "
    "sparse_sigmoid soft_shrink hard_shrink softmax log_softmax tanh"
).split()
ROWS = [(name, (x,)) for name in ACTIVATIONS for x in (X, H)]
ROWS += [
    ("gelu", (X, False)),
    ("elu", (X, 0.5)),
    ("celu", (X, 0.5)),
    ("leaky_relu", (X, 0.1)),
    ("squareplus", (X, 1)),
    ("threshold", (X, 0.5, 9.0)),
    ("glu", (IMG, 2)),
    ("softmax", (IMG, 1)),
    ("softmax", (IMG, (1, 2))),
    ("softmax", (IMG, None)),
    ("log_softmax", (IMG, (1, 2))),
    # One value in the support, where the wheel's formula is that of the paper.
    ("sparsemax", (X * 10,)),
    ("sparsemax", (X * 10, 0)),
    ("conv", (SEQ, K1)),
    ("conv", (IMG, K2)),
    ("conv", (VOL, K3)),
    *(
        ("conv", (IMG, K2), {"strides": s, "padding": p, "dilation_rate": d})
        for s, d in ((1, 2), (2, 1), ((2, 1), 1), (3, 1))
        for p in ("valid", "same")
    ),
    ("conv", (IMG, _kernel(3, 2, 2, 6))),
    ("conv", (IMG_FIRST, K2), FIRST),
    ("conv", (IMG_FIRST, _kernel(3, 2, 1, 8)), {"padding": "same", **FIRST}),
    ("depthwise_conv", (IMG, _kernel(3, 2, 4, 2))),
    ("depthwise_conv", (SEQ, _kernel(3, 4, 2)), {"strides": 2, "padding": "same"}),
    ("depthwise_conv", (IMG_FIRST, _kernel(3, 2, 4, 2)), FIRST),
    ("separable_conv", (IMG, _kernel(3, 2, 4, 2), _kernel(1, 1, 8, 5)), {"padding": "same"}),
    ("separable_conv", (IMG_FIRST, _kernel(3, 2, 4, 2), _kernel(1, 1, 8, 5)), FIRST),
    *(
        ("conv_transpose", (IMG, _kernel(k, k, 5, 4)), {"strides": s, "padding": p, **more})
        for k in (2, 3)
        for s in (1, 2, 3)
        for p in ("valid", "same")
        for more in ({}, {"output_padding": 0})
        if not (more and s > k)
    ),
    ("conv_transpose", (SEQ, _kernel(3, 5, 4)), {"dilation_rate": 2}),
    ("conv_transpose", (IMG_FIRST, _kernel(3, 3, 5, 4)), {"strides": 2, **FIRST}),
    *(
        (name, (x,), {"pool_size": size, "strides": s, "padding": p})
        for name in ("max_pool", "average_pool")
        for x in (SEQ, IMG, VOL)
        for size, s in ((2, 2), (3, 2), (2, 1))
        for p in ("valid", "same")
    ),
    ("max_pool", (IMG_FIRST, (2, 3)), {"strides": 2, "padding": "same", **FIRST}),
    ("average_pool", (IMG_FIRST, (2, 3)), {"strides": 2, "padding": "same", **FIRST}),
    ("adaptive_average_pool", (SEQ, 4)),
    ("adaptive_average_pool", (IMG, (4, 3))),
    ("adaptive_max_pool", (IMG, (4, 3))),
    ("adaptive_max_pool", (VOL, 2)),
    ("adaptive_max_pool", (IMG_FIRST, 5), FIRST),
    ("moments", (IMG, [0, 1, 2])),
    ("moments", (IMG.astype("float16"), (1, 2)), {"keepdims": True}),
    ("batch_normalization", (IMG, X[0], X[1] ** 2, -1)),
    ("batch_normalization", (IMG, X[0], X[1] ** 2, 3, X[1], X[0], 1e-5)),
    ("batch_normalization", (IMG_FIRST, X[0], X[1] ** 2, 1, X[1], X[0])),
    ("layer_normalization", (IMG,)),
    ("layer_normalization", (IMG, X[0], X[1])),
    ("layer_normalization", (IMG, IMG[0, 0], IMG[0, 1]), {"axis": (2, 3), "epsilon": 1e-3}),
    ("layer_normalization", (H,)),
    ("rms_normalization", (IMG, X[0])),
    ("rms_normalization", (IMG,), {"axis": (1, 3)}),
    ("normalize", (X,)),
    ("normalize", (IMG, 1, 1)),
    ("normalize", (IMG, -1, 3)),
    ("binary_crossentropy", (HOT, PROB)),
    ("binary_crossentropy", (HOT, X, True)),
    ("binary_crossentropy", (HOT, HOT)),
    ("categorical_crossentropy", (HOT, PROB)),
    ("categorical_crossentropy", (HOT, HOT)),
    ("categorical_crossentropy", (HOT, X, True)),
    ("sparse_categorical_crossentropy", (LABELS, PROB)),
    ("sparse_categorical_crossentropy", (LABELS[:, None], X, True)),
]
IDS = [f"{i}-{row[0]}" for i, row in enumerate(ROWS)]


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_values(row):
    name, args, *kwargs = row
    check_values(name, *args, rtol=1e-5, atol=2e-5, **(kwargs[0] if kwargs else {}))


def _has_rule(row):
    """The wheel's shape rules know no groups, and for adaptive pooling they keep a spatial axis."""
    is_grouped = row[0] == "conv" and row[1][1].shape[-2] != 4
    return not is_grouped and "adaptive" not in row[0]


SYMBOLIC = [row for row in ROWS if _has_rule(row)]


@pytest.mark.parametrize("row", SYMBOLIC, ids=[f"{i}-{row[0]}" for i, row in enumerate(SYMBOLIC)])
def test_symbolic(row):
    name, args, *kwargs = row
    check_symbolic(name, *args, **(kwargs[0] if kwargs else {}))


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n not in ("glu",)])
def test_gradients_at_kinks(name):
    """Where a function has no derivative, the gradient is the wheel's."""
    ours = jax.grad(lambda x: (getattr(ops, name)(x) * KINKS).sum())(KINKS)
    theirs = jax.grad(lambda x: (getattr(keras.ops, name)(x) * KINKS).sum())(KINKS)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_max_pool_gives_the_gradient_to_the_first_of_equals():
    gradient = jax.grad(lambda x: ops.max_pool(x, 2).sum())(np.ones((1, 4, 1), "float32"))
    assert gradient.ravel().tolist() == [1.0, 0.0, 1.0, 0.0]


def test_wrong_channels_name_both_shapes():
    with pytest.raises(ValueError, match=r"\(7, 9, 8, 4\).*\(3, 2, 3, 6\)"):
        ops.conv(IMG, _kernel(3, 2, 3, 6))


def test_unknown_padding_suggests_the_nearest():
    with pytest.raises(ValueError, match="same"):
        ops.conv(IMG, K2, padding="sam")
