"""ActivityRegularization: a penalty on what passes."""

from kerajax import regularizers
from kerajax.layers._base import Layer
from kerajax.objects import publish


@publish("keras.layers.ActivityRegularization")
class ActivityRegularization(Layer):
    """Passes its inputs and adds `l1 * sum(abs(inputs)) + l2 * sum(inputs**2)` to the loss.

    The sum is divided by the batch size.

    Args:
        l1: Float >= 0.
        l2: Float >= 0.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any.
    Output shape: that of the input.

    Example:

    >>> layer = kerajax.layers.ActivityRegularization(l1=0.5)
    >>> _ = layer(np.ones((2, 3)))
    >>> float(layer.losses[0])
    1.5
    """

    supports_masking = True
    _built_at_once = True

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2

    def call(self, inputs):
        return inputs

    def _base_config(self):
        config = super()._base_config()
        config.pop("activity_regularizer")  # `l1` and `l2` say it.
        return config
