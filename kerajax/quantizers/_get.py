"""Quantizers by any spelling, and their configs."""

from kerajax.objects import deserialize_keras_object, lookup, serialize_keras_object
from kerajax.ops._operation import snake_case
from kerajax.quantizers import _configs
from kerajax.quantizers._quantizer import AbsMaxQuantizer, Quantizer

_CLASSES = (
    Quantizer,
    AbsMaxQuantizer,
    _configs.QuantizationConfig,
    _configs.Int8QuantizationConfig,
    _configs.Int4QuantizationConfig,
    _configs.Float8QuantizationConfig,
    _configs.GPTQConfig,
    _configs.AWQConfig,
)
_TABLE = {cls.__name__: cls for cls in _CLASSES}
_TABLE.update({snake_case(name): cls for name, cls in list(_TABLE.items())})


def get(identifier, **kwargs):
    """The quantizer that an argument means.

    Args:
        identifier: A name (`"abs_max_quantizer"`), a config, a class, a quantizer, or None, which
            is returned.
        **kwargs: Arguments of the constructor where a name or class is given.

    Raises:
        ValueError: If it means no quantizer.

    Example:

    >>> kerajax.quantizers.get("abs_max_quantizer", axis=0).axis
    (0,)
    """
    found = lookup(identifier, _TABLE, "quantizers", instantiate=False)
    return found(**kwargs) if isinstance(found, type) else found


def serialize(initializer):
    """The config of a quantizer, with its class.

    Example:

    >>> kerajax.quantizers.serialize(kerajax.quantizers.AbsMaxQuantizer(axis=0))["config"]["axis"]
    (0,)
    """
    return serialize_keras_object(initializer)


def deserialize(config, custom_objects=None):
    """The quantizer, or quantization config, that `serialize` described.

    Example:

    >>> config = {"class_name": "AbsMaxQuantizer", "config": {"axis": [0]}}
    >>> kerajax.quantizers.deserialize(config).axis
    (0,)
    """
    return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=_TABLE)
