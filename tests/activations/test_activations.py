"""Activations against the Keras wheel: values, gradients, names and configs."""

import jax
import keras
import numpy as np
import pytest

from kerajax import activations, backend, objects

X = np.array([[-7.0, -3.0, -1.5, -1.0], [-0.3, 0.2, 0.5, 1.0], [2.5, 3.5, 6.5, 8.0]], "float32")
FUNCTIONS = [
    n
    for n in vars(keras.activations)
    if n[0] != "_" and n not in ("get", "serialize", "deserialize")
]
ROWS = [(name, {}) for name in FUNCTIONS if name not in ("sparsemax", "threshold")] + [
    ("celu", {"alpha": 0.5}),
    ("elu", {"alpha": 0.5}),
    ("gelu", {"approximate": True}),
    ("glu", {"axis": 1}),
    ("hard_shrink", {"threshold": 1.2}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("log_softmax", {"axis": 0}),
    ("relu", {"negative_slope": 0.5}),
    ("relu", {"max_value": 3}),
    ("relu", {"max_value": 6}),
    ("relu", {"max_value": 6.0, "negative_slope": 0.5}),
    ("relu", {"threshold": 0.4}),
    ("relu", {"threshold": -2.0}),
    ("relu", {"threshold": 0.4, "max_value": 3.0}),
    ("relu", {"threshold": 0.4, "max_value": 3.0, "negative_slope": 0.25}),
    ("relu", {"threshold": 0.4, "negative_slope": 0.25}),
    ("soft_shrink", {"threshold": 1.2}),
    ("softmax", {"axis": 0}),
    ("softmax", {"axis": (0, 1)}),
    ("squareplus", {"b": 2}),
    ("threshold", {"threshold": 0.3, "default_value": -5.0}),
]
IDS = [f"{name}-{kwargs}" for name, kwargs in ROWS]


@pytest.mark.parametrize(("name", "kwargs"), ROWS, ids=IDS)
def test_values_and_gradients_agree_with_keras(name, kwargs):
    ours, theirs = getattr(activations, name), getattr(keras.activations, name)
    for dtype, rtol in [("float32", 1e-6), ("bfloat16", 2e-2)]:
        x = backend.cast(X, dtype)
        y = ours(x, **kwargs)
        assert y.dtype == dtype
        expected = theirs(x, **kwargs)
        np.testing.assert_allclose(
            np.asarray(y, "float32"), np.asarray(expected, "float32"), rtol=rtol, atol=1e-6
        )
    x = backend.cast(X, "float32")
    weights = np.cos(np.arange(np.size(y))).reshape(y.shape)
    gradients = [
        jax.grad(lambda x, f=f: (f(x, **kwargs) * weights).sum())(x) for f in (ours, theirs)
    ]
    np.testing.assert_allclose(*gradients, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "kwargs"), ROWS, ids=IDS)
def test_symbolic_call_has_the_shape_of_a_concrete_one(name, kwargs):
    function = getattr(activations, name)
    y = function(backend.KerasTensor((3, 4), "bfloat16"), **kwargs)
    expected = function(backend.cast(X, "bfloat16"), **kwargs)
    assert (y.shape, y.dtype) == (expected.shape, expected.dtype.name)


@pytest.mark.parametrize("axis", [-1, 0])
def test_sparsemax_is_the_nearest_distribution(axis):
    """Checked by definition: the sums of Keras' own results exceed 1 for more than one row."""
    y = np.asarray(activations.sparsemax(X, axis=axis))
    np.testing.assert_allclose(y.sum(axis), 1.0, atol=1e-6)
    # Wherever the result is positive it is the input, moved by one amount per row.
    moved = np.where(y > 0, X - y, np.nan)
    shift = np.nanmean(moved, axis=axis, keepdims=True)
    np.testing.assert_allclose(np.maximum(X - shift, 0), y, atol=1e-6)


def test_relu_is_one_node():
    x = backend.KerasTensor((None, 4))
    y = activations.relu(x, negative_slope=0.1, max_value=2.0, threshold=0.5)
    operation = y._keras_history.operation
    assert type(operation).__name__ == "ReLU"
    assert operation._inbound_nodes[0].input_tensors == [x]


def test_relu_keeps_integers():
    x = np.array([-3, 0, 9])
    assert activations.relu(x, max_value=5).tolist() == [0, 0, 5]


def test_relu_with_the_argument_of_keras_2():
    with pytest.warns(objects.LegacySpellingWarning):
        assert activations.relu(np.array([-1.0]), alpha=0.5).tolist() == [-0.5]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_names_and_configs_agree_with_keras(name):
    ours, theirs = getattr(activations, name), getattr(keras.activations, name)
    assert activations.serialize(ours) == keras.activations.serialize(theirs)
    assert activations.get(name) is activations.deserialize(name) is ours
    assert activations.get({"class_name": "function", "config": ours.__name__}) is ours


def test_hard_sigmoid_of_old_eras():
    x = np.array([-3.0, -2.0, 0.0, 1.0, 3.0])
    with objects.EraScope("2.2"):
        old = activations.get("hard_sigmoid")
    np.testing.assert_allclose(old(x), [0.0, 0.1, 0.5, 0.7, 1.0], atol=1e-6)
    assert activations.get("hard_sigmoid") is activations.hard_sigmoid


def test_functions_of_users():
    def double(x):
        return 2 * x

    assert activations.get(double) is double
    assert activations.serialize(double)["config"] == "double"
    with objects.CustomObjectScope({"double": double}):
        assert activations.get("double") is double
        assert activations.deserialize(activations.serialize(double)) is double


@pytest.mark.parametrize("identifier", ["sofmax", 3, ["relu"]])
def test_get_names_what_it_cannot_find(identifier):
    with pytest.raises(ValueError, match="Could not interpret activation function identifier"):
        activations.get(identifier)
