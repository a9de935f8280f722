"""Layers that add or cut places at the borders of the spatial axes."""

from kerajax import ops
from kerajax._checks import int_tuple
from kerajax.layers._base import InputSpec
from kerajax.layers._rank import RankFamily
from kerajax.objects import publish


class Edges(RankFamily):
    """Base of padding and cropping: how many places at either end of each spatial axis."""

    def _pairs(self, value, name):
        """`value` as `(before, after)` for each spatial axis; for one axis, that pair itself."""
        if self.rank == 1:
            return int_tuple(value, name, self, 2, allow_zero=True)
        if isinstance(value, int):
            value = (value,) * self.rank
        if isinstance(value, str) or not hasattr(value, "__len__") or len(value) != self.rank:
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}' needs `{name}` to be an int, or a "
                f"tuple of {self.rank} ints or pairs, one for each axis, but received {value!r}. "
                f"Pass for example {((1, 1),) * self.rank}."
            )
        return tuple(int_tuple(item, name, self, 2, allow_zero=True) for item in value)

    def _pairs_of_axes(self, pairs):
        return (pairs,) if self.rank == 1 else pairs


class ZeroPadding(Edges):
    """Base of the zero padding layers."""

    def _set_padding(self, padding, data_format):
        self._set_data_format(data_format)
        self.padding = self._pairs(padding, "padding")
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs):
        return ops.pad(inputs, self._framed(self._pairs_of_axes(self.padding), (0, 0)))


@publish("keras.layers.ZeroPadding1D")
class ZeroPadding1D(ZeroPadding):
    """Adds steps of zeros before and after sequences.

    Args:
        padding: Int, or 2 ints `(before, after)`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, channels)`, or with the channels first.
    Output shape: `(batch, before + time + after, channels)`, or the same.

    Example:

    >>> kerajax.layers.ZeroPadding1D((1, 2))(np.ones((1, 4, 3))).shape
    (1, 7, 3)
    """

    def __init__(self, padding=1, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self._set_padding(padding, data_format)


@publish("keras.layers.ZeroPadding2D")
class ZeroPadding2D(ZeroPadding):
    """Adds rows and columns of zeros around images.

    Args:
        padding: Int, 2 ints (for height and width), or 2 pairs
            `((top, bottom), (left, right))`, in pixels.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: the same with larger height and width.

    Example:

    >>> kerajax.layers.ZeroPadding2D(((1, 0), (2, 2)))(np.ones((1, 4, 4, 3))).shape
    (1, 5, 8, 3)
    """

    rank = 2

    def __init__(self, padding=(1, 1), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self._set_padding(padding, data_format)


@publish("keras.layers.ZeroPadding3D")
class ZeroPadding3D(ZeroPadding):
    """Adds layers of zeros around volumes.

    Args:
        padding: Int, 3 ints (one for each axis), or 3 pairs `(before, after)`, in voxels.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels first.
    Output shape: the same with larger spatial sizes.

    Example:

    >>> kerajax.layers.ZeroPadding3D(1)(np.ones((1, 2, 2, 2, 3))).shape
    (1, 4, 4, 4, 3)
    """

    rank = 3

    def __init__(self, padding=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self._set_padding(padding, data_format)


class Cropping(Edges):
    """Base of the cropping layers."""

    def _set_cropping(self, cropping, data_format):
        self._set_data_format(data_format)
        self.cropping = self._pairs(cropping, "cropping")
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs):
        kept = []
        for axis, (before, after) in zip(
            self._spatial_axes, self._pairs_of_axes(self.cropping), strict=True
        ):
            size = inputs.shape[axis]
            if before + after >= size:
                raise ValueError(
                    f"The `cropping` parameter of `{type(self).__name__}` layer must be smaller "
                    "than what it crops. Values in `cropping` argument should be smaller than "
                    "the corresponding spatial dimension of the input. Received: cropping="
                    f"{self.cropping} for inputs of shape {tuple(inputs.shape)}."
                )
            kept.append(slice(before, size - after))
        return inputs[self._framed(kept, slice(None))]


@publish("keras.layers.Cropping1D")
class Cropping1D(Cropping):
    """Cuts steps off both ends of sequences.

    Args:
        cropping: Int, or 2 ints `(before, after)`.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, channels)`.
    Output shape: `(batch, time - before - after, channels)`.

    Raises:
        ValueError: If nothing is left.

    Example:

    >>> kerajax.layers.Cropping1D((1, 2))(np.ones((1, 5, 3))).shape
    (1, 2, 3)
    """

    def __init__(self, cropping=(1, 1), **kwargs):
        super().__init__(**kwargs)
        self._set_cropping(cropping, "channels_last")


@publish("keras.layers.Cropping2D")
class Cropping2D(Cropping):
    """Cuts rows and columns off the borders of images.

    Args:
        cropping: Int, 2 ints (for height and width), or 2 pairs
            `((top, bottom), (left, right))`, in pixels.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: the same with smaller height and width.

    Raises:
        ValueError: If nothing is left.

    Example:

    >>> kerajax.layers.Cropping2D(((1, 0), (1, 1)))(np.ones((1, 4, 4, 3))).shape
    (1, 3, 2, 3)
    """

    rank = 2

    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self._set_cropping(cropping, data_format)


@publish("keras.layers.Cropping3D")
class Cropping3D(Cropping):
    """Cuts layers off the borders of volumes.

    Args:
        cropping: Int, 3 ints (one for each axis), or 3 pairs `(before, after)`, in voxels.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels first.
    Output shape: the same with smaller spatial sizes.

    Raises:
        ValueError: If nothing is left.

    Example:

    >>> kerajax.layers.Cropping3D(1)(np.ones((1, 4, 4, 4, 3))).shape
    (1, 2, 2, 2, 3)
    """

    rank = 3

    def __init__(self, cropping=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self._set_cropping(cropping, data_format)
