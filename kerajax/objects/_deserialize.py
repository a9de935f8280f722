"""Configs to objects. A config is data from a file: it may name things, never bring them along.

Only three places are looked into for a name: `custom_objects`, what users registered, and what
kerajax published. The `module` of a config is a part of a public name here, never a path to import.
"""

import types

import numpy as np

from kerajax import backend, eras
from kerajax.objects._bounds import bounded_reading, said, shown
from kerajax.objects._code import load_code
from kerajax.objects._registry import (
    find_class,
    find_function,
    get_custom_objects,
    get_registered_object,
)
from kerajax.objects._scopes import ReadingScope, state

_PLAIN = (str, int, float, bool)

_MSG_LAMBDA = (
    "The config holds a Python lambda, whose bytecode allows arbitrary code execution, so it "
    "is refused. If you trust where the file comes from, pass `safe_mode=False` to the loading "
    "function, or call `keras.config.enable_unsafe_deserialization()`."
)
_MSG_NOT_MODELING = (
    "Cannot deserialize `{path}` because it is not a modeling function. A config may hold layers, "
    "metrics, losses, operations, and custom classes and functions that are registered."
)
# Public modules of functions that read, write or set things.
_NOT_MODELING = frozenset(
    f"keras.{name}" for name in ("backend", "config", "preprocessing", "saving", "utils")
)


def deserialize_keras_object(config, custom_objects=None, safe_mode=True, **kwargs):
    """The object that a config describes; the reverse of `serialize_keras_object`.

    Reads the format of Keras 3 and the older `{"class_name": ..., "config": ...}` without module.

    Args:
        config: A config dict, or lists and dicts of them, or a plain value.
        custom_objects: Optional dict of names to classes and functions that the config may name.
        safe_mode: Bool. Whether lambdas are refused. An enclosing `SafeModeScope` decides over it.
        **kwargs: `module_objects`, a dict of names to objects that are looked up first.

    Returns:
        The object.

    Raises:
        TypeError: If something cannot be found or made.
        ValueError: If the config holds a lambda and `safe_mode` is on.

    Example:

    >>> deserialize_keras_object({"class_name": "__slice__",
    ...     "config": {"start": 1, "stop": None, "step": None}})
    slice(1, None, None)
    """
    table = kwargs.pop("module_objects", None)
    if kwargs:
        raise TypeError(
            f"deserialize_keras_object() got unexpected keyword arguments {sorted(kwargs)}. "
            "Only `module_objects` is known beside its arguments."
        )
    scoped = state.safe_mode
    reader = _Reader(custom_objects or {}, safe_mode if scoped is None else scoped)
    with bounded_reading(config):
        return reader.read(config) if table is None else reader.read_from(table, config)


class ConfigError(TypeError, ValueError):
    """A config that names what is not known, or holds arguments that a class does not take.

    Keras raises a TypeError in some of these cases and a ValueError in others, by the way a config
    came in, so this is both.
    """


