"""The families that tf.keras had and Keras 3 has not: what their models are, in lines of text.

`tf_keras.json` holds what TensorFlow 2.15 said. Written there, from the root of the repository:

    python -m tests.applications.tf_keras
"""

import importlib
import json
import re
import types
from pathlib import Path
from unittest import mock

import numpy as np

from tests.applications.structure import digest, row

RECORD = Path(__file__).with_suffix(".json")
FLOPS = "002 004 006 008 016 032 040 064 080 120 160 320".split()
REGNETS = [f"RegNet{kind}{flops}" for kind in "XY" for flops in FLOPS]
RESNETS = [f"ResNetRS{depth}" for depth in (50, 101, 152, 200, 270, 350, 420)]
NAMES = [*REGNETS, *RESNETS]
_BODY = {"include_top": False, "fast": False}
ROWS = [
    row("RegNetX002", **_BODY, pooling="max", include_preprocessing=False, model_name="body"),
    row("RegNetY002", **_BODY, pooling="avg", input_shape=(33, 64, 1)),
    row("ResNetRS50", **_BODY, pooling="max", include_preprocessing=False),
    row("ResNetRS50", **_BODY, pooling="avg", input_shape=(33, 64, 1)),
    row("ResNetRS50", **_BODY, data_format="channels_first"),
    row("ResNetRS50", fast=False, classes=7, classifier_activation=None, input_shape=(64, 64, 3)),
    *(row(name, fast=name in ("RegNetX002", "RegNetY002", "ResNetRS50")) for name in NAMES),
]
_SMALL = {"input_shape": (64, 32, 3)}
OUTPUTS = [
    row("RegNetX002", **_SMALL, **_BODY, pooling="avg"),
    row("RegNetX002", **_SMALL, classes=5, fast=False),
    row("RegNetY002", **_SMALL, classes=5),
    row("RegNetY002", **_SMALL, **_BODY),
    row("ResNetRS50", **_SMALL, classes=5, fast=False),
    row("ResNetRS50", **_SMALL, **_BODY, pooling="max"),
]
# What decides the numbers of a layer.
_KEYS = (
    "activation axis data_format epsilon filters groups keepdims kernel_initializer kernel_size "
    "mean momentum noise_shape offset padding pool_size rate scale strides target_shape units "
    "use_bias variance"
).split()
_UNNAMED = re.compile(r"(add|multiply|input|input_layer|tf\..*?)(_\d+)?")
_CLASSES = {"tf.math.multiply": "Multiply", "tf.__operators__.add": "Add"}


def summary(model):
    """Counts, and digests of the lines."""
    return {
        "layers": len(model.layers),
        "parameters": model.count_params(),
        "trainable": sum(int(np.prod(w.shape)) for w in model.trainable_weights),
        "weights": digest(weights(model)),
        "graph": digest(graph(model)),
    }


def weights(model):
    """Name, shape and whether it is trained, of each weight in the order of files."""
    return [f"{_path(w)} {tuple(w.shape)} {w.trainable}" for w in model.weights]


def graph(model):
    """Class, name, settings and inputs of each layer in the order of the model."""
    numbers = {layer.name: i for i, layer in enumerate(model.layers)}
    lines = []
    for layer in model.layers:
        (node, *_) = layer._inbound_nodes
        parents = [getattr(n, "operation", None) or n.layer for n in node.parent_nodes]
        config = layer.get_config()
        settings = {key: _plain(key, config[key]) for key in _KEYS if key in config}
        name = "" if _UNNAMED.fullmatch(layer.name) else layer.name
        kind = _CLASSES.get(re.sub(r"_\d+$", "", layer.name), type(layer).__name__)
        lines.append(f"{kind} {name} {settings} {[numbers[p.name] for p in parents]}")
    return lines


def _plain(key, value):
    if isinstance(value, dict):
        config = {k: v for k, v in value["config"].items() if v is not None}
        return [value["class_name"], config]
    if key == "axis":
        (axis,) = value if isinstance(value, (list, tuple)) else (value,)
        return axis % 4
    if isinstance(value, (list, tuple)):
        return [_plain("", part) for part in value]
    return round(value, 9) if isinstance(value, float) else value


def _path(weight):
    return getattr(weight, "path", None) or weight.name.removesuffix(":0")


def fill(model):
    """Gives the weights the values that they had for the recorded outputs."""
    # The stream of this generator never changes.
    randomize(model, np.random.RandomState(2020))


def randomize(model, rng):
    """Gives every weight another value, of a size that keeps numbers in range."""
    values = []
    for weight in model.weights:
        shape = tuple(weight.shape)
        if _path(weight).endswith(("variance", "gamma", "count")):
            values.append(rng.uniform(0.5, 1.5, shape))
        else:
            fan = np.prod(shape[:-1]) if len(shape) > 1 else 100.0
            values.append(rng.normal(size=shape) * np.sqrt(1.5 / fan))
    model.set_weights([np.asarray(v, "float32") for v in values])


def outputs(model):
    """Up to 16 of the numbers that a filled model computes for the recorded images."""
    x = np.random.RandomState(0).uniform(0, 255, size=(2, *model.input_shape[1:]))
    y = np.ravel(model.predict(x.astype("float32"), verbose=0))
    return [float(value) for value in y[:: max(1, len(y) // 16)]]


def _record():
    keras = _tf_keras()
    record = {"structure": {}, "outputs": {}, "files": {}}
    for each in ROWS:
        record["structure"][each.id] = summary(each.build(keras))
        print(each.id, record["structure"][each.id], flush=True)
    for each in OUTPUTS:
        model = each.build(keras)
        fill(model)
        record["outputs"][each.id] = outputs(model)
    for name in NAMES:
        record["files"][name] = [_file(keras, name, include_top) for include_top in (True, False)]
    RECORD.write_text(json.dumps(record, indent=1) + "\n")


def _tf_keras():
    """tf.keras under the names that rows use."""
    from tensorflow import keras

    return types.SimpleNamespace(
        utils=types.SimpleNamespace(clear_session=keras.backend.clear_session),
        config=types.SimpleNamespace(set_image_data_format=keras.backend.set_image_data_format),
        applications=keras.applications,
    )


def _file(keras, name, include_top):
    """URL and hash, from a call in which layers and models are stand-ins."""
    function = getattr(keras.applications, name)
    module = importlib.import_module(function.__module__)
    parts = [mock.patch.object(module, part) for part in ("layers", "training", "tf")]
    with parts[0], parts[1], parts[2], mock.patch.object(module.data_utils, "get_file") as fetch:
        function(include_top=include_top)
    (call,) = fetch.mock_calls
    return [call.kwargs.get("origin") or call.args[1], call.kwargs["file_hash"]]


if __name__ == "__main__":
    _record()
