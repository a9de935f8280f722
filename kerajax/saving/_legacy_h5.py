"""The HDF5 files of Keras 1 to 3: one group of weights for each layer, lists that say the order."""

import json

import h5py
import numpy as np

from kerajax import losses
from kerajax.objects import get_registered_name, public_path, serialize_keras_object

from ._configs import KERAS_VERSION, for_keras
from ._keras2 import for_both, optimizer_for_both
from ._own_state import on_host, own_state, slots_of
from ._weights_h5 import write_array

# HDF5 keeps an attribute below 64 KiB; longer lists are split.
_ATTRIBUTE_LIMIT = 64512
_BACKEND = "jax"


def write_model(model, file, include_optimizer=True) -> None:
    """Writes a whole model into an open HDF5 file.

    Args:
        model: Model.
        file: `h5py.File`, open for writing.
        include_optimizer: Bool. Whether to write how the model was compiled, and the state of the
            optimizer.
    """
    file.attrs["keras_version"] = KERAS_VERSION
    file.attrs["backend"] = _BACKEND
    file.attrs["model_config"] = _json(_model_config(model))
    compiled = include_optimizer and model.compiled and model.optimizer is not None
    # None, with a warning, where something of it has no config. Then the state is of no use either.
    config = model.get_compile_config() if compiled else None
    if config is not None:
        optimizer = for_keras(config.pop("optimizer"))
        both = optimizer_for_both(optimizer)
        optimizer = {"optimizer_config": both or _without_module(optimizer)}
        file.attrs["training_config"] = _json({**_training_config(config), **optimizer})
    write_weights(model, file.create_group("model_weights"))
    if config is not None and model.optimizer.variables:
        state = (_state_for_both if both else _state)(model.optimizer)
        _write_arrays(file.create_group("optimizer_weights"), *zip(*state, strict=True))


def write_weights(model, group) -> None:
    """Writes the weights of a model into an HDF5 group or file, layer by layer."""
    _write_names(group, "layer_names", [layer.name for layer in model.layers])
    group.attrs["backend"] = _BACKEND.encode()
    group.attrs["keras_version"] = KERAS_VERSION.encode()
    # A name that begins like another's path must come after it.
    for layer in sorted(model.layers, key=lambda layer: layer.name):
        _write_weights(group.create_group(layer.name), legacy_weights(layer))
    _write_weights(group.create_group("top_level_model_weights"), own_weights(model))


def legacy_weights(layer) -> list:
    """The weights of a layer as these files order them: those that train now, then the others."""
    return layer.trainable_weights + layer.non_trainable_weights


def own_weights(model) -> list:
    """The weights that belong to a model and to none of its layers."""
    return model._trainable_variables + model._non_trainable_variables


def _write_weights(group, variables):
    names = _unique([variable.path for variable in variables])
    _write_arrays(group, names, map(on_host, variables))


def _write_arrays(group, names, values):
    _write_names(group, "weight_names", list(names))
    for name, value in zip(names, values, strict=True):
        write_array(group, name, value)


def _state(optimizer):
    """Pairs of names and values of an optimizer's state, as Keras 3 has it."""
    # With an old `decay` the rate is written as a schedule, so its variable is left out.
    values = list(own_state(optimizer).values())
    variables = optimizer.variables
    if len(values) < len(variables):
        variables = [v for v in variables if v is not optimizer.learning_rate]
    return list(zip(_unique([v.path for v in variables]), values, strict=True))


def _state_for_both(optimizer):
    """The same as Keras 2 has it: the number of steps, and each slot of all weights.

    Of that, Keras 3 reads the number of steps, and of its own `.h5` files no more than the rate
    beside it, which is in the config.
    """
    slots = slots_of(optimizer)
    places = _unique([weight.path for weight in optimizer._trainable_variables])
    rows = [
        [
            (f"{optimizer.name}/{place}/{slot}", on_host(v))
            for place, v in zip(places, variables, strict=True)
        ]
        for slot, variables in slots.items()
    ]
    if type(optimizer).__name__ == "Ftrl":
        rows = zip(*rows, strict=True)
    steps = (f"{optimizer.name}/iter", on_host(optimizer.iterations))
    return [steps, *(pair for row in rows for pair in row)]


def _unique(paths):
    """Paths made different by a counter: order is what counts, and HDF5 takes a name once."""
    seen, names = set(), []
    for path in paths:
        name, count = path, 0
        while name in seen:
            count += 1
            name = f"{path}_{count}"
        seen.add(name)
        names.append(name)
    return names


def _write_names(group, attribute, names):
    data = np.asarray([name.encode() for name in names])
    parts = 1
    while max(part.nbytes for part in np.array_split(data, parts)) > _ATTRIBUTE_LIMIT:
        parts += 1
    if parts == 1:
        group.attrs[attribute] = _texts(names)
        return
    for i, part in enumerate(np.array_split(np.arange(len(names)), parts)):
        group.attrs[f"{attribute}{i}"] = _texts([names[j] for j in part])


def _texts(names):
    return np.array(names, dtype=h5py.string_dtype()) if names else np.asarray([])


def _model_config(model):
    config = serialize_keras_object(model)
    config.pop("compile_config", None)
    if public_path(type(model)) is None:
        # Keras finds the class by this entry alone.
        config["class_name"] = get_registered_name(type(model))
    return for_both(for_keras(config))


def _training_config(compile_config):
    config = for_both(for_keras({**compile_config, "loss": _full_names(compile_config["loss"])}))
    return {name: _without_module(value) for name, value in config.items()}


def _full_names(loss):
    """Losses by full names: Keras 3 does not read its own `.h5` files with the short ones."""
    if isinstance(loss, str):
        fn = losses.get(loss)
        return getattr(fn, "__name__", loss)
    if isinstance(loss, (list, tuple)):
        return [_full_names(item) for item in loss]
    if isinstance(loss, dict) and "class_name" not in loss:
        return {key: _full_names(value) for key, value in loss.items()}
    return loss


def _without_module(config):
    """Configs of objects in the form without module, which these files have for them."""
    if isinstance(config, list):
        return [_without_module(item) for item in config]
    if not isinstance(config, dict) or "class_name" not in config:
        return config
    if config["class_name"] == "function":
        return config["config"]
    name = config.get("registered_name") or config["class_name"]
    return {"class_name": name, "config": config["config"]}


def _json(config):
    return json.dumps(config).encode()
