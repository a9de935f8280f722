"""Adaptive pooling: windows chosen so that the output has a given size."""

from kerajax import ops
from kerajax._checks import int_tuple
from kerajax.layers._rank import RankFamily
from kerajax.objects import publish


class AdaptivePooling(RankFamily):
    """Base of the adaptive pooling layers: `_pool` is the op."""

    _pool = None

    def __init__(self, output_size, data_format=None, **kwargs):
        super().__init__(**kwargs)
        is_list = isinstance(output_size, (tuple, list))
        # As in Keras, where several sizes are needed, another number of them is a wrong type.
        fits = is_list and (self.rank == 1 or len(output_size) == self.rank)
        if not fits and not isinstance(output_size, int):
            raise TypeError(
                f"{type(self).__name__} needs `output_size` to be an int or {self.rank} ints, but "
                f"received {output_size!r} of type {type(output_size).__name__}."
            )
        self.output_size = int_tuple(output_size, "output_size", self, self.rank)
        self._set_data_format(data_format)

    def call(self, inputs):
        return type(self)._pool(inputs, self.output_size, self.data_format)


@publish("keras.layers.AdaptiveAveragePooling1D")
class AdaptiveAveragePooling1D(AdaptivePooling):
    """Mean of each of `output_size` parts of sequences, whatever their size.

    Part `i` of `m` of an axis of size `n` goes from `floor(i * n / m)` to `ceil((i + 1) * n / m)`.

    Args:
        output_size: Int. Number of steps of the output.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, channels)`, or with the channels first.
    Output shape: `(batch, output_size, channels)`, or the same.

    Raises:
        TypeError: If `output_size` is no int and no tuple.
        ValueError: If it has another number of sizes, or one that is not above 0.

    Example:

    >>> kerajax.layers.AdaptiveAveragePooling1D(4)(np.ones((1, 9, 2))).shape
    (1, 4, 2)
    """

    _pool = ops.adaptive_average_pool


@publish("keras.layers.AdaptiveAveragePooling2D")
class AdaptiveAveragePooling2D(AdaptivePooling):
    """Mean of each of `output_size` parts of images, whatever their size.

    Part `i` of `m` of an axis of size `n` goes from `floor(i * n / m)` to `ceil((i + 1) * n / m)`.

    Args:
        output_size: Int or 2 ints. Numbers of rows and columns of the output.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: `(batch, *output_size, channels)`, or the same.

    Raises:
        TypeError: If `output_size` is no int and no tuple of 2.
        ValueError: If it has another number of sizes, or one that is not above 0.

    Example:

    >>> kerajax.layers.AdaptiveAveragePooling2D(2)(np.ones((1, 5, 6, 3))).shape
    (1, 2, 2, 3)
    """

    rank = 2
    _pool = ops.adaptive_average_pool


@publish("keras.layers.AdaptiveAveragePooling3D")
class AdaptiveAveragePooling3D(AdaptivePooling):
    """Mean of each of `output_size` parts of volumes, whatever their size.

    Part `i` of `m` of an axis of size `n` goes from `floor(i * n / m)` to `ceil((i + 1) * n / m)`.

    Args:
        output_size: Int or 3 ints. Numbers of slices, rows and columns of the output.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels first.
    Output shape: `(batch, *output_size, channels)`, or the same.

    Raises:
        TypeError: If `output_size` is no int and no tuple of 3.
        ValueError: If it has another number of sizes, or one that is not above 0.

    Example:

    >>> kerajax.layers.AdaptiveAveragePooling3D(2)(np.ones((1, 5, 6, 4, 2))).shape
    (1, 2, 2, 2, 2)
    """

    rank = 3
    _pool = ops.adaptive_average_pool


@publish("keras.layers.AdaptiveMaxPooling1D")
class AdaptiveMaxPooling1D(AdaptivePooling):
    """Largest value of each of `output_size` parts of sequences, whatever their size.

    Part `i` of `m` of an axis of size `n` goes from `floor(i * n / m)` to `ceil((i + 1) * n / m)`.

    Args:
        output_size: Int. Number of steps of the output.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, channels)`, or with the channels first.
    Output shape: `(batch, output_size, channels)`, or the same.

    Raises:
        TypeError: If `output_size` is no int and no tuple.
        ValueError: If it has another number of sizes, or one that is not above 0.

    Example:

    >>> kerajax.layers.AdaptiveMaxPooling1D(4)(np.ones((1, 9, 2))).shape
    (1, 4, 2)
    """

    _pool = ops.adaptive_max_pool


@publish("keras.layers.AdaptiveMaxPooling2D")
class AdaptiveMaxPooling2D(AdaptivePooling):
    """Largest value of each of `output_size` parts of images, whatever their size.

    Part `i` of `m` of an axis of size `n` goes from `floor(i * n / m)` to `ceil((i + 1) * n / m)`.

    Args:
        output_size: Int or 2 ints. Numbers of rows and columns of the output.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: `(batch, *output_size, channels)`, or the same.

    Raises:
        TypeError: If `output_size` is no int and no tuple of 2.
        ValueError: If it has another number of sizes, or one that is not above 0.

    Example:

    >>> kerajax.layers.AdaptiveMaxPooling2D(2)(np.ones((1, 5, 6, 3))).shape
    (1, 2, 2, 3)
    """

    rank = 2
    _pool = ops.adaptive_max_pool


@publish("keras.layers.AdaptiveMaxPooling3D")
class AdaptiveMaxPooling3D(AdaptivePooling):
    """Largest value of each of `output_size` parts of volumes, whatever their size.

    Part `i` of `m` of an axis of size `n` goes from `floor(i * n / m)` to `ceil((i + 1) * n / m)`.

    Args:
        output_size: Int or 3 ints. Numbers of slices, rows and columns of the output.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels first.
    Output shape: `(batch, *output_size, channels)`, or the same.

    Raises:
        TypeError: If `output_size` is no int and no tuple of 3.
        ValueError: If it has another number of sizes, or one that is not above 0.

    Example:

    >>> kerajax.layers.AdaptiveMaxPooling3D(2)(np.ones((1, 5, 6, 4, 2))).shape
    (1, 2, 2, 2, 2)
    """

    rank = 3
    _pool = ops.adaptive_max_pool
