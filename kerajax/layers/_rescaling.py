"""Rescaling: from one range of numbers to another."""

from kerajax import ops
from kerajax.backend import image_data_format
from kerajax.layers._base import Layer
from kerajax.objects import publish


@publish("keras.layers.Rescaling")
class Rescaling(Layer):
    """Rescales numbers, `outputs = inputs * scale + offset`, in training and inference alike.

    `Rescaling(1 / 255)` brings pixels from [0, 255] to [0, 1], `Rescaling(1 / 127.5, -1)` to
    [-1, 1].

    Args:
        scale: Float, or a list with one for each channel.
        offset: The same for what is added.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any; numbers.
    Output shape: that of the input, dtype `compute_dtype`.

    Example:

    >>> kerajax.layers.Rescaling(0.5, offset=1.0)(np.array([2, 4])).tolist()
    [2.0, 3.0]
    """

    supports_masking = True

    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset

    def call(self, inputs):
        dtype = self.compute_dtype
        scale, offset = (
            ops.convert_to_tensor(_plain(x), dtype=dtype) for x in (self.scale, self.offset)
        )
        if ops.ndim(scale) > 0 and image_data_format() == "channels_first":
            scale = ops.reshape(scale, (*scale.shape, *[1] * (3 - len(scale.shape))))
        return ops.cast(inputs, dtype) * scale + offset

    def compute_output_shape(self, input_shape):
        """The shape of the inputs."""
        return input_shape


def _plain(x):
    """Lists that report to the layer as lists that numpy knows."""
    return list(x) if isinstance(x, list) else x