class _Reader:
    """One reading: the user's names, and whether lambdas are trusted."""

    def __init__(self, custom_objects, safe_mode):
        self.custom_objects = custom_objects
        self.safe_mode = safe_mode

    def read(self, config):
        if config is None:
            return None
        if isinstance(config, str):
            # Old files name functions of the user by a bare string.
            custom = get_registered_object(config, self.custom_objects)
            return config if custom is None else custom
        if isinstance(config, _PLAIN):
            return config
        if isinstance(config, (list, tuple)):
            return [self.read(item) for item in config]
        if not isinstance(config, dict):
            raise TypeError(f"Could not parse config: {shown(config)}")
        if "class_name" not in config or "config" not in config:
            return {key: self.read(value) for key, value in config.items()}
        name = config["class_name"]
        inner = {} if config["config"] is None else config["config"]
        if not isinstance(name, str):
            raise TypeError(f"`class_name` must be a string, but the config is: {shown(config)}")
        if name == "function":
            return self._function(inner, config)
        if name.startswith("__") and name in _SPECIAL:
            return _SPECIAL[name](self, inner)
        return self._instance(self._class(name, config), name, inner, config)

    def read_from(self, table, config):
        """Reads a config whose name is looked up in `table` before the published names."""
        if isinstance(config, (list, tuple)):
            return [self.read_from(table, item) for item in config]
        if isinstance(config, str):
            custom = get_registered_object(config, self.custom_objects)
            found = table.get(config, config) if custom is None else custom
            if isinstance(found, type):
                return self._instance(found, config, {}, {"class_name": config, "config": {}})
            return found
        if not isinstance(config, dict):
            return self.read(config)
        if "class_name" not in config:
            raise ValueError(
                f"A config dict needs the key 'class_name', but received: config={shown(config)}"
            )
        inner = config.get("config")
        name = inner if config["class_name"] == "function" else config["class_name"]
        custom = self._custom(config, name)
        if custom is None and isinstance(name, str) and name in table:
            found = table[name]
            if not isinstance(found, type):
                return found
            return self._instance(found, name, inner or {}, config)
        return self.read({**config, "config": inner})

    def _custom(self, config, name):
        for key in (config.get("registered_name"), name, config["class_name"]):
            if key and isinstance(key, str):
                custom = get_registered_object(key, self.custom_objects)
                if custom is not None:
                    return custom
        return None

    def _function(self, name, config):
        if not isinstance(name, str):
            raise TypeError(
                f"Expected 'config' to be a non-null str, the name of a function, but received a "
                f"{type(name).__name__}. Full config: {shown(config)}"
            )
        custom = get_registered_object(name, self.custom_objects)
        if custom is not None:
            return custom
        module = config.get("module")
        if module in (None, "builtins"):
            found, path = find_function(name)
            if found is None:
                # Keras up to 3.6 wrote registered functions without their package.
                names = {**get_custom_objects(), **self.custom_objects, **state.custom_objects}
                found = next((obj for key, obj in names.items() if key.endswith(f">{name}")), None)
                path = None
        else:
            found, path = find_class(module, name)
        if found is None:
            raise self._unknown("function", name, module, config)
        self._check_registered_name(config, name, path)
        return found

    def _class(self, name, config):
        registered = config.get("registered_name", name)
        custom = get_registered_object(registered, self.custom_objects) if registered else None
        if custom is None and "module" not in config:
            # TensorFlow 2.11 to 2.15 wrote its own optimizers as `Custom>Adam`.
            custom = get_registered_object(name, self.custom_objects)
            name = name.removeprefix("Custom>")
        if custom is not None:
            return custom
        module = config.get("module")
        # A class of the user's without a module (`__main__`) has module None in the config.
        found, path = (None, None)
        if module is not None or "module" not in config:
            found, path = find_class(module, name)
        if found is None:
            raise self._unknown("class", name, module, config)
        self._check_registered_name(config, name, path)
        return found

    def _check_registered_name(self, config, name, path):
        registered = config.get("registered_name")
        if path and registered and registered not in (name, config["class_name"]):
            raise ValueError(
                f"`registered_name={registered!r}` was provided, but the config resolved to a "
                f"Keras built-in, '{path}', which has none. Remove `registered_name` from the "
                "config, or register your class under that name. Full object config: "
                f"{shown(config)}"
            )

    def _unknown(self, what, name, module, config):
        path = f"{module}.{name}"
        home = ".".join((module or "").split(".")[:2])
        if home in _NOT_MODELING or path in ("keras.models.load_model", "keras.models.save_model"):
            return ValueError(_MSG_NOT_MODELING.format(path=path))
        hint = ""
        if eras.is_revived(name):
            hint = f" '{name}' belongs to an older Keras; import `kerajax.legacy` for it."
        return ConfigError(
            f"Could not locate {what} '{name}'.{hint} Make sure custom classes and functions are "
            "decorated with `@keras.saving.register_keras_serializable()` and that their modules "
            "are imported before the config is read, or pass them in `custom_objects`. "
            f"Full object config: {shown(config)}"
        )

    def _instance(self, cls, name, inner, config):
        if isinstance(cls, types.FunctionType):
            return cls
        if not isinstance(inner, (dict, list)) or (
            isinstance(inner, list) and "Sequential" not in name
        ):
            raise TypeError(
                f"Expected 'config' to be a dict for {name}, but received a "
                f"{type(inner).__name__}. Full config: {shown(config)}"
            )
        shared = state.shared_objects
        key = config.get("shared_object_id")
        if shared is not None and key is not None and key in shared:
            return shared[key]
        if not hasattr(cls, "from_config"):
            raise TypeError(
                f"Unable to reconstruct an instance of '{name}' because the class is missing a "
                f"`from_config()` method. Full object config: {shown(config)}"
            )
        with ReadingScope(self.custom_objects, self.safe_mode):
            try:
                instance = cls.from_config(inner)
            except TypeError as error:
                raise ConfigError(
                    f"{cls} could not be deserialized properly. Please ensure that components "
                    "that are Python objects (layers, models, ...) returned by `get_config()` are "
                    "explicitly deserialized in the class' `from_config()` method.\n\n"
                    f"config={shown(config)}.\n\nException encountered: {said(error)}"
                ) from error
            if config.get("build_config") and not instance.built:
                instance.build_from_config(config["build_config"])
                instance.built = True
            if config.get("compile_config"):
                compiled = instance.compile_from_config(config["compile_config"])
                # A model says so where a part of the config is missing.
                instance.compiled = compiled is not False
        if shared is not None and key is not None:
            shared[key] = instance
        return instance


def _lambda(reader, inner):
    if reader.safe_mode:
        raise ValueError(_MSG_LAMBDA)
    return load_code(inner["value"])


def _keras_tensor(reader, inner):
    tensor = backend.KerasTensor(inner["shape"], dtype=inner["dtype"])
    tensor._pre_serialization_keras_history = inner["keras_history"]
    return tensor


def _numpy_array(inner):
    dtype = np.dtype(inner["dtype"])
    # A width of text could claim any memory: the content says how wide it must be.
    return np.array(inner["value"], dtype=dtype.kind if dtype.kind in "USV" else dtype)


_SPECIAL = {
    "__bytes__": lambda reader, inner: inner["value"].encode("utf-8"),
    "__ellipsis__": lambda reader, inner: Ellipsis,
    "__keras_tensor__": _keras_tensor,
    "__lambda__": _lambda,
    "__numpy__": lambda reader, inner: _numpy_array(inner),
    "__slice__": lambda reader, inner: slice(
        *(reader.read(inner[name]) for name in ("start", "stop", "step"))
    ),
    "__tensor__": lambda reader, inner: backend.convert_to_tensor(inner["value"], inner["dtype"]),
}
