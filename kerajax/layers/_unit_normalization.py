"""UnitNormalization: inputs divided by their length."""

from kerajax import ops
from kerajax.layers._base import Layer
from kerajax.layers._normalization import axes_argument
from kerajax.objects import publish


@publish("keras.layers.UnitNormalization")
class UnitNormalization(Layer):
    """Divides by the length: `x / sqrt(sum(x**2))`, so that each sample has length one.

    Args:
        axis: Int or list of ints. The axes of the sum, usually that of the features.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any with the axes `axis`.
    Output shape: the same.

    Example:

    >>> kerajax.layers.UnitNormalization()(np.array([[0.0, -4.0]])).tolist()
    [[0.0, -1.0]]
    """

    supports_masking = True
    _built_at_once = True

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axes_argument(axis, self)

    def call(self, inputs):
        return ops.normalize(inputs, axis=self.axis, order=2, epsilon=1e-12)
