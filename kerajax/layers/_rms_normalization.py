"""RMSNormalization: inputs divided by their root mean square."""

from kerajax import ops
from kerajax.layers._base import Layer
from kerajax.layers._normalization import axes_argument, sizes_along
from kerajax.objects import publish


@publish("keras.layers.RMSNormalization")
class RMSNormalization(Layer):
    """Normalizes each sample: `scale * x / sqrt(mean(x**2) + epsilon)`.

    Args:
        axis: Int or list of ints. The axes of the mean, usually that of the features.
        epsilon: Float, added to the mean square.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any with the axes `axis`, of known sizes.
    Output shape: the same.

    Example:

    >>> layer = kerajax.layers.RMSNormalization(epsilon=0.0)
    >>> layer(np.array([[-3.0, 3.0]])).tolist()
    [[-1.0, 1.0]]

    Reference:
        Zhang and Sennrich, 2019, "Root Mean Square Layer Normalization",
        https://arxiv.org/abs/1910.07467
    """

    _told_by_attributes = True

    def __init__(self, axis=-1, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.axis = axes_argument(axis, self)
        self.epsilon = epsilon

    def build(self, input_shape):
        self.axis = sorted(self.axis) if isinstance(self.axis, list) else [self.axis]
        shape = sizes_along(self, self.axis, input_shape)
        self.scale = self._weight("scale", shape, initializer="ones")

    def call(self, x):
        return ops.rms_normalization(x, scale=self.scale, axis=self.axis, epsilon=self.epsilon)
