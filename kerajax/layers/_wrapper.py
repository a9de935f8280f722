"""Wrapper: base of layers that hold another layer."""

from kerajax.layers._base import Layer
from kerajax.layers._base._call import signature_of
from kerajax.objects import deserialize_keras_object, publish


@publish("keras.layers.Wrapper")
class Wrapper(Layer):
    """Base of layers around one other layer; subclasses write `call`.

    Args:
        layer: The `Layer` inside.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Raises:
        ValueError: If `layer` is no layer.

    Example:

    >>> class Twice(kerajax.layers.Wrapper):
    ...     def call(self, inputs):
    ...         return 2 * self.layer(inputs)
    >>> Twice(kerajax.layers.Dense(4))(np.ones((2, 3))).shape
    (2, 4)
    """

    def __init__(self, layer, **kwargs):
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Layer {layer!r} supplied to {type(self).__name__} isn't a supported layer type. "
                "Please ensure wrapped layer is a valid Keras layer: an instance of "
                f"`kerajax.layers.Layer`. Received: {type(layer).__name__}"
            )
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape=None):
        if not self.layer.built:
            self.layer.build(input_shape)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A wrapper from the dict that `get_config` returned."""
        return super().from_config(
            with_objects(config, ("layer", "backward_layer"), custom_objects)
        )


def with_objects(config, names, custom_objects) -> dict:
    """`config` with the objects that the configs under `names` describe, also for subclasses."""
    config = dict(config)
    for name in names:
        if isinstance(config.get(name), dict):
            config[name] = deserialize_keras_object(config[name], custom_objects)
    return config


def takes_mask(layer) -> bool:
    """Whether `layer.call` has an argument `mask`."""
    return "mask" in signature_of(type(layer)).names
