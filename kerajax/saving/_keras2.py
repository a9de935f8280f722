"""The config of a model in the words that Keras 2 and Keras 3 both read, for `.h5` files.

Keras 3 reads most of what Keras 2 wrote, but Keras 2 (up to TensorFlow 2.15) nothing that Keras 3
has new: calls written as arguments, dtype policies written as objects, `batch_shape`, settings that
layers and optimizers got since. What follows says all that in the older words.
"""

_AXES = {"input_axes": None, "output_axes": None}
_PLACE = {"data_format": "channels_last", "bounding_box_format": None}
_QUANTIZED = {"quantization_config": None}
# Optimizers that take the same steps, and their settings that are new.
_OPTIMIZERS = frozenset("Adadelta Adagrad Adam Adamax Ftrl RMSprop SGD".split())
_STEPS = {
    "weight_decay": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}
# Settings that Keras 2 does not have, and the values at which they may be left out.
_NEW = {
    "InputLayer": {"optional": False},
    **dict.fromkeys(
        "VarianceScaling GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal "
        "LecunUniform".split(),
        _AXES,
    ),
    **dict.fromkeys(
        "CenterCrop RandomBrightness RandomCrop RandomFlip RandomRotation RandomTranslation "
        "RandomZoom SpatialDropout1D ZeroPadding1D".split(),
        _PLACE,
    ),
    "RandomContrast": {**_PLACE, "value_range": [0, 255]},
    "Resizing": {
        **_PLACE,
        "pad_to_aspect_ratio": False,
        "fill_mode": "constant",
        "fill_value": 0.0,
        "antialias": False,
    },
    **dict.fromkeys("SimpleRNN ConvLSTM1D ConvLSTM2D ConvLSTM3D".split(), {"seed": None}),
    **dict.fromkeys("Dense EinsumDense Embedding".split(), _QUANTIZED),
    "LayerNormalization": {"rms_scaling": False},
    "MultiHeadAttention": {
        "sliding_window": None,
        "flash_attention": None,
        "use_gate": False,
        "seed": None,
    },
    **dict.fromkeys(_OPTIMIZERS, _STEPS),
    "SparseCategoricalCrossentropy": {"axis": -1},
    "SparseTopKCategoricalAccuracy": {"from_sorted_ids": False},
}
# What was called otherwise, and is read under its old name too.
_OLD_NAMES = {
    "InputLayer": {"batch_shape": "batch_input_shape"},
    "LeakyReLU": {"negative_slope": "alpha"},
}


class _OnlyKeras3(Exception):
    """Something that the older words do not say."""


def for_both(config):
    """A config of a model as both read it; as it is, where only Keras 3 can read it.

    Only Keras 3 has: operations on tensors that are no layers; calls with several tensors that are
    not one list (`MultiHeadAttention`, `initial_state`, an explicit `mask`, dicts of inputs);
    settings of layers that are newer than Keras 2 and not at their default; dtype policies that
    quantize or differ by layer.

    Args:
        config: Config as `serialize_keras_object` returns it.

    Example:

    >>> dtype = {"class_name": "DTypePolicy", "config": {"name": "float32"}, "module": "keras"}
    >>> for_both({"class_name": "Flatten", "config": {"dtype": dtype}})["config"]
    {'dtype': 'float32'}
    """
    try:
        return _said(config)
    except _OnlyKeras3:
        return config


def optimizer_for_both(config):
    """The config of an optimizer as both read it, None where only Keras 3 can read it.

    Example:

    >>> sgd = {"class_name": "SGD", "config": {"learning_rate": 0.1, "loss_scale_factor": None}}
    >>> optimizer_for_both(sgd)
    {'class_name': 'SGD', 'config': {'learning_rate': 0.1}}
    """
    if config["class_name"] not in _OPTIMIZERS or config.get("registered_name"):
        return None
    try:
        return {"class_name": config["class_name"], "config": _said(config)["config"]}
    except _OnlyKeras3:
        return None


def _said(config):
    if isinstance(config, (list, tuple)):
        return [_said(item) for item in config]
    if not isinstance(config, dict):
        return config
    name, inner = config.get("class_name"), config.get("config")
    if isinstance(inner, dict):
        if name == "DTypePolicy":
            return inner["name"]
        if str(config.get("module")).startswith("keras.src.ops"):
            raise _OnlyKeras3
        if "output_layers" in inner:
            inner = _graph(inner)
        old = _OLD_NAMES.get(name, {})
        inner = {
            old.get(key, key): value
            for key, value in inner.items()
            if not _is_new(name, key, value)
        }
        config = {**config, "config": inner}
    return {key: _said(value) for key, value in config.items()}


def _is_new(name, key, value):
    defaults = _NEW.get(name, {})
    if key not in defaults:
        return False
    if value != defaults[key]:
        raise _OnlyKeras3
    return True


def _graph(inner):
    """A functional model with its calls as lists of references to tensors.

    Keras 2 counts the calls of a model inside a model from 1, Keras 3 from 0. So each such call is
    written twice, at places 2 i and 2 i + 1, and what refers to call i refers to number 2 i + 1:
    whichever of the two that is, it is the right call.
    """
    models = {entry["name"]: entry for entry in inner["layers"] if "layers" in entry["config"]}

    def reference(tensor):
        if not isinstance(tensor, dict) or tensor.get("class_name") != "__keras_tensor__":
            raise _OnlyKeras3
        name, call, output = tensor["config"]["keras_history"]
        return [name, 2 * call + 1 if name in models else call, output]

    def call(arguments):
        keywords = arguments["kwargs"]
        if len(arguments["args"]) != 1 or not _is_plain(keywords):
            raise _OnlyKeras3
        tensors = arguments["args"][0]
        tensors = tensors if isinstance(tensors, list) and len(tensors) > 1 else [tensors]
        return [[*reference(tensor), keywords] for tensor in tensors]

    def end(x):
        if isinstance(x, dict):
            return {key: end(value) for key, value in x.items()}
        if not isinstance(x[0], str):
            return [end(item) for item in x]
        name, call, output = x
        if name not in models:
            return x
        # Here, and here alone, Keras 3 counts calls of functional models from 1, too.
        return [name, 2 * (call - ("output_layers" in models[name]["config"])) + 1, output]

    layers = []
    for entry in inner["layers"]:
        calls = [call(arguments) for arguments in entry["inbound_nodes"]]
        if entry["name"] in models:
            calls = [item for item in calls for _ in range(2)]
        layers.append({**entry, "inbound_nodes": calls})
    return {
        **inner,
        "layers": layers,
        "input_layers": end(inner["input_layers"]),
        "output_layers": end(inner["output_layers"]),
    }


def _is_plain(x):
    """Whether there is no object in a config."""
    if isinstance(x, dict):
        return "class_name" not in x and all(_is_plain(value) for value in x.values())
    return not isinstance(x, (list, tuple)) or all(_is_plain(item) for item in x)
