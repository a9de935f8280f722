"""Activation: an activation function as a layer."""

from kerajax import activations
from kerajax.layers._base import Layer
from kerajax.objects import publish


@publish("keras.layers.Activation")
class Activation(Layer):
    """Applies an activation function: `outputs = activation(inputs)`.

    Args:
        activation: Activation, its name, or a function.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any.
    Output shape: that of the input.

    Example:

    >>> kerajax.layers.Activation("relu")(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    supports_masking = True
    _built_at_once = True
    _told_by_attributes = True

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs):
        return self.activation(inputs)
