"""ConvLSTM: its arithmetic, masks, state, and bad input."""

import numpy as np
import pytest

import kerajax
from kerajax import layers


def test_a_kernel_of_one_place_is_an_lstm_at_each_place(rng):
    """Convolutions with one tap are the products of an LSTM."""
    x = rng.normal(size=(2, 4, 3, 5)).astype("float32")
    layer, lstm = layers.ConvLSTM1D(6, 1, return_sequences=True), layers.LSTM(6)
    lstm.build((None, 4, 5))
    layer.build(x.shape)
    layer.set_weights([w[None] if w.ndim == 2 else w for w in lstm.get_weights()])
    outputs = layer(x)
    assert outputs.shape == (2, 4, 3, 6)
    for place in range(3):
        np.testing.assert_allclose(
            outputs[:, -1, place], lstm(x[:, :, place]), rtol=1e-4, atol=1e-5
        )


def test_masked_steps_leave_the_state_alone(rng):
    x = rng.normal(size=(2, 4, 3, 3, 2)).astype("float32")
    layer = layers.ConvLSTM2D(2, 2)
    mask = np.array([[True, True, False, False]] * 2)
    np.testing.assert_allclose(layer(x, mask=mask), layer(x[:, :2]), rtol=1e-5, atol=1e-6)


def test_stateful_layers_go_on_where_they_stopped(rng):
    x = rng.normal(size=(2, 4, 5, 2)).astype("float32")
    layer = layers.ConvLSTM1D(2, 2, stateful=True)
    layer(x[:, :2])
    continued = layer(x[:, 2:])
    layer.reset_state()
    np.testing.assert_allclose(layer(x), continued, rtol=1e-5, atol=1e-6)


def test_time_may_be_unknown():
    outputs = layers.ConvLSTM1D(2, 2, return_sequences=True)(kerajax.Input((None, 5, 3)))
    assert outputs.shape == (None, None, 4, 2)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="static input shapes"):
        layers.ConvLSTM1D(2, 2)(kerajax.Input((4, None, 3)))
    with pytest.raises(ValueError, match="dilation_rate"):
        layers.ConvLSTM1D(2, 2, strides=2, dilation_rate=2)
