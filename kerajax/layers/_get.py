"""Layers to configs and back."""

from kerajax.layers._base import Layer
from kerajax.objects import deserialize_keras_object, serialize_keras_object


def serialize(layer) -> dict:
    """The config of a layer, from which `deserialize` makes an equal one.

    Example:

    >>> kerajax.layers.serialize(kerajax.layers.Flatten(name="flat"))["class_name"]
    'Flatten'
    """
    return serialize_keras_object(layer)


def deserialize(config, custom_objects=None):
    """A layer from its config.

    Args:
        config: Dict that `serialize` returned, or the form of Keras 2.
        custom_objects: Dict of names to classes of yours.

    Raises:
        ValueError: If the config describes something that is no layer.

    Example:

    >>> config = kerajax.layers.serialize(kerajax.layers.Dense(3))
    >>> kerajax.layers.deserialize(config).units
    3
    """
    layer = deserialize_keras_object(config, custom_objects=custom_objects)
    if not isinstance(layer, Layer):
        raise ValueError(
            f"`keras.layers.deserialize` was passed a `config` object that is not a Layer: {config}"
        )
    return layer
