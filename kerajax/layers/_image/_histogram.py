"""Contrast from the histogram of an image: stretched, or equalized."""

from kerajax import ops
from kerajax.layers._image._arguments import pair_of_values, rescaled
from kerajax.layers._image._image_layer import ColorLayer
from kerajax.objects import publish


@publish("keras.layers.AutoContrast")
class AutoContrast(ColorLayer):
    """Stretches each channel of each image so that it fills `value_range`, always.

    The least value of a channel becomes the lower end, the greatest the upper one. A channel with
    one value only stays as it is. There is no chance in it, and it works in inference as well.

    Args:
        value_range: Pair of numbers, the least and the greatest value that images can have.
        **kwargs: `data_format`, `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`; or a dict with
        such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Example:

    >>> image = np.array([[[100.0], [110.0], [120.0]]])
    >>> kerajax.layers.AutoContrast()(image).ravel().tolist()
    [0.0, 127.5, 255.0]
    """

    _applies_always = True

    def __init__(self, value_range=(0, 255), **kwargs):
        super().__init__(**kwargs)
        self.value_range = pair_of_values(value_range, self)

    def _transform_images(self, images, transformation, interpolation):
        values = rescaled(images, self.value_range, (0, 255))
        low = ops.min(values, axis=self._spatial_axes, keepdims=True)
        high = ops.max(values, axis=self._spatial_axes, keepdims=True)
        is_flat = high == low
        scale = 255.0 / ops.where(is_flat, 1.0, high - low)
        stretched = ops.clip(values * scale - low * scale, 0.0, 255.0)
        return ops.where(is_flat, images, rescaled(stretched, (0, 255), self.value_range))


@publish("keras.layers.Equalization")
class Equalization(ColorLayer):
    """In training, spreads the values of each channel so that all are about equally frequent.

    A value is replaced by the part of values that are no greater. As in Keras, the histogram of a
    channel is that of the whole batch: give images one by one to equalize each by itself.

    Args:
        value_range: Pair of numbers, the least and the greatest value that images can have.
        bins: Int > 1. Number of bins of the histogram.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Example:

    >>> image = np.array([[[100.0], [101.0], [103.0], [104.0]]])
    >>> kerajax.layers.Equalization()(image, training=True).ravel().tolist()
    [0.0, 85.0, 170.0, 255.0]
    """

    def __init__(self, value_range=(0, 255), bins=256, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = pair_of_values(value_range, self)
        self.bins = bins

    def _applies(self, transformation, training):
        return training

    def _transform_images(self, images, transformation, interpolation):
        values = ops.moveaxis(images, self._channel_axis, 0)
        values = rescaled(values, self.value_range, (0, 255))
        places = ops.cast(ops.clip(values / 255.0 * (self.bins - 1), 0, self.bins - 1), "int32")
        # Keras fills the bins by the quotient of the exact product, and looks them up by the other.
        bins = ops.cast(ops.clip(values * (self.bins - 1) / 255, 0, self.bins - 1), "int32")
        table, is_flat = self._tables(ops.reshape(bins, (bins.shape[0], -1)))
        channel = ops.reshape(ops.arange(values.shape[0]), (-1, 1, 1, 1))
        equalized = ops.take(ops.ravel(table), channel * self.bins + places)
        equalized = ops.where(ops.reshape(is_flat, (-1, 1, 1, 1)), values, equalized)
        equalized = rescaled(ops.cast(equalized, images.dtype), (0, 255), self.value_range)
        return ops.moveaxis(equalized, 0, self._channel_axis)

    def _tables(self, bins):
        """For each channel the new value of each bin, and whether one bin holds everything."""
        n = bins.shape[0]
        flat = ops.ravel(bins + self.bins * ops.arange(n)[:, None])
        counts = ops.segment_sum(ops.ones_like(flat), flat, num_segments=n * self.bins)
        counts = ops.reshape(counts, (n, self.bins))
        up_to = ops.cumsum(counts, axis=-1)
        first = ops.min(ops.where(up_to > 0, up_to, up_to[:, -1:]), axis=-1, keepdims=True)
        others = ops.maximum(up_to[:, -1:] - first, 1)
        table = ops.clip(ops.round((up_to - first) * 255 / others), 0, 255)
        return table, ops.sum(ops.cast(counts > 0, "int32"), axis=-1) <= 1
