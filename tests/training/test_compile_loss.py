"""Losses given to `compile` by a name whose meaning the shapes decide."""

import keras
import numpy as np
import pytest

import kerajax
from kerajax import losses
from kerajax.training._compile_loss import CompileLoss


@pytest.mark.parametrize(
    ("target", "output", "fn"),
    [
        ((4, 1), (4, 1), losses.binary_crossentropy),
        ((4,), (4, 3), losses.sparse_categorical_crossentropy),
        ((4, 1), (4, 3), losses.sparse_categorical_crossentropy),
        ((4, 3), (4, 3), losses.categorical_crossentropy),
    ],
)
@pytest.mark.parametrize("name", ["crossentropy", "ce"])
def test_crossentropy_is_the_one_that_fits_the_shapes(name, target, output, fn):
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, 2, target).astype("float32")
    y_pred = rng.uniform(0.1, 0.9, output).astype("float32")
    value = CompileLoss(name)(y_true, y_pred)
    np.testing.assert_allclose(value, np.mean(fn(y_true, y_pred)), rtol=1e-6)


# The wheel, on the newest JAX.
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64:UserWarning")
def test_a_model_compiled_with_crossentropy_evaluates_as_in_keras():
    values = []
    for package in (kerajax, keras):
        package.utils.set_random_seed(0)
        model = package.Sequential(
            [package.Input((2,)), package.layers.Dense(3, activation="softmax")]
        )
        model.compile("sgd", loss="crossentropy", metrics=["accuracy"])
        values.append(model.evaluate(np.eye(2), np.array([0, 2]), verbose=0))
    np.testing.assert_allclose(*values, rtol=1e-6)
