"""Upsampling: repeats or interpolates along the spatial axes."""

from kerajax import ops
from kerajax._checks import int_tuple, one_of
from kerajax.layers._base import InputSpec
from kerajax.layers._rank import RankFamily
from kerajax.objects import publish

_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


class UpSampling(RankFamily):
    """Base of the upsampling layers: `size` times as many places, each repeated."""

    def _set_size(self, size, data_format):
        self._set_data_format(data_format)
        self.size = int_tuple(size, "size", self, self.rank)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs):
        for axis, times in zip(self._spatial_axes, self.size, strict=True):
            inputs = ops.repeat(inputs, times, axis=axis)
        return inputs


@publish("keras.layers.UpSampling1D")
class UpSampling1D(UpSampling):
    """Repeats each step `size` times.

    Args:
        size: Int > 0.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, time, channels)`.
    Output shape: `(batch, size * time, channels)`.

    Example:

    >>> kerajax.layers.UpSampling1D(2)(np.array([[[1.0], [2.0]]])).ravel().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """

    def __init__(self, size=2, **kwargs):
        super().__init__(**kwargs)
        # A file may hold the size as a list of one.
        size = size[0] if isinstance(size, (list, tuple)) and len(size) == 1 else size
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(
                f"UpSampling1D layer '{self.name}': Expected an integer value for `size`. "
                f"Received: size={size!r} (of type {type(size)})"
            )
        if size < 1:
            raise ValueError(
                f"UpSampling1D layer '{self.name}': `size` should be a positive integer. Received: "
                f"size={size!r}"
            )
        self.size = size
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs):
        return ops.repeat(inputs, self.size, axis=1)


@publish("keras.layers.UpSampling2D")
class UpSampling2D(UpSampling):
    """Enlarges images by whole factors.

    Args:
        size: Int or 2 ints: factors of height and width.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        interpolation: `"nearest"` (pixels are repeated), `"bilinear"`, `"bicubic"`, `"lanczos3"`
            or `"lanczos5"`.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first.
    Output shape: the same with larger height and width.

    Example:

    >>> kerajax.layers.UpSampling2D((2, 3))(np.ones((1, 4, 4, 3))).shape
    (1, 8, 12, 3)
    """

    rank = 2

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(**kwargs)
        self._set_size(size, data_format)
        self.interpolation = one_of(
            interpolation, "interpolation", self, _INTERPOLATIONS, ignore_case=True
        )

    def call(self, inputs):
        if self.interpolation == "nearest":
            return super().call(inputs)
        sizes = (inputs.shape[axis] for axis in self._spatial_axes)
        return ops.image.resize(
            inputs,
            tuple(size * times for size, times in zip(sizes, self.size, strict=True)),
            interpolation=self.interpolation,
            data_format=self.data_format,
        )


@publish("keras.layers.UpSampling3D")
class UpSampling3D(UpSampling):
    """Repeats the voxels of volumes along each axis.

    Args:
        size: Int or 3 ints: factors of the three axes.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, depth, height, width, channels)`, or with the channels first.
    Output shape: the same with larger spatial sizes.

    Example:

    >>> kerajax.layers.UpSampling3D(2)(np.ones((1, 2, 2, 2, 3))).shape
    (1, 4, 4, 4, 3)
    """

    rank = 3

    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self._set_size(size, data_format)
