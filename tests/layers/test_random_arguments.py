"""Layers with random valid arguments beside the wheel: shapes of weights and outputs, numbers."""

import jax
import keras
import numpy as np
import pytest

import kerajax
from tests.layers.checks import reproduced
from tests.layers.random_arguments import FAMILIES, layer
from tests.layers.row import Row

FEW, MANY = 3, 40
CASES = [
    pytest.param(family, seed, marks=[] if seed < FEW else [pytest.mark.slow])
    for family in FAMILIES
    for seed in range(MANY)
]


@pytest.mark.parametrize("family, seed", CASES)
def test_agrees_with_the_wheel(family, seed):
    """Weights are copied, so that the numbers are the same; graphs promise the same sizes."""
    name, arguments, shape, kind = layer(family, seed)
    spread = kind == "spread"
    row = Row(name, arguments, shape, "float" if spread else kind, spread=spread)
    with reproduced(row):
        inputs = row.inputs()
        ours, theirs = (row.make(package) for package in (kerajax, keras))
        for made in (ours, theirs):
            row.run(made, inputs)
        assert [v.shape for v in ours.weights] == [tuple(v.shape) for v in theirs.weights]
        rng = np.random.default_rng(seed)
        # Positive, since some are variances.
        values = [rng.uniform(0.1, 1.0, v.shape).astype(v.dtype) for v in ours.weights]
        for made in (ours, theirs):
            made.set_weights(values)
        here, there = (jax.tree_util.tree_leaves(row.run(x, inputs)) for x in (ours, theirs))
        assert [(x.shape, x.dtype) for x in here] == [(x.shape, x.dtype) for x in there]
        for x, y in zip(here, there, strict=True):
            np.testing.assert_allclose(x, y, rtol=3e-5, atol=1e-5)
        assert _promised(kerajax, row, here) == _promised(keras, row, there)


def _promised(package, row, outputs):
    """Whether each symbolic output has the sizes of the real one, or leaves them open."""
    symbolic = package.tree.flatten(row.run(row.make(package), row.symbolic(package)))
    return [
        all(a in (None, b) for a, b in zip(x.shape, y.shape, strict=True))
        for x, y in zip(symbolic, outputs, strict=True)
    ]
