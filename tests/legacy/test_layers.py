"""Layers that only older Keras had, by their formulas."""

import numpy as np
import pytest

from kerajax import layers
from kerajax.legacy import layers as old
from kerajax.objects import deserialize_keras_object, serialize_keras_object


def test_highway_mixes_input_and_output(rng):
    """t * h + (1 - t) * x, with t = sigmoid(x @ W_carry + b_carry)."""
    layer, x = old.Highway(activation="tanh"), rng.normal(size=(3, 4)).astype("float32")
    y = np.asarray(layer(x))
    w, w_carry, b, b_carry = layer.get_weights()
    t = 1 / (1 + np.exp(-(x @ w_carry + b_carry)))
    np.testing.assert_allclose(y, t * np.tanh(x @ w + b) + (1 - t) * x, atol=1e-5)


def test_maxout_takes_the_largest(rng):
    """The maximum over `nb_feature` affine functions."""
    layer, x = old.MaxoutDense(2, nb_feature=3), rng.normal(size=(3, 4)).astype("float32")
    y = np.asarray(layer(x))
    w, b = layer.get_weights()
    expected = np.max([x @ w[k] + b[k] for k in range(3)], axis=0)
    np.testing.assert_allclose(y, expected, atol=1e-5)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_locally_connected_forms_agree(data_format, rng):
    """The kernels of one form, written into the matrices of the others, give equal outputs."""
    x = rng.normal(size=(2, 4, 5, 3)).astype("float32")
    if data_format == "channels_first":
        x = x.transpose(0, 3, 1, 2)
    made = [
        old.LocallyConnected2D(2, (2, 3), data_format=data_format, implementation=i)
        for i in (1, 2, 3)
    ]
    for layer in made:
        layer.build(x.shape)
    second, third = made[1:]
    dense = np.asarray(second.kernel).reshape(second._mask.shape[::-1])
    third.kernel.assign(dense.T[second._mask])
    np.testing.assert_allclose(second(x), third(x), atol=1e-5)
    first = made[0]
    kernel = np.zeros(first.kernel.shape, "float32")
    rows, columns = first._outputs
    whole = np.asarray(second.kernel)
    for row in range(rows):
        for column in range(columns):
            if data_format == "channels_last":
                part = whole[row : row + 2, column : column + 3, :, row, column, :]
            else:
                part = whole[:, row : row + 2, column : column + 3, :, row, column]
            kernel[row * columns + column] = part.reshape(-1, 2)
    first.kernel.assign(kernel)
    np.testing.assert_allclose(first(x), second(x), atol=1e-5)


def test_srelu_pieces():
    """Slopes outside of two thresholds, and the input between them."""
    layer = old.SReLU()
    layer.build((None, 1))
    layer.set_weights([np.full((1,), v, "float32") for v in (-1.0, 0.5, 2.0, 3.0)])
    y = np.asarray(layer(np.array([[-3.0], [0.0], [2.0]]))).ravel()
    np.testing.assert_allclose(y, [-1 + 0.5 * -2, 0.0, 1 + 3.0 * 1])


def test_functions_of_tensorflow():
    """Paths in the table are called; others are refused by name."""
    add = old.TFOpLambda("__operators__.add")
    assert float(add(np.float32(1.0), y=2.0, name=None)) == 3.0
    take = old.SlicingOpLambda("__operators__.getitem")
    spec = [{"start": None, "stop": 1, "step": None}, {"class_name": "__ellipsis__"}]
    assert take(np.ones((3, 2)), slice_spec=spec).shape == (1, 2)
    with pytest.raises(ValueError, match=r"tf\.io\.read_file"):
        old.TFOpLambda("io.read_file")


@pytest.mark.parametrize(
    "layer",
    [
        old.Highway(),
        old.MaxoutDense(3),
        old.SReLU(shared_axes=[1]),
        old.ThresholdedReLU(0.5),
        old.ParametricSoftplus(),
        old.LocallyConnected1D(2, 3),
        old.CornerUpSampling2D(2, interpolation="bilinear"),
        old.PlacedPooling("max", (2, 3), (2, 1), (1, 1)),
        old.CellOutputLSTM(3, recurrent_activation="hard_sigmoid"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_config_round_trip(layer):
    """A layer made from the config has the same config."""
    again = deserialize_keras_object(serialize_keras_object(layer))
    assert isinstance(again, layers.Layer)
    assert again.get_config() == layer.get_config()
