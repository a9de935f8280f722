"""The bilinear enlargement of Keras 2.2."""

from kerajax import ops
from kerajax.layers import UpSampling2D
from kerajax.objects import publish


@publish("keras.layers.CornerUpSampling2D")
class CornerUpSampling2D(UpSampling2D):
    """Enlarges images bilinearly, with pixels at their corners: `outputs[i] = inputs at i / size`.

    So did Keras 2.2 on TensorFlow 1. Later ones place pixels at their centers, which moves the
    image by half a pixel.

    Args: as `UpSampling2D`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: the same with larger height and width.

    Example:

    >>> x = np.array([0.0, 2.0]).reshape((1, 2, 1, 1))
    >>> layer = kerajax.legacy.layers.CornerUpSampling2D((2, 1), interpolation="bilinear")
    >>> np.ravel(layer(x)).tolist()
    [0.0, 1.0, 2.0, 2.0]
    """

    def call(self, inputs):
        outputs = inputs
        for axis, times in zip(self._spatial_axes, self.size, strict=True):
            size = outputs.shape[axis]
            following = ops.take(outputs, [*range(1, size), size - 1], axis=axis)
            parts = [outputs + (following - outputs) * (i / times) for i in range(times)]
            shape = list(ops.shape(outputs))
            shape[axis] = size * times
            outputs = ops.reshape(ops.stack(parts, axis=axis + 1), (-1, *shape[1:]))
        return outputs
