"""Pooling: the largest or the mean value of a window that moves over the spatial axes."""

from kerajax import ops
from kerajax._checks import int_tuple
from kerajax._checks import padding as check_padding
from kerajax.layers._base import InputSpec
from kerajax.layers._rank import RankFamily
from kerajax.objects import publish


class Pooling(RankFamily):
    """Base of the pooling layers: `_pool` is the op."""

    _built_at_once = True
    _per_axis = ("pool_size",)
    _pool = None

    def _set_window(self, pool_size, strides, padding, data_format):
        self.pool_size = int_tuple(pool_size, "pool_size", self, self.rank)
        strides = self.pool_size if strides is None else strides
        self.strides = int_tuple(strides, "strides", self, self.rank)
        self.padding = check_padding(padding, "padding", self)
        self._set_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs):
        return type(self)._pool(
            inputs, self.pool_size, self.strides, self.padding, self.data_format
        )


class MaxPooling(Pooling):
    """Base of the max pooling layers, which differ in their rank alone."""

    _pool = ops.max_pool

    def __init__(
        self, pool_size=2, strides=None, padding="valid", data_format=None, name=None, **kwargs
    ):
        super().__init__(name=name, **kwargs)
        self._set_window(pool_size, strides, padding, data_format)


class AveragePooling(Pooling):
    """Base of the average pooling layers, which differ in their rank alone."""

    _pool = ops.average_pool

    def __init__(
        self, pool_size, strides=None, padding="valid", data_format=None, name=None, **kwargs
    ):
        super().__init__(name=name, **kwargs)
        self._set_window(pool_size, strides, padding, data_format)


@publish("keras.layers.MaxPooling1D", "keras.layers.MaxPool1D")
class MaxPooling1D(MaxPooling):
    """Largest value of each window of sequences.

    Args:
        pool_size: Int. Size of the window, in steps.
        strides: Int. Steps between windows; `pool_size` if None.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` outputs).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        name: String.
        **kwargs: Arguments of every layer, such as `dtype`.

    Input shape: `(batch, time, channels)`, or with the channels first.
    Output shape: `(batch, new_time, channels)`, or the same.

    Example:

    >>> kerajax.layers.MaxPooling1D(2)(np.ones((1, 4, 2))).shape
    (1, 2, 2)
    """


@publish("keras.layers.MaxPooling2D", "keras.layers.MaxPool2D")
class MaxPooling2D(MaxPooling):
    """Largest value of each window of images.

    Args:
        pool_size: Int or 2 ints. Size of the window, in pixels.
        strides: Int or 2 ints. Pixels between windows; `pool_size` if None.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` outputs).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        name: String.
        **kwargs: Arguments of every layer, such as `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: `(batch, new_height, new_width, channels)`, or the same.

    Example:

    >>> kerajax.layers.MaxPooling2D(2)(np.ones((1, 4, 4, 3))).shape
    (1, 2, 2, 3)
    """

    rank = 2


@publish("keras.layers.MaxPooling3D", "keras.layers.MaxPool3D")
class MaxPooling3D(MaxPooling):
    """Largest value of each window of volumes.

    Args:
        pool_size: Int or 3 ints. Size of the window, in voxels.
        strides: Int or 3 ints. Voxels between windows; `pool_size` if None.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` outputs).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        name: String.
        **kwargs: Arguments of every layer, such as `dtype`.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels first.
    Output shape: `(batch, new_depth, new_height, new_width, channels)`, or the same.

    Example:

    >>> kerajax.layers.MaxPooling3D(2)(np.ones((1, 4, 4, 4, 2))).shape
    (1, 2, 2, 2, 2)
    """

    rank = 3


@publish("keras.layers.AveragePooling1D", "keras.layers.AvgPool1D")
class AveragePooling1D(AveragePooling):
    """Mean of each window of sequences. Padding does not count in the mean.

    Args:
        pool_size: Int. Size of the window, in steps.
        strides: Int. Steps between windows; `pool_size` if None.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` outputs).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        name: String.
        **kwargs: Arguments of every layer, such as `dtype`.

    Input shape: `(batch, time, channels)`, or with the channels first.
    Output shape: `(batch, new_time, channels)`, or the same.

    Example:

    >>> kerajax.layers.AveragePooling1D(2)(np.ones((1, 4, 2))).shape
    (1, 2, 2)
    """


@publish("keras.layers.AveragePooling2D", "keras.layers.AvgPool2D")
class AveragePooling2D(AveragePooling):
    """Mean of each window of images. Padding does not count in the mean.

    Args:
        pool_size: Int or 2 ints. Size of the window, in pixels.
        strides: Int or 2 ints. Pixels between windows; `pool_size` if None.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` outputs).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        name: String.
        **kwargs: Arguments of every layer, such as `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: `(batch, new_height, new_width, channels)`, or the same.

    Example:

    >>> kerajax.layers.AveragePooling2D(2)(np.ones((1, 4, 4, 3))).shape
    (1, 2, 2, 3)
    """

    rank = 2


@publish("keras.layers.AveragePooling3D", "keras.layers.AvgPool3D")
class AveragePooling3D(AveragePooling):
    """Mean of each window of volumes. Padding does not count in the mean.

    Args:
        pool_size: Int or 3 ints. Size of the window, in voxels.
        strides: Int or 3 ints. Voxels between windows; `pool_size` if None.
        padding: `"valid"` (whole windows only) or `"same"` (`ceil(size / strides)` outputs).
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        name: String.
        **kwargs: Arguments of every layer, such as `dtype`.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels first.
    Output shape: `(batch, new_depth, new_height, new_width, channels)`, or the same.

    Example:

    >>> kerajax.layers.AveragePooling3D(2)(np.ones((1, 4, 4, 4, 2))).shape
    (1, 2, 2, 2, 2)
    """

    rank = 3
