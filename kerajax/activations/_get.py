"""Activations by any spelling, and their configs."""

import types

from kerajax.activations import _rectifiers, _squashing
from kerajax.objects import (
    deserialize_keras_object,
    get_registered_name,
    lookup,
    public_path,
    serialize_keras_object,
)

_TABLE = {
    name: fn
    for module in (_rectifiers, _squashing)
    for name, fn in vars(module).items()
    if isinstance(fn, types.FunctionType) and public_path(fn)
}
_TABLE["swish"] = _rectifiers.silu
_TABLE["hard_swish"] = _rectifiers.hard_silu


def get(identifier):
    """The function that an argument such as `activation` means.

    Args:
        identifier: A name of any era, a config, a function or layer, or None for `linear`.

    Raises:
        ValueError: If it means no activation.

    Example:

    >>> kerajax.activations.get("swish") is kerajax.activations.silu
    True
    >>> kerajax.activations.get(None) is kerajax.activations.linear
    True
    """
    return lookup(identifier, _TABLE, "activations", default=_rectifiers.linear)


def serialize(activation):
    """The name of an activation of this module; the config of any other function or layer.

    Example:

    >>> kerajax.activations.serialize(kerajax.activations.relu)
    'relu'
    """
    if isinstance(activation, types.FunctionType):
        name = get_registered_name(activation)
        if name in _TABLE:
            return name
    return serialize_keras_object(activation)


def deserialize(config, custom_objects=None):
    """The function that `serialize` described.

    Example:

    >>> kerajax.activations.deserialize("relu") is kerajax.activations.relu
    True
    """
    return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=_TABLE)
