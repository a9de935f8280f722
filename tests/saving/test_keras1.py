"""Configs and layouts of Keras 1, in small."""

import numpy as np
import pytest

from kerajax import Variable, layers
from kerajax.saving.build import build_model
from kerajax.saving.build._layouts import pieces_of
from kerajax.saving.read import Writer


class _Array:
    def __init__(self, value):
        self.value, self.shape = value, value.shape


def _values(layer, arrays, writer):
    named = [(name, _Array(value)) for name, value in arrays]
    (piece,) = pieces_of(layer, layer.weights[: len(layer.weights)], named, writer)
    values = piece.values([array.value for _, array in piece.sources])
    assert piece.shapes() == [value.shape for value in values]
    return values


def test_kernels_of_theano_are_turned_and_flipped(rng):
    """(out, in, rows, cols) of a convolution -> (rows, cols, in, out) of a correlation."""
    layer = layers.Conv2D(2, (3, 4), use_bias=False, data_format="channels_first")
    layer.build((None, 5, 8, 8))
    kernel = rng.normal(size=(2, 5, 3, 4))
    (value,) = _values(layer, [("c_W", kernel)], Writer("1", "1.2.2", "theano"))
    np.testing.assert_array_equal(value, kernel[:, :, ::-1, ::-1].transpose(2, 3, 1, 0))


def test_gates_of_an_lstm_are_joined(rng):
    """i, c, f, o, each with kernel, recurrent kernel and bias -> i, f, c, o in three arrays."""
    layer = layers.LSTM(2)
    layer.build((None, 4, 3))
    shapes = {"W": (3, 2), "U": (2, 2), "b": (2,)}
    arrays = [(f"l_{k}_{g}", rng.normal(size=s)) for g in "icfo" for k, s in shapes.items()]
    named = dict(arrays)
    values = _values(layer, arrays, Writer("1", "1.2.2", "theano"))
    for kind, value in zip("WUb", values, strict=True):
        expected = np.concatenate([named[f"l_{kind}_{g}"] for g in "ifco"], axis=-1)
        np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize("version", ["1.0.1", "1.0.8"])
def test_running_std(version):
    """It was a standard deviation, to which epsilon was added, until 1.0.5."""
    layer = layers.BatchNormalization(epsilon=0.1)
    layer.build((None, 2))
    writer = Writer("1", version, "theano")
    std = np.array([1.0, 2.0])
    arrays = [(f"b_{i}", _Array(std)) for i in range(4)]
    piece = pieces_of(layer, layer.weights, arrays, writer)[3]
    (value,) = piece.values([std])
    expected = (std + 0.1) ** 2 - 0.1 if version == "1.0.1" else std
    np.testing.assert_allclose(value, expected)


def test_stack_that_begins_with_a_merge():
    """The layers of the branches become layers of one functional model."""

    def dense(name, **more):
        return {"class_name": "Dense", "config": {"name": name, "output_dim": 2, **more}}

    branches = [
        {"class_name": "Sequential", "config": [dense(name, batch_input_shape=[None, size])]}
        for name, size in (("a", 3), ("b", 4))
    ]
    merge = {"class_name": "Merge", "config": {"name": "m", "mode": "sum", "layers": branches}}
    config = {"class_name": "Sequential", "config": [merge, dense("c")]}
    model = build_model(config, Writer("1", "1.2.2"))
    assert [x.shape for x in model.inputs] == [(None, 3), (None, 4)]
    assert [layer.name for layer in model.layers if layer.weights] == ["a", "b", "c"]
    assert isinstance(model.get_layer("m"), layers.Add)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_layers_of_nvidia(kind, rng):
    """Every gate is turned; an LSTM adds its two biases and a GRU keeps them."""
    units, size, gates = 2, 3, {"LSTM": 4, "GRU": 3}[kind]
    inner = {"name": "r", "units": units, "batch_input_shape": [None, 5, size]}
    config = {
        "class_name": "Sequential",
        "config": [{"class_name": f"CuDNN{kind}", "config": inner}],
    }
    writer = Writer("2.2", "2.2.4", "tensorflow")
    layer = build_model(config, writer).layers[0]
    assert type(layer).__name__ == kind
    matrices = [rng.normal(size=(units, size)) for _ in range(gates)]
    kernel = np.concatenate([m.ravel().reshape(size, units) for m in matrices], axis=1)
    recurrent = rng.normal(size=(units, gates * units))
    bias = rng.normal(size=(2 * gates * units,))
    arrays = [("kernel", kernel), ("recurrent_kernel", recurrent), ("bias", bias)]
    values = _values(layer, arrays, writer)
    assert [v.shape for v in values] == [tuple(v.shape) for v in layer.weights]
    np.testing.assert_array_equal(values[0], np.concatenate([m.T for m in matrices], axis=1))
    halves = bias.reshape(2, -1)
    np.testing.assert_array_equal(values[2], halves.sum(axis=0) if kind == "LSTM" else halves)


class _Scale(layers.Layer):
    def build(self, input_shape):
        self.trainable_weights = [Variable(np.ones(input_shape[-1:]), name="w")]

    def call(self, inputs):
        return inputs * self.trainable_weights[0]


def test_layers_name_their_weights():
    """`self.trainable_weights = [...]` in `build`, as Keras 1 had it."""
    layer = _Scale()
    layer.build((None, 3))
    assert [v.name for v in layer.trainable_weights] == ["w"]
    layer.trainable = False
    assert layer.trainable_weights == []
    assert len(layer.non_trainable_weights) == 1


@pytest.mark.parametrize(
    "version, consume_less, expected",
    [("1.2.2", "cpu", "l2"), ("1.2.2", "gpu", "l1"), ("1.1.2", "cpu", "l1")],
)
def test_penalty_of_recurrent_weights(version, consume_less, expected):
    """Keras 1.2 gave each gate's recurrent weights the regularizer of the others."""
    inner = {
        "name": "r",
        "output_dim": 2,
        "batch_input_shape": [None, 5, 3],
        "consume_less": consume_less,
        "W_regularizer": {"name": "L1L2Regularizer", "l1": 0.0, "l2": 0.5},
        "U_regularizer": {"name": "L1L2Regularizer", "l1": 0.5, "l2": 0.0},
    }
    config = {"class_name": "Sequential", "config": [{"class_name": "GRU", "config": inner}]}
    penalty = build_model(config, Writer("1", version)).layers[0].cell.recurrent_regularizer
    assert getattr(penalty, expected) == 0.5
