"""Layers that only these architectures have. Files name them by the module that Keras has them in.

Reference:
    Touvron et al., 2021, "Going deeper with Image Transformers", https://arxiv.org/abs/2103.17239
"""

from kerajax import initializers
from kerajax.layers import Layer
from kerajax.objects import publish


@publish("keras.src.applications.inception_resnet_v2.CustomScaleLayer")
class CustomScaleLayer(Layer):
    """Adds a multiple of its second input to the first: `x + scale * y`.

    Args:
        scale: Float.
    """

    def __init__(self, scale, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs):
        """Computes the sum for a list of two tensors of one shape."""
        return inputs[0] + inputs[1] * self.scale


@publish("keras.src.applications.convnext.LayerScale")
class LayerScale(Layer):
    """Multiplies each channel by a weight: `x * gamma`.

    Args:
        init_values: Float. First value of all weights.
        projection_dim: Int. Number of channels.
    """

    def __init__(self, init_values, projection_dim, **kwargs):
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, input_shape):
        """Makes the weights."""
        start = initializers.Constant(self.init_values)
        self.gamma = self.add_weight(shape=(self.projection_dim,), initializer=start)

    def call(self, x):
        """Computes `x * gamma`."""
        return x * self.gamma
