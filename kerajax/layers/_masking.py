"""Masking: marks the steps of a sequence that hold nothing."""

from kerajax import ops
from kerajax.layers._base import Layer
from kerajax.objects import publish


@publish("keras.layers.Masking")
class Masking(Layer):
    """Masks the steps all of whose features equal `mask_value`; layers that follow skip them.

    The features of such steps become zero.

    Args:
        mask_value: Float. What padding steps are filled with.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, ..., features)`.
    Output shape: that of the input; the mask is bool, `(batch, time, ...)`.

    Example:

    >>> x = np.array([[[1.0, 2.0], [0.0, 0.0]]])
    >>> kerajax.layers.Masking().compute_mask(x).tolist()
    [[True, False]]
    """

    supports_masking = True
    _built_at_once = True

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.mask_value = mask_value

    def compute_mask(self, inputs, mask=None):
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs):
        holds = ops.expand_dims(self.compute_mask(inputs), -1)
        return ops.where(holds, inputs, ops.zeros_like(inputs))
