"""Configs of Keras 1 in the shape of Keras 2: merges, stacks that begin with one, missing entries.

Only what is shaped differently is changed here; names of arguments and values are left to the
tables of `kerajax.eras`.
"""

_MERGES = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
    "dot": "Dot",
    "cos": "Dot",
}
# They took the order of axes from the settings of the machine, not from the file.
_ORDER_LEFT_OUT = frozenset(
    f"{name}{rank}D" for name in ("UpSampling", "ZeroPadding", "Cropping") for rank in (2, 3)
)
# Keras 1.2 penalized their recurrent weights as the others, where each gate had its own arrays.
_PENALIZED_ALIKE = ("LSTM", "GRU")
# They did not write which axes share a weight.
_SHARING = ("PReLU", "SReLU")


def keras2_config(config, layers=(), backend=None, version=None):
    """A config of Keras 1 in the shape of Keras 2.

    Args:
        config: Config of a model; it is not changed.
        layers: `LayerWeights` of the file, if there are any: the shapes tell what the config does
            not.
        backend: String or None: Theano computed one layer differently.
        version: String or None: 1.2 left a regularizer out.

    Example:

    >>> merge = {"class_name": "Merge", "config": {"name": "m", "mode": "sum"}}
    >>> keras2_config(merge)
    {'class_name': 'Add', 'config': {'name': 'm'}, 'module': 'keras.layers'}
    """
    order = next(_values(config, "dim_ordering"), None)
    shapes = {layer.name: layer.weights[0][1].shape for layer in layers if layer.weights}
    alike = (version or "").startswith("1.2")
    return _changed(config, order, shapes, backend, alike)


def _values(config, key):
    if isinstance(config, dict):
        if isinstance(config.get(key), str) and config[key] != "default":
            yield config[key]
        config = list(config.values())
    if isinstance(config, list):
        for item in config:
            yield from _values(item, key)


def _changed(config, *facts):
    if isinstance(config, list):
        return [_changed(item, *facts) for item in config]
    if not isinstance(config, dict):
        return config
    order, shapes, backend, penalized_alike = facts
    config = {key: _changed(value, *facts) for key, value in config.items()}
    name, inner = config.get("class_name"), config.get("config")
    if name == "Sequential" and isinstance(inner, list) and _begins_with_merge(inner):
        return _stack_on_merge(inner)
    if not isinstance(name, str) or not isinstance(inner, dict):
        return config
    if name == "Merge" and not inner.get("layers"):
        return _merge(config)
    if name == "TimeDistributedDense":
        inner = {key: value for key, value in inner.items() if not key.startswith("input_")}
        return {**config, "class_name": "Dense", "config": inner}
    if name in _ORDER_LEFT_OUT and order:
        return {**config, "config": {"dim_ordering": order, **inner}}
    shape = shapes.get(inner.get("name"))
    if name in _SHARING and shape is not None and 1 in shape:
        inner = {**inner, "shared_axes": [i for i, size in enumerate(shape, 1) if size == 1]}
    if name == "SReLU" and backend == "theano":
        inner = {**inner, "bounded_left": True}
    by_gate = name in _PENALIZED_ALIKE and inner.get("consume_less") != "gpu"
    if by_gate and penalized_alike and "U_regularizer" in inner:
        inner = {**inner, "U_regularizer": inner.get("W_regularizer")}
    return {**config, "config": inner}


def _merge(config):
    inner = config["config"]
    mode, name = inner.get("mode"), inner.get("name")
    if isinstance(mode, list) or inner.get("mode_type") in ("lambda", "function"):
        function = {
            "name": name,
            "function": mode,
            "function_type": inner.get("mode_type"),
            "arguments": inner.get("arguments") or {},
        }
        return {**config, "class_name": "Lambda", "config": function}
    if mode not in _MERGES:
        raise ValueError(
            f"Merge layer '{name}' has the mode {mode!r}, but kerajax knows {sorted(_MERGES)}. "
            "Build the model in code and load the weights."
        )
    modern = {"name": name}
    if mode == "concat":
        modern["axis"] = inner.get("concat_axis", -1)
    elif mode in ("dot", "cos"):
        modern.update(axes=inner.get("dot_axes", -1), normalize=mode == "cos")
    # Ops have the same names.
    return {**config, "class_name": _MERGES[mode], "config": modern, "module": "keras.layers"}


def _begins_with_merge(layers):
    return bool(layers) and layers[0].get("class_name") == "Merge"


def _stack_on_merge(layers):
    """A functional model for a stack whose first layer merged others; their layers become its own.

    Keras 1 kept the weights that way, too.
    """
    entries, inputs = [], []
    end = _chain(layers, entries, inputs)
    graph = {
        "name": f"{layers[-1]['config'].get('name')}_stack",
        "layers": entries,
        "input_layers": inputs,
        "output_layers": [[end, 0, 0]],
    }
    return {"class_name": "Model", "config": graph}


def _chain(layers, entries, inputs):
    """Adds the layers of a stack; gives the name of the last."""
    if _begins_with_merge(layers):
        first, *layers = layers
        ends = [_branch(branch, entries, inputs) for branch in first["config"]["layers"]]
        bare = {key: value for key, value in first["config"].items() if key != "layers"}
        merged = _merge({**first, "config": bare})
        last = _add(merged, [[name, 0, 0] for name in ends], entries)
    else:
        last = _input(layers[0], entries, inputs)
    for layer in layers:
        last = _add(layer, [[last, 0, 0]], entries)
    return last


def _branch(branch, entries, inputs):
    inner = branch["config"]
    if branch["class_name"] == "Sequential":
        return _chain(inner, entries, inputs)
    if isinstance(inner, dict) and "output_layers" in inner:
        if "name" in branch and branch.get("inbound_nodes"):
            return branch["name"]
        entries += inner["layers"]
        inputs += inner["input_layers"]
        return inner["output_layers"][0][0]
    return _chain([branch], entries, inputs)


def _input(layer, entries, inputs):
    inner = layer["config"]
    first = inner[0]["config"] if isinstance(inner, list) else inner
    inner_first = first.get("layer", {}).get("config", {}) if "layer" in first else {}
    shape = first.get("batch_input_shape") or inner_first.get("batch_input_shape")
    name = f"{first.get('name')}_input"
    config = {
        "name": name,
        "batch_input_shape": shape,
        "input_dtype": first.get("input_dtype") or "float32",
    }
    entries.append(
        {"class_name": "InputLayer", "name": name, "config": config, "inbound_nodes": []}
    )
    inputs.append([name, 0, 0])
    return name


def _add(layer, references, entries):
    inner = layer["config"]
    name = inner.get("name") if isinstance(inner, dict) else f"stack_{len(entries)}"
    entries.append({**layer, "name": name, "inbound_nodes": [references]})
    return name
