"""Constraints by any spelling, and their configs."""

from kerajax.constraints._constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from kerajax.objects import deserialize_keras_object, lookup, serialize_keras_object

_TABLE = {
    "Constraint": Constraint,
    "MaxNorm": MaxNorm,
    "MinMaxNorm": MinMaxNorm,
    "NonNeg": NonNeg,
    "UnitNorm": UnitNorm,
    "constraint": Constraint,
    "max_norm": MaxNorm,
    "min_max_norm": MinMaxNorm,
    "non_neg": NonNeg,
    "unit_norm": UnitNorm,
}


def get(identifier):
    """The constraint that an argument such as `kernel_constraint` means.

    Args:
        identifier: A name of any era (`"max_norm"`, `"maxnorm"`), a config, a class, a function
            of a tensor, or None, which is returned.

    Raises:
        ValueError: If it means no constraint.

    Example:

    >>> kerajax.constraints.get("max_norm").max_value
    2
    """
    return lookup(identifier, _TABLE, "constraints")


def serialize(constraint):
    """The config of a constraint, with its class.

    Example:

    >>> kerajax.constraints.serialize(kerajax.constraints.MaxNorm(3))["config"]
    {'max_value': 3, 'axis': 0}
    """
    return serialize_keras_object(constraint)


def deserialize(config, custom_objects=None):
    """The constraint that `serialize` described.

    Example:

    >>> kerajax.constraints.deserialize({"class_name": "UnitNorm", "config": {"axis": 1}}).axis
    1
    """
    return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=_TABLE)
