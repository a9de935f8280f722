"""What Theano and CNTK computed otherwise: configs of layers that do as they did.

Theano placed the windows of `"same"` in the middle, where all others put what is left over at the
end: a convolution gets its zeros from a padding layer of its own before it, and pooling becomes a
layer that says where its windows begin. The LSTM of CNTK gave out the state of its cell.

Where there is no such layer, or the model was made in code, weights are refused.
"""

from kerajax.objects import EraScope, deserialize_keras_object

_CONVOLUTIONS = frozenset(
    "Conv1D Conv2D Conv3D SeparableConv1D SeparableConv2D DepthwiseConv2D "
    "Convolution1D Convolution2D Convolution3D SeparableConvolution2D AtrousConvolution1D "
    "AtrousConvolution2D".split()
)
_POOLINGS = {
    f"{name}Pooling{rank}D": mode
    for name, mode in (("Max", "max"), ("Average", "average"))
    for rank in (1, 2, 3)
}
# These go to the layer that comes first.
_OF_INPUT = ("batch_input_shape", "input_shape", "input_dtype", "input_dim", "input_length")
_UNLIKE_CNTK = ("RNN", "StackedRNNCells", "ConvLSTM2D")


def config_for_backend(config, writer):
    """The config of a model in which layers compute what the backend of the file computed.

    Args:
        config: Config as a file before TensorFlow 2 has it; it is not changed.
        writer: `Writer` of the file.

    Example:

    >>> from kerajax.saving.read import Writer
    >>> lstm = {"class_name": "LSTM", "config": {"units": 2, "name": "lstm"}}
    >>> config = {"class_name": "Sequential", "config": [lstm]}
    >>> config_for_backend(config, Writer("2.2", "2.2.4", "cntk"))["config"][0]["class_name"]
    'CellOutputLSTM'
    """
    change = {"theano": _theano_layers, "cntk": _cntk_layers}.get(writer.backend)
    if change is None or writer.era is None:
        return config
    with EraScope(writer.era):
        return _changed(config, change)


def _changed(config, change):
    if isinstance(config, list):
        return [entry for item in config for entry in _entries(item, change)]
    if not isinstance(config, dict):
        return config
    return {key: _changed(value, change) for key, value in config.items()}


def _entries(item, change):
    """The layers that take the place of an item of a list, most often itself alone."""
    if isinstance(item, dict) and isinstance(item.get("config"), dict):
        found = change(item)
        if found is not None:
            return found
    return [_changed(item, change)]


def _theano_layers(entry):
    name, inner = entry["class_name"], entry["config"]
    if name == "TimeDistributed":
        found = _theano_layers(inner["layer"])
        return found and _wrapped(entry, found)
    if inner.get("padding", inner.get("border_mode")) != "same":
        return None
    if name in _CONVOLUTIONS:
        layer = _layer(entry)
        return _padded_convolution(entry, layer) if _is_uneven(layer) else None
    if name in _POOLINGS:
        layer = _layer(entry)
        return [_placed_pooling(entry, layer)] if _is_uneven(layer) else None
    return None


