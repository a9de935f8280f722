"""Objects to configs: dicts that JSON can hold, in the format of Keras 3."""

import types
import warnings
from typing import Any

import numpy as np

from kerajax import backend
from kerajax.objects._code import dump_code
from kerajax.objects._registry import get_registered_name, public_path
from kerajax.objects._scopes import in_copy, state

_PLAIN = (str, int, float, bool)


def serialize_keras_object(obj) -> Any:
    """The config of an object: a value, list or dict from which the object can be made again.

    Args:
        obj: A layer, optimizer, loss, function, array, slice, ..., or lists and dicts of them.

    Returns:
        Plain values as they are, lists and dicts of configs, and for objects a dict with `module`,
        `class_name`, `config` and `registered_name`.

    Raises:
        TypeError: If the object has no `get_config()` method.

    Example:

    >>> serialize_keras_object({"axis": slice(1, None), "x": np.float32(2)})["x"]
    2.0
    """
    if obj is None or isinstance(obj, _PLAIN):
        return obj
    if isinstance(obj, (list, tuple)):
        configs = [serialize_keras_object(x) for x in obj]
        return tuple(configs) if isinstance(obj, tuple) else configs
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    special = _special(obj)
    return special if special is not None else _named(obj)


def serialize_argument(value):
    """A constructor argument as configs of layers have it: Keras' activations by bare name.

    Example:

    >>> serialize_argument((3, 3))
    (3, 3)
    """
    if isinstance(value, types.FunctionType):
        path = public_path(value) or ""
        if path.startswith("keras.activations."):
            return path.rpartition(".")[2]
    return serialize_keras_object(value)


def _special(obj):
    """Configs of values that are no objects of Keras, or None."""
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("utf-8")}}
    if isinstance(obj, slice):
        bounds = {name: serialize_keras_object(getattr(obj, name)) for name in _BOUNDS}
        return {"class_name": "__slice__", "config": bounds}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, backend.KerasTensor):
        history = getattr(obj, "_keras_history", None)
        if history:
            history = [history[0].name, *history[1:]]
        config = {"shape": obj.shape, "dtype": obj.dtype, "keras_history": history}
        return {"class_name": "__keras_tensor__", "config": config}
    if backend.is_tensor(obj):
        return _array("__tensor__", np.asarray(obj), obj.dtype)
    if isinstance(obj, np.ndarray) and obj.ndim:
        return _array("__numpy__", obj, obj.dtype)
    if isinstance(obj, (np.generic, np.ndarray)):
        return obj.item()
    is_lambda = isinstance(obj, types.FunctionType) and obj.__name__ == "<lambda>"
    if is_lambda and not in_copy():
        warnings.warn(
            "A lambda is written as Python bytecode, which loads with `safe_mode=False` only, and "
            "in this version of Python only. Use a named function and register it with "
            "`@keras.saving.register_keras_serializable()`.",
            stacklevel=4,
        )
        return {"class_name": "__lambda__", "config": {"value": dump_code(obj)}}
    return None


_BOUNDS = ("start", "stop", "step")


def _array(name, values, dtype):
    dtype = backend.standardize_dtype(dtype)
    return {"class_name": name, "config": {"value": values.tolist(), "dtype": dtype}}


def _named(obj):
    """The config of a function, or of an instance of a class."""
    inner = _inner_config(obj)
    cls = type(obj)
    path = public_path(cls)
    if path is not None:
        module, _, name = path.rpartition(".")
        # What Keras does not export it writes like a class of the user's.
        registered = name if module.startswith("keras.src.") else None
    else:
        # All Python functions are of the same class, so their name is in the config alone.
        module, name, registered = cls.__module__, cls.__name__, get_registered_name(cls)
    config = {
        "module": module,
        "class_name": name,
        "config": inner,
        "registered_name": registered,
    }
    for key in ("build_config", "compile_config"):
        method = getattr(obj, f"get_{key}", None)
        extra = method() if method is not None else None
        if extra is not None:
            config[key] = serialize_keras_object(extra)
    if config["module"] == "__main__":
        config["module"] = None
    _note_sharing(obj, config)
    return config


def _inner_config(obj):
    if isinstance(obj, types.FunctionType):
        return get_registered_name(obj)
    if hasattr(obj, "get_config"):
        config = obj.get_config()
        if not isinstance(config, dict):
            raise TypeError(
                f"The `get_config()` method of {obj} should return a dict, but it returned: "
                f"{config}"
            )
        return serialize_keras_object(config)
    if hasattr(obj, "__name__"):
        return get_registered_name(obj)
    raise TypeError(
        f"Cannot serialize object {obj} of type {type(obj)}. To be serializable, a class must "
        "implement the `get_config()` method, which returns the constructor's arguments as a dict."
    )


def _note_sharing(obj, config):
    """In a sharing scope, marks the configs of an object that is met again."""
    seen = state.shared_configs
    if seen is None:
        return
    # The object is kept beside its config: an id may be given again once an object is gone.
    first, _ = seen.setdefault(id(obj), (config, obj))
    if first is not config:
        first["shared_object_id"] = config["shared_object_id"] = id(obj)
