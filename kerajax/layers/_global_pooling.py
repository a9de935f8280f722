"""Global pooling: one value for each channel, whatever the sizes of the spatial axes."""

from kerajax import ops
from kerajax.layers._base import InputSpec
from kerajax.layers._rank import RankFamily
from kerajax.objects import publish


class GlobalPooling(RankFamily):
    """Base of the global pooling layers: `_reduce` is the op."""

    _built_at_once = True
    _reduce = None

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(**kwargs)
        self._set_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs):
        return type(self)._reduce(inputs, axis=self._spatial_axes, keepdims=self.keepdims)


@publish("keras.layers.GlobalMaxPooling1D", "keras.layers.GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalPooling):
    """Largest value of each channel over all steps of sequences.

    Args:
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        keepdims: Bool. Whether the spatial axes stay, with size 1.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, channels)`, or with the channels first.
    Output shape: `(batch, channels)`.

    Example:

    >>> kerajax.layers.GlobalMaxPooling1D()(np.ones((1, 4, 2))).shape
    (1, 2)
    """

    _reduce = ops.max


@publish("keras.layers.GlobalMaxPooling2D", "keras.layers.GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalPooling):
    """Largest value of each channel over all pixels of images.

    Args:
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        keepdims: Bool. Whether the spatial axes stay, with size 1.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: `(batch, channels)`.

    Example:

    >>> kerajax.layers.GlobalMaxPooling2D()(np.ones((1, 4, 4, 3))).shape
    (1, 3)
    """

    rank = 2
    _reduce = ops.max


@publish("keras.layers.GlobalMaxPooling3D", "keras.layers.GlobalMaxPool3D")
class GlobalMaxPooling3D(GlobalPooling):
    """Largest value of each channel over all voxels of volumes.

    Args:
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        keepdims: Bool. Whether the spatial axes stay, with size 1.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels first.
    Output shape: `(batch, channels)`.

    Example:

    >>> kerajax.layers.GlobalMaxPooling3D()(np.ones((1, 4, 4, 4, 2))).shape
    (1, 2)
    """

    rank = 3
    _reduce = ops.max


@publish("keras.layers.GlobalAveragePooling1D", "keras.layers.GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalPooling):
    """Mean of each channel over all steps of sequences. Masked steps do not count.

    Args:
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        keepdims: Bool. Whether the spatial axes stay, with size 1.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, channels)`, or with the channels first.
    Output shape: `(batch, channels)`.

    Example:

    >>> kerajax.layers.GlobalAveragePooling1D()(np.ones((1, 4, 2))).shape
    (1, 2)
    """

    supports_masking = True
    _reduce = ops.mean

    def call(self, inputs, mask=None):
        if mask is None:
            return super().call(inputs)
        mask = ops.expand_dims(ops.cast(mask, "bool"), self._channel_axis)
        counted = ops.where(mask, inputs, ops.zeros_like(inputs))
        total = ops.sum(counted, axis=self._spatial_axes, keepdims=self.keepdims)
        count = ops.sum(
            ops.cast(mask, inputs.dtype), axis=self._spatial_axes, keepdims=self.keepdims
        )
        return total / count

    def compute_mask(self, inputs, mask=None):
        return None


@publish("keras.layers.GlobalAveragePooling2D", "keras.layers.GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalPooling):
    """Mean of each channel over all pixels of images.

    Args:
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        keepdims: Bool. Whether the spatial axes stay, with size 1.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: `(batch, channels)`.

    Example:

    >>> kerajax.layers.GlobalAveragePooling2D()(np.ones((1, 4, 4, 3))).shape
    (1, 3)
    """

    rank = 2
    _reduce = ops.mean


@publish("keras.layers.GlobalAveragePooling3D", "keras.layers.GlobalAvgPool3D")
class GlobalAveragePooling3D(GlobalPooling):
    """Mean of each channel over all voxels of volumes.

    Args:
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        keepdims: Bool. Whether the spatial axes stay, with size 1.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels first.
    Output shape: `(batch, channels)`.

    Example:

    >>> kerajax.layers.GlobalAveragePooling3D()(np.ones((1, 4, 4, 4, 2))).shape
    (1, 2)
    """

    rank = 3
    _reduce = ops.mean
