"""The recurrences against the layers of the wheel, and the loop against plain Python."""

import jax
import keras
import numpy as np
import pytest

from kerajax import ops

UNITS = 4


@pytest.fixture
def x(rng):
    return rng.normal(size=(3, 6, 2)).astype("float32")


@pytest.fixture
def mask():
    return np.array([[1] * 6, [1, 1, 0, 1, 0, 0], [0, 0, 1, 1, 1, 1]], bool)


def _layer(kind, x, **kwargs):
    layer = getattr(keras.layers, kind)(UNITS, bias_initializer="normal", **kwargs)
    layer.build(x.shape)
    return layer, [np.asarray(w) for w in layer.get_weights()]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "GRU1", "SimpleRNN"])
def test_recurrences_are_the_wheels(kind, sequences, masked, backwards, x, mask):
    settings = {"go_backwards": backwards, "return_sequences": sequences}
    more = {"reset_after": False} if kind == "GRU1" else {}
    layer, weights = _layer(kind.rstrip("1"), x, **settings, **more)
    mask = mask if masked else None
    zeros = np.zeros((3, UNITS), "float32")
    if kind == "LSTM":
        last, outputs, _ = ops.lstm(
            x, zeros, zeros, mask, *weights, ops.tanh, ops.sigmoid, **settings
        )
    elif kind == "SimpleRNN":
        last, outputs, _ = ops.simple_rnn(x, zeros, mask, *weights, ops.tanh, **settings)
    else:
        last, outputs, _ = ops.gru(
            x, zeros, mask, *weights, ops.tanh, ops.sigmoid, **settings, **more
        )
    expected = layer(x, mask=mask)
    np.testing.assert_allclose(outputs if sequences else last, expected, rtol=1e-5, atol=1e-6)


def test_unrolled_equals_looped(x, mask):
    _, weights = _layer("LSTM", x)
    zeros = np.zeros((3, UNITS), "float32")
    results = [
        ops.lstm(x, zeros, zeros, mask, *weights, ops.tanh, ops.sigmoid, True, unroll=unroll)[1]
        for unroll in (False, True)
    ]
    np.testing.assert_allclose(*results, rtol=1e-6, atol=1e-6)


def test_masked_steps_keep_the_state(x, mask):
    _, _, states = ops.rnn(lambda x, s: (s[0] + x, [s[0] + x]), x, [np.zeros((3, 2))], mask=mask)
    np.testing.assert_allclose(states[0], (x * mask[..., None]).sum(1), rtol=1e-5, atol=1e-6)


def test_masked_outputs_are_zero_or_repeated(x, mask):
    def run(zero):
        step = lambda x, s: (s[0] + x, [s[0] + x])  # noqa: E731
        return ops.rnn(step, x, [np.zeros((3, 2))], mask=mask, zero_output_for_mask=zero)[1]

    assert not np.any(run(True)[1, 2])
    np.testing.assert_array_equal(run(False)[1, 2], run(False)[1, 1])


def test_constants_and_nested_inputs_reach_the_step(x):
    def step(inputs, states):
        h, c = states
        return h * c, [h + inputs["a"] + inputs["b"]]

    last, _, states = ops.rnn(
        step, {"a": x, "b": x}, [np.zeros((3, 2))], constants=[np.float32(2.0)]
    )
    np.testing.assert_allclose(states[0], 2 * x.sum(1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(last, 2 * 2 * x[:, :-1].sum(1), rtol=1e-5, atol=1e-6)


def test_gradient_flows_through_the_loop(x):
    _, weights = _layer("GRU", x)
    zeros = np.zeros((3, UNITS), "float32")

    def loss(kernel):
        return ops.gru(x, zeros, None, kernel, *weights[1:], ops.tanh, ops.sigmoid)[0].sum()

    gradient = jax.grad(loss)(weights[0])
    assert np.all(np.isfinite(gradient)) and np.any(gradient)
