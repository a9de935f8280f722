"""The one `get`: what a name, config, class or callable stands for."""

import difflib
import inspect

from kerajax import eras
from kerajax.objects._deserialize import deserialize_keras_object
from kerajax.objects._registry import get_registered_object
from kerajax.objects._scopes import state


def lookup(
    identifier,
    table,
    kind,
    *,
    default=None,
    instantiate=True,
    ignore_case=False,
    custom_objects=None,
):
    """The object that an argument such as `loss=...` or `kernel_initializer=...` means.

    Args:
        identifier: None, a name in the spelling of any era, a config dict, a class, or an object
            that can be called already (it is returned as it is).
        table: Dict of modern names to classes and functions.
        kind: `"activations"`, `"losses"`, `"metrics"`, `"optimizers"`, `"initializers"`,
            `"regularizers"`, `"constraints"` or another name for messages.
        default: What None means.
        instantiate: Bool. Whether a class becomes an instance made without arguments.
        ignore_case: Bool. Whether the case of names does not matter, as for optimizers.
        custom_objects: Optional dict of the user's names.

    Returns:
        The object.

    Raises:
        ValueError: If there is no such thing.

    Example:

    >>> lookup("logcosh", {"log_cosh": abs}, "losses")
    <built-in function abs>
    """
    if identifier is None:
        return default
    found = identifier
    if isinstance(identifier, str):
        found = _named(identifier, table, kind, ignore_case, custom_objects)
    elif isinstance(identifier, dict):
        config = _config(identifier, table, kind, ignore_case)
        found = deserialize_keras_object(config, custom_objects, module_objects=table)
    if inspect.isclass(found) and instantiate:
        found = found()
    if found is None or isinstance(found, (str, dict)) or not _is_usable(found, kind):
        raise ValueError(_message(identifier, table, kind))
    return found


def _is_usable(found, kind):
    # An optimizer is not called; whoever asks for one checks its class.
    return callable(found) or kind == "optimizers"


def _named(name, table, kind, ignore_case, custom_objects):
    custom = get_registered_object(name, custom_objects)
    if custom is not None:
        return custom
    key = _key(name, table, kind, ignore_case)
    return table.get(key)


def _key(name, table, kind, ignore_case):
    """The key of `table` that `name` means in the era of this call, or `name`."""
    modern = eras.string(kind, name, state.era)
    for candidate in (modern, name, eras.class_name(name)):
        if candidate in table:
            return candidate
    if ignore_case:
        for key in table:
            if key.lower() == modern.lower():
                return key
    return name


def _config(config, table, kind, ignore_case):
    """A config with the `class_name` that the table has."""
    if "class_name" not in config:
        if not isinstance(config.get("name"), str):
            return config
        # Keras 1: {"name": "MaxNorm", "m": 2}
        rest = {key: value for key, value in config.items() if key != "name"}
        config = {"class_name": config["name"], "config": rest}
    if config["class_name"] == "function" and isinstance(config.get("config"), str):
        return {**config, "config": _key(config["config"], table, kind, ignore_case)}
    name = config["class_name"]
    if not isinstance(name, str):
        return config
    plain = name.removeprefix("Custom>")
    known = get_registered_object(name) is not None
    return {**config, "class_name": name if known else _key(plain, table, kind, ignore_case)}


_SINGULAR = {"losses": "loss"}


def _message(identifier, table, kind):
    what = _SINGULAR.get(kind, kind.removesuffix("s"))
    name = identifier
    if isinstance(identifier, dict):
        name = identifier.get("class_name", identifier.get("name"))
    hint = ""
    if isinstance(name, str):
        near = difflib.get_close_matches(name, [k for k in table if isinstance(k, str)], n=1)
        instead = eras.gone_string(kind, name)
        if instead:
            hint = f" It belongs to an older Keras; use {instead}."
        elif near:
            hint = f" Did you mean '{near[0]}'?"
    if what == "activation":
        what = "activation function"
    return f"Could not interpret {what} identifier: {identifier}.{hint}"
