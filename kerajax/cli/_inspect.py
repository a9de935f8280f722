"""`kerajax inspect`: the contents of a model file. Nothing of the file is run or built."""

import argparse
import math
import sys

from kerajax import eras
from kerajax.objects import find_class, find_function
from kerajax.saving import read
from kerajax.saving.build._modern import OP_TOPICS

_KINDS = {
    "LegacyFile": "HDF5, layout of .h5 files",
    "Archive": "zip, layout of .keras files",
    "WeightsFile": "weights alone, layout of .weights.h5 files",
    "Architecture": "JSON, architecture alone",
}
# What TensorFlow wrote around the function of a loss or a metric.
_WRAPPERS = ("MeanMetricWrapper", "LossFunctionWrapper")
_FOREIGN = {
    "TFSMLayer": "runs a TensorFlow SavedModel from a folder: refused",
    "TorchModuleWrapper": "holds a pickled PyTorch module: refused",
}


def main(argv) -> int:
    """Runs `kerajax inspect` with its arguments."""
    parser = argparse.ArgumentParser(
        prog="kerajax inspect",
        description="Show what is in a model, weights or architecture file of any Keras.",
    )
    parser.add_argument("file", help="path of a .keras, .h5, .weights.h5 or .json file")
    parser.add_argument(
        "--optimizer", action="store_true", help="list the arrays of the optimizer, too"
    )
    options = parser.parse_args(argv)
    path = options.file
    try:
        with read.open_model_file(path) as record:
            lines = list(describe(record, options.optimizer))
    except read.UnreadableFileError as error:
        print(f"kerajax inspect: {clean(error)}", file=sys.stderr)
        return 1
    print("\n".join((clean(path), *lines)))
    return 0


def describe(record, with_optimizer=False):
    r"""Lines of text about a record of `saving.read`.

    Example:

    >>> writer = read.Writer("2.2", "2.2.4", "theano")
    >>> print(*describe(read.Architecture(writer, {"class_name": "Sequential", "config": []})),
    ...     sep="\n")
      container   JSON, architecture alone
      written by  Keras 2.2.4 on theano (era 2.2)
      model       Sequential
    """
    yield from _aligned(_overview(record))
    layers = list(_layers(_config(record), 0))
    if layers:
        yield f"\nLayers ({len(layers)})"
        yield from _aligned(layers)
    weights, optimizer = _arrays(record)
    if weights:
        yield f"\nWeights ({_amount(weights)})"
        yield from _aligned((n, str(a.shape), a.dtype) for n, a in weights)
    if optimizer:
        yield f"\nOptimizer ({_amount(optimizer)})"
        if with_optimizer:
            yield from _aligned((n, str(a.shape), a.dtype) for n, a in optimizer)
    risks = list(dict.fromkeys(_risks(_config(record))))
    if risks:
        yield f"\nRisks ({len(risks)})"
        yield from _aligned(risks)
    assets = getattr(record, "assets", None)
    if assets:
        yield f"\nAssets ({len(assets)})"
        yield from _aligned((name, f"{asset.nbytes:,} bytes") for name, asset in assets.items())


def _overview(record):
    yield "container", _KINDS[type(record).__name__]
    yield "written by", _writer(record.writer)
    config = _config(record)
    if config is not None:
        inner = config.get("config")
        name = inner.get("name") if isinstance(inner, dict) else None
        yield "model", f"{config.get('class_name')}{f' {name!r}' if name else ''}"
    training = _training(record)
    if training:
        yield "compiled", training


def _writer(writer):
    version = f"Keras {writer.version}" if writer.version else "an unknown version of Keras"
    backend = f" on {writer.backend}" if writer.backend else ""
    return f"{version}{backend}" + (f" (era {writer.era})" if writer.era else "")


def _config(record):
    config = getattr(record, "model_config", None)
    return config if config is not None else getattr(record, "config", None)


def _training(record):
    """`optimizer SGD, loss mse`, or an empty string for a model that was not compiled."""
    config = getattr(record, "training_config", None)
    if config is None:
        config = (_config(record) or {}).get("compile_config")
    if not isinstance(config, dict):
        return ""
    parts = {
        "optimizer": config.get("optimizer_config", config.get("optimizer")),
        "loss": config.get("loss"),
        "metrics": config.get("metrics"),
    }
    return ", ".join(f"{name} {_short(part)}" for name, part in parts.items() if part)


