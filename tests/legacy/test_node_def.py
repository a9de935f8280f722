"""Nodes of TensorFlow's graph in the models of TensorFlow 1.15 to 2.3."""

import json

import numpy as np
import pytest

from kerajax.legacy import layers as old
from kerajax.saving import load_model
from kerajax.saving.build import build_model
from kerajax.saving.read import Writer


def _layer(op, constants=None, **attr):
    return old.TensorFlowOpLayer(json.dumps({"op": op, "attr": attr}), constants=constants)


_X = np.arange(6, dtype="float32").reshape(2, 3) - 2


@pytest.mark.parametrize(
    "op, constants, attr, expected",
    [
        ("AddV2", {1: 2.0}, {}, _X + 2),
        ("RealDiv", {0: 6.0}, {}, 6 / (_X + 9)),
        ("Mean", {1: [1]}, {"keep_dims": {"b": True}}, _X.mean(1, keepdims=True)),
        ("Sum", {1: 0}, {}, _X.sum(0)),
        ("Relu", None, {}, np.maximum(_X, 0)),
        ("Transpose", {1: [1, 0]}, {}, _X.T),
        ("Reshape", {1: [-1]}, {}, _X.ravel()),
        ("ExpandDims", {1: -1}, {}, _X[..., None]),
        ("Cast", None, {"DstT": {"type": "DT_INT32"}}, _X.astype("int32")),
        ("MatMul", {1: [[1.0, 2.0, 3.0]]}, {"transpose_b": {"b": True}}, _X @ [[1], [2], [3]]),
    ],
)
def test_node(op, constants, attr, expected):
    """A node computes what its type and its attributes say; constants are inputs of their place."""
    x = _X + 9 if op == "RealDiv" else _X
    np.testing.assert_allclose(_layer(op, constants, **attr)(x), expected, rtol=1e-6)


def test_slices():
    """`x[:, -1]`: the first limits are left out, the second place is an index."""
    masks = {"begin_mask": {"i": "1"}, "end_mask": {"i": "1"}, "shrink_axis_mask": {"i": "2"}}
    layer = _layer("StridedSlice", {1: [0, -1], 2: [0, 0], 3: [1, 1]}, **masks)
    np.testing.assert_array_equal(layer(_X), _X[:, -1])


def test_several_inputs():
    """`ConcatV2` gets its axis last, `Split` first."""
    joined = _layer("ConcatV2", {2: 1})([_X, _X])
    np.testing.assert_array_equal(joined, np.concatenate([_X, _X], axis=1))
    parts = _layer("Split", {0: 1}, num_split={"i": "3"})(_X)
    assert [part.shape for part in parts] == [(2, 1)] * 3


def test_unknown_nodes_are_refused():
    """No type but those of the table, and no other form than JSON."""
    with pytest.raises(ValueError, match="'ReadFile', which this version"):
        _layer("ReadFile")
    with pytest.raises(ValueError, match="not written in JSON"):
        old.TensorFlowOpLayer("\n\x03add\x12\x05AddV2")


def test_graph(rng, tmp_path):
    """`relu(2 * dense(x)) + x` of TensorFlow 2.3 builds, computes, and keeps its numbers."""

    def op(name, node, *inputs, **constants):
        config = {"name": name, "node_def": json.dumps(node), "constants": constants}
        config |= {"trainable": True, "dtype": "float32"}
        calls = [[[source, 0, 0, {}] for source in inputs]]
        layer = f"tf_op_layer_{name}"
        entry = {"class_name": "TensorFlowOpLayer", "name": layer, "config": config}
        return {**entry, "inbound_nodes": calls}

    dense = {"name": "dense", "units": 3}
    layers = [
        {
            "class_name": "InputLayer",
            "name": "x",
            "config": {"name": "x", "batch_input_shape": [None, 3], "dtype": "float32"},
            "inbound_nodes": [],
        },
        {
            "class_name": "Dense",
            "name": "dense",
            "config": dense,
            "inbound_nodes": [[["x", 0, 0, {}]]],
        },
        op("Mul", {"op": "Mul", "attr": {"T": {"type": "DT_FLOAT"}}}, "dense", **{"1": 2.0}),
        op("Relu", {"op": "Relu"}, "tf_op_layer_Mul"),
        op("add", {"op": "AddV2"}, "tf_op_layer_Relu", "x"),
    ]
    graph = {
        "name": "model",
        "layers": layers,
        "input_layers": [["x", 0, 0]],
        "output_layers": [["tf_op_layer_add", 0, 0]],
    }
    config = {"class_name": "Model", "config": graph}
    model = build_model(config, Writer("tf2", "2.4.0", "tensorflow"))
    x = rng.normal(size=(2, 3)).astype("float32")
    expected = np.maximum(2 * (x @ model.get_layer("dense").kernel), 0) + x
    np.testing.assert_allclose(model(x), expected, rtol=1e-5, atol=1e-6)
    with pytest.warns(UserWarning, match="of class TensorFlowOpLayer"):
        model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(load_model(tmp_path / "m.keras")(x), model(x))
