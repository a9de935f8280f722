"""Metrics by name or config, in the spelling of any Keras.

The words `"accuracy"` and `"crossentropy"` mean different metrics for different targets; training
resolves them with `accuracy_for` and `crossentropy_for`.
"""

from kerajax import eras
from kerajax._elsewhere import names_elsewhere
from kerajax.losses import _get as _losses
from kerajax.metrics import (
    _accuracy,
    _auc,
    _base,
    _batchwise,
    _confusion,
    _correlation,
    _f_score,
    _hinge,
    _iou,
    _probabilistic,
    _reduction,
    _regression,
)
from kerajax.objects import deserialize_keras_object, lookup, public_path, serialize_keras_object
from kerajax.ops._operation import snake_case

_MODULES = (
    _base,
    _reduction,
    _accuracy,
    _regression,
    _hinge,
    _probabilistic,
    _correlation,
    _confusion,
    _auc,
    _f_score,
    _iou,
)
_CLASSES = {
    name: value
    for module in _MODULES
    for name, value in vars(module).items()
    if isinstance(value, type)
    and value.__module__ == module.__name__
    and str(public_path(value)).startswith("keras.metrics.")
}
_SHORT = {
    "bce": _probabilistic.BinaryCrossentropy,
    "mae": _regression.MeanAbsoluteError,
    "mape": _regression.MeanAbsolutePercentageError,
    "mse": _regression.MeanSquaredError,
    "msle": _regression.MeanSquaredLogarithmicError,
}
# Keras 3 knows classes alone; before it, functions of losses were metrics too.
_FUNCTIONS = {
    **{name: fn for name, fn in _losses.TABLE.items() if not isinstance(fn, type)},
    **_batchwise.TABLE,
}
TABLE = {
    **_FUNCTIONS,
    **{snake_case(name): cls for name, cls in _CLASSES.items()},
    **_CLASSES,
    **_SHORT,
    **{name.upper(): cls for name, cls in _SHORT.items()},
    # The names that instances have.
    "fbeta_score": _f_score.FBetaScore,
}


def get(identifier):
    """The metric that an argument such as `metrics=["mae"]` means.

    Args:
        identifier: None; the name of a metric (`"mae"`, `"MeanAbsoluteError"`, `"auc"`) or of a
            function of `losses`; a config; a class; or a metric or function itself.

    Returns:
        A new metric for a name, or a function.

    Raises:
        ValueError: If there is no such metric.

    Example:

    >>> kerajax.metrics.get("mae")
    <MeanAbsoluteError name=mean_absolute_error>
    """
    return lookup(identifier, TABLE, "metrics")


def serialize(metric):
    """The config of a metric.

    Example:

    >>> kerajax.metrics.serialize(kerajax.metrics.Mean())["config"]
    {'name': 'mean', 'dtype': 'float32'}
    """
    return serialize_keras_object(metric)


def deserialize(config, custom_objects=None):
    """The metric that `serialize` described.

    Args:
        config: Config, or the name of a metric.
        custom_objects: Optional dict of names to your classes and functions.

    Raises:
        ValueError: If there is no such metric.

    Example:

    >>> kerajax.metrics.deserialize({"class_name": "Mean", "config": {"name": "loss"}})
    <Mean name=loss>
    """
    if isinstance(config, dict) and "module" in config:
        return deserialize_keras_object(config, custom_objects, module_objects=TABLE)
    return lookup(config, TABLE, "metrics", instantiate=False, custom_objects=custom_objects)


_find_elsewhere = names_elsewhere("kerajax.metrics")


def old_name(name):
    """A function as an attribute of the module, under a name of older Keras.

    Example:

    >>> kerajax.metrics.mse.__name__
    'mean_squared_error'
    """
    if name == "accuracy":
        return _accuracy.accuracy
    found = _FUNCTIONS.get(name, _FUNCTIONS.get(eras.string("losses", name)))
    if found is None:
        return _find_elsewhere(name)
    return found