def _short(part):
    if isinstance(part, dict):
        name = part.get("class_name")
        if name == "function":
            return str(part.get("config"))
        inner = part.get("config")
        if name in _WRAPPERS and isinstance(inner, dict) and inner.get("fn"):
            return _short(inner["fn"])
        if not name:
            return ", ".join(f"{k}: {_short(v)}" for k, v in part.items())
        # Optimizers of TensorFlow 2.11 and later were registered under a name like `Custom>Adam`.
        return str(name).split(">")[-1]
    if isinstance(part, (list, tuple)):
        return ", ".join(map(_short, part))
    return str(part)


def _layers(config, depth):
    """`(name, class)` of the layers of a model config, those of models inside indented."""
    inner = config.get("config") if isinstance(config, dict) else None
    entries = inner.get("layers") if isinstance(inner, dict) else inner
    if not isinstance(entries, (list, tuple)):
        return
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        own = entry.get("config")
        name = entry.get("name") or (own.get("name") if isinstance(own, dict) else None) or "?"
        yield f"{'  ' * depth}{name}", str(entry.get("class_name"))
        yield from _layers(entry, depth + 1)


def _risks(config):
    """`(what, why)` of the parts of a config that run code, read files, or are not known."""
    if isinstance(config, (list, tuple)):
        for item in config:
            yield from _risks(item)
    if not isinstance(config, dict):
        return
    name, inner = config.get("class_name"), config.get("config")
    if isinstance(name, str) and inner is not None:
        yield from _risks_of_object(name, inner, config)
    for value in config.values():
        yield from _risks(value)


def _risks_of_object(name, inner, config):
    if name == "__lambda__" or (name == "Lambda" and isinstance(inner, dict) and _has_code(inner)):
        yield name, "Python bytecode: loads with safe_mode=False or a function of yours only"
    elif name in _FOREIGN:
        yield name, _FOREIGN[name]
    elif not name.startswith("__") and not _is_known(name, inner, config):
        what = inner if name == "function" else name
        yield what, "not known: loads only if you pass or register what it is"
    if isinstance(inner, dict) and isinstance(inner.get("vocabulary"), str):
        yield name, f"names the file {inner['vocabulary']!r}, which is not opened"


def _has_code(inner):
    """Whether a Lambda holds bytecode in the way of Keras 2; the later way is `__lambda__`."""
    return isinstance(inner.get("function"), list)


def _is_known(name, inner, config):
    module = config.get("module")
    module = module if isinstance(module, str) else None
    if name == "function":
        found = find_function(inner) if isinstance(inner, str) else (None, None)
        return found[0] is not None or (module and find_class(module, str(inner))[0] is not None)
    if config.get("registered_name") and config["registered_name"] != name:
        return False
    # The `.h5` files of Keras 3 leave out the module of an op.
    modules = [module] if module else [None, *(f"keras.src.ops.{topic}" for topic in OP_TOPICS)]
    found = any(find_class(module, name)[0] is not None for module in modules)
    return found or eras.is_revived(name)


def _arrays(record):
    """`(name, array)` pairs of the weights and of the optimizer."""
    if isinstance(record, read.LegacyFile):
        weights = [pair for layer in record.layers for pair in layer.weights]
        return [*weights, *record.top_level_model_weights], list(record.optimizer_weights or ())
    file = record.weights if isinstance(record, read.Archive) else record
    groups = getattr(file, "groups", {})
    pairs = [
        (f"{path}/{key}" if path else key, array)
        for path, group in groups.items()
        for key, array in group.arrays.items()
    ]
    return (
        [pair for pair in pairs if not pair[0].startswith("optimizer")],
        [pair for pair in pairs if pair[0].startswith("optimizer")],
    )


def _amount(pairs):
    numbers = sum(math.prod(array.shape) for _, array in pairs)
    nbytes = sum(array.nbytes for _, array in pairs)
    return f"{len(pairs)} arrays, {numbers:,} numbers, {nbytes:,} bytes"


def _aligned(rows):
    """The rows with their columns below each other."""
    rows = [[clean(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()


def clean(text) -> str:
    r"""Text from a file without characters that could steer a terminal.

    Example:

    >>> clean("red\x1b[31m")
    'red\\x1b[31m'
    """
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in str(text))
