"""Equal layers of a model are traced once, and compute what each of them would by itself."""

import gc
import weakref

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.layers._base._equal import equality_key
from kerajax.training import _step


def _blocks(depth, dense=layers.Dense):
    inputs = x = kerajax.Input((8,))
    for _ in range(depth):
        x = x + dense(8, activation="relu")(layers.LayerNormalization()(x))
    model = kerajax.Model(inputs, layers.Dense(1)(x))
    model.compile("adam", "mse")
    return model


def _fit(model, epochs=2):
    x = np.random.default_rng(0).normal(size=(32, *model.input_shape[1:])).astype("float32")
    y = x.reshape(32, -1)[:, :1]
    return model.fit(x, y, batch_size=8, epochs=epochs, shuffle=False, verbose=0).history["loss"]


def _traces(monkeypatch, depth, kind=layers.Dense):
    """How often `call` of a class runs in building and training a model of so many blocks."""
    calls, call = [], layers.Dense.call

    def counted(self, inputs, training=None):
        calls.append(self.name)
        return call(self, inputs, training)

    with monkeypatch.context() as patch:
        patch.setattr(layers.Dense, "call", counted)
        _fit(_blocks(depth, kind), epochs=1)
    return len(calls)


def test_depth_costs_no_traces(monkeypatch):
    """Shapes, outputs and gradients of the third block are those of the first."""
    _blocks(1)  # Shapes that were inferred are remembered.
    assert _traces(monkeypatch, 3) == _traces(monkeypatch, 9) > 0


def test_derived_classes_are_traced_each(monkeypatch):
    """What a class of the user reads besides its attributes is not known."""

    class Own(layers.Dense):
        pass

    few, many = (_traces(monkeypatch, depth, Own) for depth in (3, 9))
    assert many >= few + 2 * 6


def _mixed():
    inputs = x = kerajax.Input((6, 6, 4))
    shared = layers.Conv2D(4, 3, padding="same")
    for _ in range(2):
        x = x + layers.Conv2D(4, 3, padding="same", activation="relu")(x)
        x = layers.BatchNormalization()(shared(x))
    x = layers.BatchNormalization(trainable=False)(x)
    x = layers.Conv2D(4, 3, padding="same", activation="tanh")(x)
    x = layers.Flatten()(layers.Conv2D(4, 3, padding="same", use_bias=False)(x))
    for name in "ab":
        x = layers.Dense(5, kernel_regularizer="l2", activity_regularizer="l2", name=name)(x[:, :5])
    model = kerajax.Model(inputs, layers.Dense(1)(x))
    # A bias in front of a batch normalization has no gradient, whose rounding Adam would enlarge.
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("make", [lambda: _blocks(4), _mixed])
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_training_is_what_it_is_layer_by_layer(make, policy, monkeypatch):
    """Weights, statistics and losses; with layers that differ in one setting, and shared ones."""
    kerajax.config.set_dtype_policy(policy)
    try:
        kerajax.utils.set_random_seed(3)
        once = make()
        each = kerajax.models.clone_model(once)
        each.compile(type(once.optimizer)(), "mse")
        each.set_weights(once.get_weights())
        losses = _fit(once)
        with monkeypatch.context() as patch:
            patch.setattr(_step, "equal_calls_once", lambda step: step)
            expected = _fit(each)
    finally:
        kerajax.config.set_dtype_policy("float32")
    tolerance = 1e-5 if policy == "float32" else 2e-2
    np.testing.assert_allclose(losses, expected, rtol=tolerance)
    for weight, value in zip(once.weights, each.get_weights(), strict=True):
        np.testing.assert_allclose(
            weight, value, rtol=tolerance, atol=tolerance, err_msg=weight.path
        )


def test_predictions_are_what_they_are_layer_by_layer():
    """The compiled prediction beside the layers called one by one."""
    model = _mixed()
    x = np.random.default_rng(1).normal(size=(8, 6, 6, 4)).astype("float32")
    np.testing.assert_allclose(model.predict(x, verbose=0), model(x), rtol=1e-5, atol=1e-6)


def test_no_layer_is_kept():
    """What was traced for equal layers holds none of them."""
    model = _blocks(3)
    _fit(model, epochs=1)
    kept = weakref.ref(model.layers[2])
    del model
    gc.collect()
    assert kept() is None


def test_functions_without_a_module():
    """What `exec` makes belongs to no module; its layers are traced one by one."""

    def twice(x):
        return 2 * x

    twice.__module__ = None
    layer = layers.Dense(2, activation=twice, kernel_initializer="ones")
    assert equality_key(layer) is None
    assert layer(np.ones((1, 3))).tolist() == [[6.0, 6.0]]
