"""Process-wide numeric settings: default float type, fuzz factor, image axis order.

The values come, in this order, from a call of a setter, the `KERAS_*` environment, and
`keras.json` in `$KERAS_HOME` (default `~/.keras`), the file that Keras itself reads. The file is
read once, when the first setting is asked for; a missing file means Keras' defaults.
"""

import json
import os
import warnings

_FLOAT_TYPES = ("float16", "bfloat16", "float32", "float64")
_DATA_FORMATS = ("channels_last", "channels_first")
# Keras 1 wrote `image_dim_ordering` with these two words.
_OLD_DIM_ORDERINGS = {"tf": "channels_last", "th": "channels_first"}

_settings: dict | None = None


def floatx() -> str:
    """The dtype that weights and float inputs have when none is given, as a string.

    Example:

    >>> kerajax.config.floatx()
    'float32'
    """
    return _load()["floatx"]


def set_floatx(value: str) -> None:
    """Sets the default float dtype: `"float16"`, `"bfloat16"`, `"float32"` or `"float64"`.

    Raises:
        ValueError: If `value` is none of the four.

    Example:

    >>> kerajax.config.set_floatx("float32")
    """
    _load()["floatx"] = _choice("floatx", value, _FLOAT_TYPES)


def epsilon() -> float:
    """The small constant that keeps divisions and logarithms finite, 1e-7 by default.

    Example:

    >>> kerajax.config.epsilon()
    1e-07
    """
    return _load()["epsilon"]


def set_epsilon(value: float) -> None:
    """Sets the fuzz factor that `epsilon()` returns.

    Example:

    >>> kerajax.config.set_epsilon(1e-7)
    """
    _load()["epsilon"] = float(value)


def image_data_format() -> str:
    """Where images carry their channels: `"channels_last"` or `"channels_first"`.

    Example:

    >>> kerajax.config.image_data_format()
    'channels_last'
    """
    return _load()["image_data_format"]


def set_image_data_format(data_format: str) -> None:
    """Sets the axis order that image layers use when they are given none.

    Raises:
        ValueError: If `data_format` is neither `"channels_last"` nor `"channels_first"`.

    Example:

    >>> kerajax.config.set_image_data_format("channels_last")
    """
    data_format = str(data_format).lower()
    _load()["image_data_format"] = _choice("image_data_format", data_format, _DATA_FORMATS)


def standardize_data_format(data_format: str | None) -> str:
    """`data_format` in lower case and checked, or the global setting for `None`."""
    if data_format is None:
        return image_data_format()
    return _choice("data_format", str(data_format).lower(), _DATA_FORMATS)


def backend() -> str:
    """Name of the numeric backend. kerajax has one: `"jax"`.

    Example:

    >>> kerajax.config.backend()
    'jax'
    """
    return "jax"


def keras_home() -> str:
    """Folder of `keras.json`, data sets and weights: `$KERAS_HOME` or `~/.keras`."""
    if os.environ.get("KERAS_HOME"):
        return os.path.expanduser(os.environ["KERAS_HOME"])
    return os.path.join(os.path.expanduser("~"), ".keras")


def _load() -> dict:
    global _settings
    if _settings is None:
        _settings = {
            "floatx": "float32",
            "epsilon": 1e-7,
            "image_data_format": "channels_last",
        }
        _settings.update(_from_file(os.path.join(keras_home(), "keras.json")))
        for name in _settings:
            value = os.environ.get(f"KERAS_{name.upper()}")
            if value:
                _settings[name] = _checked(name, value)
    return _settings


def _from_file(path: str) -> dict:
    try:
        with open(path, encoding="utf-8") as file:
            written = json.load(file)
    except (OSError, ValueError):
        return {}
    if not isinstance(written, dict):
        return {}
    if "image_dim_ordering" in written and "image_data_format" not in written:
        written["image_data_format"] = _OLD_DIM_ORDERINGS.get(written["image_dim_ordering"])
    found = {}
    for name in ("floatx", "epsilon", "image_data_format"):
        if written.get(name) is None:
            continue
        try:
            found[name] = _checked(name, written[name])
        except (TypeError, ValueError) as error:
            # The file belongs to the user's other Keras as well: a bad line there must not stop
            # an import, but it must not pass unseen either.
            warnings.warn(f"{path} is ignored for '{name}': {error}", stacklevel=2)
    return found


def _checked(name: str, value):
    if name == "epsilon":
        return float(value)
    return _choice(name, value, _FLOAT_TYPES if name == "floatx" else _DATA_FORMATS)


def _choice(name: str, value, choices: tuple):
    if value not in choices:
        raise ValueError(
            f"`{name}` must be one of {choices}, but received: {name}={value!r}. "
            "Pass one of these strings."
        )
    return value
