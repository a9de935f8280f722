"""Losses by name or config, in the spelling of any Keras."""

from kerajax import eras
from kerajax._elsewhere import names_elsewhere
from kerajax.losses import (
    _base,
    _crossentropies,
    _ctc,
    _formulas,
    _hinge,
    _overlap,
    _overlaps,
    _probabilistic,
    _regression,
)
from kerajax.objects import deserialize_keras_object, lookup, serialize_keras_object

_SHORT = {
    "bce": _crossentropies.binary_crossentropy,
    "kld": _formulas.kl_divergence,
    "mae": _formulas.mean_absolute_error,
    "mape": _formulas.mean_absolute_percentage_error,
    "mse": _formulas.mean_squared_error,
    "msle": _formulas.mean_squared_logarithmic_error,
}


def _published(*modules):
    """The losses that the modules define, classes and functions, by name."""
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
    }


_NOT_LOSSES = ("cosine", "crossentropy_for", "label_kind", "FormulaLoss")
TABLE = {
    **_published(_formulas, _crossentropies, _overlaps, _ctc),
    **_published(_base, _regression, _probabilistic, _hinge, _overlap),
    **_SHORT,
    **{name.upper(): fn for name, fn in _SHORT.items()},
}
for _name in _NOT_LOSSES:
    del TABLE[_name]


def get(identifier):
    """The loss that an argument such as `loss="mse"` means.

    Args:
        identifier: None; the name of a function (`"mean_squared_error"`, `"mse"`, `"logcosh"`) or
            class (`"MeanSquaredError"`); a config; a class; or a loss or function itself.

    Returns:
        A function for the name of a function, a `Loss` for the name of a class.

    Raises:
        ValueError: If there is no such loss.

    Example:

    >>> kerajax.losses.get("mse").__name__
    'mean_squared_error'
    >>> kerajax.losses.get("Huber").delta
    1.0
    """
    return lookup(identifier, TABLE, "losses")


def serialize(loss):
    """The config of a loss.

    Example:

    >>> kerajax.losses.serialize(kerajax.losses.Poisson())["config"]
    {'name': 'poisson', 'reduction': 'sum_over_batch_size'}
    """
    return serialize_keras_object(loss)


def deserialize(name, custom_objects=None):
    """The loss that `serialize` described.

    Args:
        name: Config, or the name of a loss.
        custom_objects: Optional dict of names to your classes and functions.

    Raises:
        ValueError: If there is no such loss.

    Example:

    >>> kerajax.losses.deserialize({"class_name": "Huber", "config": {"delta": 2.0}}).delta
    2.0
    """
    if isinstance(name, dict) and "module" in name:
        return deserialize_keras_object(name, custom_objects, module_objects=TABLE)
    return lookup(name, TABLE, "losses", instantiate=False, custom_objects=custom_objects)


_find_elsewhere = names_elsewhere("kerajax.losses")


def old_name(name):
    """A loss as an attribute of the module, under a name of older Keras.

    Example:

    >>> kerajax.losses.logcosh.__name__
    'log_cosh'
    """
    found = TABLE.get(name, TABLE.get(eras.string("losses", name)))
    if found is None:
        return _find_elsewhere(name)
    return found
