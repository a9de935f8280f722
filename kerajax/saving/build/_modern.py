"""Configs of models of any era as configs of today: dicts to dicts, no object is made.

What is only named differently (arguments, classes, values) is left to `kerajax.objects`, which
reads the tables of `kerajax.eras`. What is shaped differently is changed here.
"""

from kerajax import eras
from kerajax.models._old_graphs import modern_graph
from kerajax.objects import find, get_registered_object

OP_TOPICS = ("numpy", "nn", "core", "math", "linalg", "image")
_LAMBDA_PARTS = ("function", "output_shape", "mask")


def modern_config(config, era=None):
    """The config of a model, a layer or anything inside one, in today's shape.

    Args:
        config: Config as a file has it; it is not changed.
        era: Era of the file, where it is known.

    Returns:
        The config, in which calls of layers are written as arguments, and Python functions are
        marked as such.

    Example:

    >>> modern_config({"class_name": "CuDNNGRU", "config": {"units": 2}})["class_name"]
    'GRU'
    """
    if isinstance(config, list):
        return [modern_config(item, era) for item in config]
    if not isinstance(config, dict):
        return config
    name, inner = config.get("class_name"), config.get("config")
    if name == "UpSampling2D" and era == "2.2" and inner.get("interpolation") == "bilinear":
        config = {**config, "class_name": "CornerUpSampling2D"}
    elif name in eras.CUDNN and isinstance(inner, dict):
        config = {**config, "class_name": name[5:], "config": {**inner, **eras.CUDNN[name]}}
    elif name == "Lambda" and isinstance(inner, dict):
        config = {**config, "config": _lambda_config(inner)}
    elif isinstance(inner, dict) and "layers" in inner and "output_layers" in inner:
        inner = modern_graph(inner)
        # Layers of a graph are built by the calls in it.
        layers = [_with_module(_without(entry, "build_config")) for entry in inner["layers"]]
        config = {**config, "config": {**inner, "layers": layers}}
    return {
        key: modern_config(value, era) if isinstance(value, (dict, list)) else value
        for key, value in config.items()
    }


def _without(entry, key):
    return {name: value for name, value in entry.items() if name != key}


def _with_module(entry):
    """Names the module of an op, which `.h5` files of Keras 3 leave out.

    Some ops and layers have the same name, but layers have more in their configs.
    """
    inner = entry.get("config")
    if "module" in entry or not isinstance(inner, dict) or {"trainable", "dtype"} & inner.keys():
        return entry
    for topic in OP_TOPICS:
        module = f"keras.src.ops.{topic}"
        if find(f"{module}.{entry['class_name']}") is not None:
            return {**entry, "module": module}
    return entry


def _lambda_config(inner):
    """Functions of a Lambda: bytecode as `__lambda__`, others by their name."""
    inner = dict(inner)
    name = inner.get("name")
    if isinstance(inner.get("function"), list) and name and get_registered_object(name):
        # The user gives a function for the bytecode, under the name of the layer.
        inner.update(function=name, function_type="function")
    for part in _LAMBDA_PARTS:
        value, kind = inner.get(part), inner.get(f"{part}_type")
        if isinstance(value, list) and (kind == "lambda" or part == "function"):
            names = ("code", "defaults", "closure")
            code = dict(zip(names, [*value, None, None], strict=False))
            inner[part] = {"class_name": "__lambda__", "config": code}
        elif isinstance(value, str) and (kind == "function" or part == "function"):
            inner[part] = {"class_name": "function", "config": value, "registered_name": value}
    return inner
