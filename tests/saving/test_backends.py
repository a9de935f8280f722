"""Models whose weights were made on Theano or CNTK compute what those computed."""

import json

import numpy as np
import pytest

import kerajax
from kerajax.saving.build import build_model
from kerajax.saving.read import Writer

_THEANO = Writer("2.2", "2.2.4", "theano")


def _sequential(*layers):
    return {
        "class_name": "Sequential",
        "config": [{"class_name": name, "config": config} for name, config in layers],
    }


def _window_sums(x, size, stride):
    """Theano's `"same"`: `size // 2` zeros at both ends, `ceil(n / stride)` outputs."""
    padded = np.pad(x, (size // 2, size // 2))
    count = -(-len(x) // stride)
    return np.array([padded[i * stride : i * stride + size].sum() for i in range(count)])


@pytest.mark.parametrize(("size", "stride"), [(2, 1), (3, 2), (4, 3), (3, 1)])
def test_theano_convolution(size, stride):
    """Zeros lie at both ends evenly, by the layer before; it is the layer itself otherwise."""
    conv = {
        "name": "c",
        "filters": 1,
        "kernel_size": [size],
        "strides": [stride],
        "padding": "same",
        "kernel_initializer": "ones",
        "batch_input_shape": [None, 7, 1],
    }
    model = build_model(_sequential(("Conv1D", conv)), _THEANO)
    x = np.arange(1.0, 8.0, dtype="float32")
    outputs = np.ravel(model(x.reshape(1, 7, 1)))
    np.testing.assert_allclose(outputs, _window_sums(x, size, stride), rtol=1e-6)
    names = [layer.name for layer in model.layers]
    assert names == (["c"] if (size, stride) == (3, 1) else ["c_padding", "c"])


@pytest.mark.parametrize(("size", "before"), [(2, 1), (3, 1), (4, 3), (5, 3)])
@pytest.mark.parametrize("mode", ["max", "average"])
def test_theano_pooling(size, before, mode):
    """Windows begin before the input, and what lies outside does not count."""
    name = {"max": "MaxPooling1D", "average": "AveragePooling1D"}[mode]
    config = {"name": "p", "pool_size": [size], "strides": [2], "padding": "same"}
    config["batch_input_shape"] = [None, 6, 1]
    model = build_model(_sequential((name, config)), _THEANO)
    x = -np.arange(1.0, 7.0, dtype="float32")
    reduce = {"max": np.max, "average": np.mean}[mode]
    windows = [x[max(0, i - before) : i - before + size] for i in (0, 2, 4)]
    np.testing.assert_allclose(np.ravel(model(x.reshape(1, 6, 1))), [reduce(w) for w in windows])


def test_theano_graph_with_a_shared_convolution():
    """Each call of the convolution in a graph gets its zeros; the file saved again is the same."""
    conv = {"name": "c", "filters": 1, "kernel_size": [2, 2], "padding": "same"}
    conv["data_format"] = "channels_last"
    inputs = {"name": "i", "batch_input_shape": [None, 3, 3, 1], "dtype": "float32"}
    layers = [
        {"class_name": "InputLayer", "name": "i", "config": inputs, "inbound_nodes": []},
        {
            "class_name": "Conv2D",
            "name": "c",
            "config": conv,
            "inbound_nodes": [[["i", 0, 0, {}]], [["c", 0, 0, {}]]],
        },
    ]
    config = {"layers": layers, "input_layers": [["i", 0, 0]], "output_layers": [["c", 1, 0]]}
    model = build_model({"class_name": "Model", "config": config}, _THEANO)
    model.get_layer("c").set_weights([np.ones((2, 2, 1, 1)), np.zeros(1)])
    x = np.zeros((1, 3, 3, 1), "float32")
    x[0, 0, 0] = 1.0
    expected = [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    np.testing.assert_allclose(np.asarray(model(x))[0, :, :, 0], expected)


def test_theano_inside_time_distributed():
    """The zeros come from a wrapper of their own."""
    conv = {"name": "c", "filters": 2, "kernel_size": [2, 3], "padding": "same"}
    conv.update(data_format="channels_last", strides=[2, 1])
    wrapper = {"name": "t", "layer": {"class_name": "Conv2D", "config": conv}}
    wrapper["batch_input_shape"] = [None, 2, 5, 4, 3]
    model = build_model(_sequential(("TimeDistributed", wrapper)), _THEANO)
    assert [layer.name for layer in model.layers] == ["t_padding", "t"]
    assert model.output_shape == (None, 2, 3, 4, 2)


@pytest.mark.parametrize("sequences", [False, True])
def test_cntk_lstm_gives_out_its_cell(sequences, rng):
    """The output of CNTK's LSTM is `c`, for each step where all are asked for."""
    config = {"name": "l", "units": 2, "return_sequences": sequences}
    config.update(recurrent_activation="sigmoid", batch_input_shape=[None, 3, 4])
    model = build_model(_sequential(("LSTM", config)), Writer("2.2", "2.2.4", "cntk"))
    plain = kerajax.layers.LSTM(2, return_state=True)
    x = rng.normal(size=(2, 3, 4)).astype("float32")
    plain.build(x.shape)
    plain.set_weights(model.get_weights())
    steps = [np.asarray(plain(x[:, : n + 1])[2]) for n in range(3)]
    expected = np.stack(steps, axis=1) if sequences else steps[-1]
    np.testing.assert_allclose(model(x), expected, atol=1e-6)
    again = kerajax.saving.model_from_json(json.dumps(json.loads(model.to_json())))
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(again(x), expected, atol=1e-6)