def _padded_convolution(entry, layer):
    shared = {key: value for key, value in entry["config"].items() if key in _OF_INPUT}
    sizes, rates = _sizes(layer, "kernel_size"), _sizes(layer, "dilation_rate")
    windows = [(n - 1) * rate + 1 for n, rate in zip(sizes, rates, strict=True)]
    pairs = [[n // 2, n - 1 - n // 2] for n in windows]
    padding = {
        **shared,
        "name": f"{layer.name}_padding",
        "padding": pairs[0] if len(pairs) == 1 else pairs,
        "data_format": layer.data_format,
    }
    modern = {**layer.get_config(), "padding": "valid"}
    return _chained(entry, f"ZeroPadding{len(pairs)}D", padding, type(layer).__name__, modern)


def _chained(entry, first_class, first, second_class, second):
    """Two layers in the place of one, with the calls of a graph between them."""
    entries = [_entry(first_class, first), _entry(second_class, second)]
    if "inbound_nodes" in entry:
        calls = entry["inbound_nodes"]
        entries[0].update(name=first["name"], inbound_nodes=calls)
        between = [[[first["name"], i, 0, {}]] for i in range(len(calls))]
        entries[1].update(name=second["name"], inbound_nodes=between)
    return entries


def _placed_pooling(entry, layer):
    shared = {key: value for key, value in entry["config"].items() if key in _OF_INPUT}
    # So Theano was told to place the windows.
    before = [n - 2 if n > 2 and n % 2 else n - 1 for n in layer.pool_size]
    config = {
        **shared,
        "name": layer.name,
        "mode": _POOLINGS[entry["class_name"]],
        "pool_size": list(layer.pool_size),
        "strides": list(layer.strides),
        "before": before,
        "data_format": layer.data_format,
    }
    return {**entry, **_entry("PlacedPooling", config)}


def _wrapped(entry, inner_entries):
    """The layers that take the place of one inside a wrapper, each in a wrapper of its own."""
    name, inner = entry["config"]["name"], entry["config"]
    own = {**inner, "layer": inner_entries[-1]}
    if len(inner_entries) == 1:
        return [{**entry, "config": own}]
    first = {key: value for key, value in inner.items() if key in _OF_INPUT}
    first.update(name=f"{name}_padding", layer=inner_entries[0])
    own = {key: value for key, value in own.items() if key not in _OF_INPUT}
    return _chained(entry, "TimeDistributed", first, "TimeDistributed", own)


def _cntk_layers(entry):
    name, inner = entry["class_name"], entry["config"]
    if name == "Bidirectional" and inner["layer"]["class_name"] == "LSTM":
        return [{**entry, "config": {**inner, "layer": _cell_output(inner["layer"])}}]
    return [_cell_output(entry)] if name == "LSTM" else None


def _cell_output(entry):
    shared = {key: value for key, value in entry["config"].items() if key in _OF_INPUT}
    config = {**shared, **_layer(entry).get_config()}
    return {**entry, **_entry("CellOutputLSTM", config)}


def _layer(entry):
    """The layer of an entry, without the calls in its graph."""
    return deserialize_keras_object({key: entry[key] for key in ("class_name", "config")})


def _entry(class_name, config):
    return {"class_name": class_name, "config": config, "module": "keras.layers"}


def check_backend(model, writer) -> None:
    """Raises if Theano or CNTK wrote weights for layers that they compute differently.

    Args:
        model: The model that the weights are for.
        writer: `Writer` of the file.
    """
    if writer.backend not in ("theano", "cntk"):
        return
    different = sorted(
        {type(layer).__name__ for layer in model._flatten_layers() if _differs(layer, writer)}
    )
    if different:
        raise ValueError(
            f"The file was written by Keras on {writer.backend}, which computes {different} "
            "differently, so the model would give other numbers here; this version of kerajax "
            "does not convert it. Load the whole model with `load_model` if the file has it, "
            "or load the file with Keras 2.2 on TensorFlow and save it from there."
        )


def _differs(layer, writer):
    same = getattr(layer, "padding", None) == "same"
    if writer.backend == "cntk":
        name = type(layer).__name__
        return name in ("LSTM", *_UNLIKE_CNTK) or (same and _is_uncertain(layer))
    return same and _is_uneven(layer)


def _is_uneven(layer):
    """Whether padding cannot be the same on both sides."""
    window = _sizes(layer, "kernel_size") + _sizes(layer, "pool_size")
    return any(n % 2 == 0 for n in window) or max(_sizes(layer, "strides"), default=1) > 1


def _is_uncertain(layer):
    """Whether CNTK may place windows otherwise: it does not at stride 1, nor for 2 by stride 2."""
    window = _sizes(layer, "kernel_size") + _sizes(layer, "pool_size")
    strides = _sizes(layer, "strides")
    return any(s > 1 and (n, s) != (2, 2) for n, s in zip(window, strides, strict=True))


def _sizes(layer, name):
    value = getattr(layer, name, None)
    if value is None:
        return ()
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)
