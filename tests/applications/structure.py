"""What a model of images is made of, as lines of text, and the calls that are compared.

`structure.json` holds digests of the wheel's lines, since the wheel takes ten times as long to
build its models. Written again, from the root of the repository:

    python -m tests.applications.structure
"""

import contextlib
import hashlib
import json
import os
import re
from pathlib import Path
from typing import NamedTuple
from unittest import mock

RECORD = Path(__file__).with_suffix(".json")


class Row(NamedTuple):
    """One call: the architecture, its arguments, and what is around it."""

    architecture: str
    arguments: dict
    data_format: str = "channels_last"
    on_tensor: bool = False
    fast: bool = False

    @property
    def id(self):
        given = [f"{k}={v}" for k, v in self.arguments.items() if (k, v) != ("weights", None)]
        parts = [self.architecture, *given]
        parts += [self.data_format] if self.data_format == "channels_first" else []
        parts += ["input_tensor"] if self.on_tensor else []
        return "-".join(parts).replace(" ", "")

    def build(self, package):
        """The model that `package` builds for this row, with names counted from the start.

        Its variables have names and shapes, and no values.
        """
        package.utils.clear_session()
        arguments = dict(self.arguments)
        if self.on_tensor:
            image = package.Input((64, 64, 4), name="image")
            arguments["input_tensor"] = package.layers.Conv2D(3, 1, name="mixed")(image)
        package.config.set_image_data_format(self.data_format)
        try:
            return getattr(package.applications, self.architecture)(**arguments)
        finally:
            package.config.set_image_data_format("channels_last")


def row(architecture, data_format="channels_last", on_tensor=False, fast=True, **arguments):
    return Row(architecture, {"weights": None, **arguments}, data_format, on_tensor, fast)


_BODY = {"include_top": False}
_FIRST = {"data_format": "channels_first", "include_top": False}
ROWS = [
    row("VGG16", **_BODY, pooling="max", input_shape=(32, 32, 3)),
    row("VGG19", on_tensor=True, **_BODY),
    row("VGG16", **_FIRST, pooling="avg", input_shape=(1, 40, 48)),
    row("ResNet50", **_BODY, pooling="avg", name="body"),
    row("ResNet50", **_FIRST),
    row("ResNet50V2", **_BODY, pooling="max", input_shape=(64, 32, 1)),
    row(
        "MobileNet",
        alpha=0.25,
        depth_multiplier=2,
        dropout=0.1,
        classes=7,
        input_shape=(64, 96, 3),
    ),
    row("MobileNet", **_BODY, pooling="avg", input_shape=(160, 160, 3)),
    row("MobileNetV2", **_BODY, alpha=1.4, pooling="max"),
    row("MobileNetV2", alpha=0.35, input_shape=(96, 96, 3), classifier_activation=None),
    row("MobileNetV3Small", **_BODY, minimalistic=True, alpha=0.75, pooling="avg"),
    row("MobileNetV3Small", **_FIRST),
    row(
        "MobileNetV3Large",
        include_preprocessing=False,
        alpha=1.25,
        classes=5,
        dropout_rate=0.0,
    ),
    row("DenseNet121", **_BODY, pooling="max", input_shape=(32, 32, 3)),
    row("InceptionV3", **_BODY, pooling="avg", input_shape=(75, 75, 3)),
    row("Xception", **_BODY, pooling="max", input_shape=(71, 71, 3)),
    row("InceptionResNetV2", **_BODY, pooling="avg", input_shape=(75, 75, 3)),
    row("NASNetMobile", **_BODY, pooling="max", input_shape=(32, 32, 3)),
    row("EfficientNetB0", **_BODY, pooling="avg", input_shape=(33, 46, 3)),
    row("EfficientNetB0", **_FIRST),
    row("EfficientNetB0", weights="imagenet", **_BODY),
    row("EfficientNetV2B0", include_preprocessing=False, classes=3),
    row("EfficientNetV2S", **_BODY, pooling="avg", input_shape=(64, 64, 1)),
    row("ConvNeXtTiny", **_BODY, include_preprocessing=False, pooling="avg", name="tiny"),
    row("ConvNeXtTiny", **_BODY, input_shape=(64, 64, 3)),
]


def all_rows(names):
    """The rows above, then each architecture with the arguments that are its defaults."""
    return [*ROWS, *(Row(name, {"weights": None}) for name in names)]


def described(model, serialize):
    """Names, weights and graph of a model, each as lines."""
    names = [f"{type(layer).__name__} {layer.name}" for layer in model.layers]
    weights = [f"{_counted(w.path)} {tuple(w.shape)} {w.trainable}" for w in model.weights]
    graph = json.dumps(_plain(serialize(model)["config"]), sort_keys=True, indent=1)
    return {"names": names, "weights": weights, "graph": graph.split("\n")}


def digests(lines):
    """A short form of what `described` gives, for a record."""
    return {part: digest(text) for part, text in lines.items()}


def digest(lines):
    """16 digits that stand for lines of text."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _counted(path):
    """A path whose last part is not the number that Keras gives a weight without a name."""
    return re.sub(r"/(variable|weight)(_\d+)?$", "/unnamed", path)


# What differs between two ways to write one thing.
_DROPPED = ("module", "registered_name", "build_config", "compile_config")


def _plain(config):
    if isinstance(config, dict):
        return {key: _value(key, value) for key, value in config.items() if key not in _DROPPED}
    if isinstance(config, (list, tuple)):
        return [_plain(value) for value in config]
    return round(config, 9) if isinstance(config, float) else config


def _value(key, value):
    if key == "kwargs":
        value = {name: given for name, given in value.items() if given not in (None, False)}
    if key == "layers" and "inbound_nodes" not in value[0]:
        # The first call of a Sequential gives it an input; Keras writes that one, too.
        value = [layer for layer in value if layer["class_name"] != "InputLayer"]
    return _plain(value)


def of_kerajax(kerajax, row):
    """The lines of the model that kerajax builds."""
    with kerajax_without_values(kerajax):
        return described(row.build(kerajax), kerajax.saving.serialize_keras_object)


@contextlib.contextmanager
def kerajax_without_values(kerajax):
    """Variables that kerajax makes inside get no values, neither new ones nor from a file."""
    with (
        mock.patch("kerajax.utils.get_file"),
        mock.patch.object(kerajax.Model, "load_weights"),
        kerajax.backend.LaterValuesScope() as scope,
    ):
        yield
        scope._waiting.clear()  # nobody reads the values


def of_wheel(keras, row):
    """The lines of the model that the wheel builds."""
    with (
        mock.patch("keras.src.utils.file_utils.get_file"),
        mock.patch.object(keras.Model, "load_weights"),
        without_values(keras),
    ):
        return described(row.build(keras), keras.saving.serialize_keras_object)


@contextlib.contextmanager
def without_values(keras):
    """Variables that the wheel makes inside get no values, which take it seconds for each shape."""
    try:
        with (
            mock.patch("keras.src.backend.common.variables.initialize_all_variables"),
            keras.StatelessScope(),
        ):
            yield
    finally:
        keras.utils.clear_session()  # forgets the variables that wait


def _record():
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    from tests.applications.test_arguments import NAMES

    record = {}
    for each in all_rows(NAMES):
        record[each.id] = digests(of_wheel(keras, each))
        print(each.id, record[each.id], flush=True)
    RECORD.write_text(json.dumps({"keras": keras.__version__, "rows": record}, indent=1) + "\n")


if __name__ == "__main__":
    _record()
