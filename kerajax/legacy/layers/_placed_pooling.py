"""Pooling whose windows lie where Theano placed them."""

import math

from kerajax import ops
from kerajax._checks import int_tuple, one_of
from kerajax.layers import Layer
from kerajax.objects import publish


@publish("keras.layers.PlacedPooling")
class PlacedPooling(Layer):
    """Pooling whose first window begins a given number of places before the input.

    `"same"` means `ceil(size / stride)` windows everywhere, but Theano placed them elsewhere than
    TensorFlow where they cannot lie evenly. Places outside the input count neither for the largest
    value nor for the mean.

    Args:
        mode: `"max"` or `"average"`.
        pool_size: Tuple of ints, the window on each spatial axis.
        strides: Tuple of ints, the places between two windows.
        before: Tuple of ints, the places of the first window that lie before the input.
        data_format: `"channels_last"` or `"channels_first"`.
        **kwargs: Arguments of every layer, such as `name`.

    Input shape: `(batch, *spatial, channels)`, or with the channels first.
    Output shape: the same with `ceil(size / stride)` on the spatial axes.

    Example:

    >>> x = np.array([1.0, 2.0, 3.0, 4.0]).reshape((1, 4, 1))
    >>> layer = kerajax.legacy.layers.PlacedPooling("max", (2,), (2,), (1,))
    >>> np.ravel(layer(x)).tolist()
    [1.0, 3.0]
    """

    def __init__(self, mode, pool_size, strides, before, data_format="channels_last", **kwargs):
        super().__init__(**kwargs)
        rank = len(pool_size)
        self.mode = one_of(mode, "mode", self, ("max", "average"))
        self.pool_size = int_tuple(pool_size, "pool_size", self, rank)
        self.strides = int_tuple(strides, "strides", self, rank)
        self.before = tuple(before)
        formats = ("channels_last", "channels_first")
        self.data_format = one_of(data_format, "data_format", self, formats)
        if len(self.before) != rank or not all(
            0 <= n < size for n, size in zip(self.before, self.pool_size, strict=True)
        ):
            raise ValueError(
                f"PlacedPooling layer '{self.name}' needs a number from 0 to below the window for "
                f"each axis in `before`, but received before={before} with pool_size={pool_size}."
            )

    def call(self, inputs):
        if self.mode == "max":
            return self._pool(ops.max_pool, self._widened(inputs, -math.inf))
        sums = self._pool(ops.average_pool, self._widened(inputs, 0.0))
        shares = self._pool(ops.average_pool, self._widened(ops.ones_like(inputs), 0.0))
        return sums / shares

    def _widened(self, x, value):
        pairs = [
            (before, size - 1 - before)
            for before, size in zip(self.before, self.pool_size, strict=True)
        ]
        last = self.data_format == "channels_last"
        widths = [(0, 0), *pairs, (0, 0)] if last else [(0, 0), (0, 0), *pairs]
        return ops.pad(x, widths, constant_values=value)

    def _pool(self, pool, x):
        return pool(x, self.pool_size, self.strides, "valid", self.data_format)
