"""Regularizers by any spelling, and their configs."""

from kerajax.objects import deserialize_keras_object, lookup, serialize_keras_object
from kerajax.regularizers._regularizers import L1, L1L2, L2, OrthogonalRegularizer, Regularizer

_TABLE = {
    "L1": L1,
    "L1L2": L1L2,
    "L2": L2,
    "OrthogonalRegularizer": OrthogonalRegularizer,
    "Regularizer": Regularizer,
    "l1": L1,
    "l1_l2": L1L2,
    "l1l2": L1L2,
    "l2": L2,
    "orthogonal_regularizer": OrthogonalRegularizer,
}


def get(identifier):
    """The regularizer that an argument such as `kernel_regularizer` means.

    Args:
        identifier: A name of any era (`"l2"`), a config, a class, a function of a tensor, or
            None, which is returned.

    Raises:
        ValueError: If it means no regularizer.

    Example:

    >>> kerajax.regularizers.get("l2").l2
    0.01
    """
    return lookup(identifier, _TABLE, "regularizers")


def serialize(regularizer):
    """The config of a regularizer, with its class.

    Example:

    >>> kerajax.regularizers.serialize(kerajax.regularizers.L2(0.5))["config"]
    {'l2': 0.5}
    """
    return serialize_keras_object(regularizer)


def deserialize(config, custom_objects=None):
    """The regularizer that `serialize` described.

    Example:

    >>> kerajax.regularizers.deserialize({"class_name": "L1", "config": {"l1": 0.5}}).l1
    0.5
    """
    return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=_TABLE)
