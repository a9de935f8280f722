"""Identity: the layer that does nothing."""

from kerajax.layers._base import Layer
from kerajax.objects import publish


@publish("keras.layers.Identity")
class Identity(Layer):
    """Returns its inputs, for places where a layer is expected and none is wanted.

    Args:
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any, also nested.
    Output shape: that of the input.

    Example:

    >>> kerajax.layers.Identity()(np.array([1.0, 2.0])).tolist()
    [1.0, 2.0]
    """

    supports_masking = True
    _built_at_once = True
    _told_by_attributes = True

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def call(self, inputs):
        return inputs
