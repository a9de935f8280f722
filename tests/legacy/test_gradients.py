"""`K.gradients`: derivatives between tensors of a graph."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.legacy import _backend as K

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4)).astype("float32")


@pytest.fixture
def model():
    return kerajax.Sequential(
        [
            kerajax.Input((4,)),
            layers.Dense(5, activation="tanh", name="hidden"),
            layers.Dropout(0.5),
            layers.Dense(2, name="out"),
        ]
    )


def test_gradients_of_inputs_and_of_tensors_on_the_way(model):
    hidden = model.get_layer("hidden").output
    score = model.output[:, 1]
    f = K.function([model.input], K.gradients(score, [model.input, hidden]))
    of_input, of_hidden = f([X])
    expected = jax.grad(lambda x: jnp.sum(model(x)[:, 1]))(X)
    np.testing.assert_allclose(of_input, expected, rtol=1e-5, atol=1e-6)
    kernel = model.get_layer("out").kernel.numpy()
    np.testing.assert_allclose(of_hidden, np.tile(kernel[:, 1], (3, 1)), rtol=1e-5)


def test_gradients_of_weights(model):
    f = K.function([model.input], K.gradients(K.sum(model.output), model.trainable_weights))
    found = f([X])
    values = [v.value for v in model.trainable_variables]
    frozen = [v.value for v in model.non_trainable_variables]
    expected = jax.grad(lambda v: jnp.sum(model.stateless_call(v, frozen, X)[0]))(values)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_they_are_tensors_to_compute_with(model):
    """A penalty on the gradients, whose gradients are second derivatives."""
    x = kerajax.Input((1,))
    (first,) = K.gradients(x**3, x)
    (second,) = K.gradients(K.square(first), x)
    f = K.function([x], [first, second])
    for found, expected in zip(f([np.array([[2.0]])]), (12.0, 2 * 12 * 12), strict=True):
        np.testing.assert_allclose(found, [[expected]])


def test_what_the_loss_does_not_depend_on_has_none(model):
    assert K.gradients(model.output, [kerajax.Input((4,)), K.variable(1.0)]) == [None, None]


def test_values_have_no_graph(model):
    with pytest.raises(ValueError, match=r"use `jax.grad`"):
        K.gradients(model(X), model.input)
