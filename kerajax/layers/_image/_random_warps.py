"""Random rotation, translation, zoom and shear."""

import math

from kerajax import ops
from kerajax._checks import described
from kerajax.layers._image._arguments import interval
from kerajax.layers._image._image_layer import random_uniform
from kerajax.layers._image._warp import Warp, matrices
from kerajax.objects import publish


@publish("keras.layers.RandomRotation")
class RandomRotation(Warp):
    """In training, rotates images about their middle by random angles.

    Args:
        factor: Float in [-1, 1], f for the interval [-f, f] in whole turns; or the two ends.
            Positive angles turn counter-clockwise.
        fill_mode: What stands outside of `a b c d`: `"reflect"` (`b a | a b c d | d c`), `"wrap"`
            (`c d | a b c d | a b`), `"nearest"` (`a a | a b c d | d d`) or `"constant"`.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: Optional int, for the same numbers in every run.
        fill_value: Number, for `"constant"`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If the factor is out of range.
        NotImplementedError: If a mode is none of these.

    Example:

    >>> quarter = kerajax.layers.RandomRotation((0.25, 0.25))
    >>> image = np.array([[[1.0], [2.0]], [[3.0], [4.0]]])
    >>> quarter(image, training=True)[..., 0].round().tolist()
    [[2.0, 4.0], [1.0, 3.0]]
    """

    def __init__(
        self,
        factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = interval(factor or 0.0, "factor", self, -1, 1)
        self._set_modes(interpolation, fill_mode, fill_value)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        degrees = (self.factor[0] * 360.0, self.factor[1] * 360.0)
        return {"angle": random_uniform(shape[:1], degrees, seed), "input_shape": shape}

    def _matrices(self, transformation, size):
        angle = transformation["angle"] * (math.pi / 180.0)
        cos, sin = ops.cos(angle), ops.sin(angle)
        x, y = 0.5 * (size[1] - 1), 0.5 * (size[0] - 1)
        return matrices(
            (cos, -sin, x - x * cos + y * sin),
            (sin, cos, y - x * sin - y * cos),
        )


@publish("keras.layers.RandomTranslation")
class RandomTranslation(Warp):
    """In training, moves images up or down and to the left or right.

    Args:
        height_factor: Float in [-1, 1], f for the interval [-f, f] in heights of the image; or the
            two ends. Positive numbers move downwards.
        width_factor: The same in widths; positive numbers move to the right.
        fill_mode: What stands outside of `a b c d`: `"reflect"` (`b a | a b c d | d c`), `"wrap"`
            (`c d | a b c d | a b`), `"nearest"` (`a a | a b c d | d d`) or `"constant"`.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: Optional int, for the same numbers in every run.
        fill_value: Number, for `"constant"`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If a factor is out of range.
        NotImplementedError: If a mode is none of these.

    Example:

    >>> right = kerajax.layers.RandomTranslation(0.0, (0.5, 0.5), fill_mode="constant")
    >>> right(np.array([[[1.0], [2.0]]]), training=True).ravel().tolist()
    [0.0, 1.0]
    """

    def __init__(
        self,
        height_factor,
        width_factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self._heights = interval(height_factor, "height_factor", self, -1, 1, both=True)
        self._widths = interval(width_factor, "width_factor", self, -1, 1, both=True)
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._set_modes(interpolation, fill_mode, fill_value)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        height, width = self._size(shape)
        down = random_uniform((shape[0], 1), self._heights, seed) * height
        right = random_uniform((shape[0], 1), self._widths, seed) * width
        moves = ops.cast(ops.concatenate([right, down], axis=1), "float32")
        return {"translations": moves, "input_shape": shape}

    def _matrices(self, transformation, size):
        moves = transformation["translations"]
        return matrices((1, 0, -moves[:, 0]), (0, 1, -moves[:, 1]))


@publish("keras.layers.RandomZoom")
class RandomZoom(Warp):
    """In training, zooms images in or out about their middle.

    Args:
        height_factor: Float in (-1, 1], f for the interval [-f, f]; or the two ends. 0.2 zooms out
            so that the image takes 1 / 1.2 of its height, -0.2 zooms in.
        width_factor: The same for the width; None for the draws of the height, which keep the
            aspect ratio.
        fill_mode: What stands outside of `a b c d`: `"reflect"` (`b a | a b c d | d c`), `"wrap"`
            (`c d | a b c d | a b`), `"nearest"` (`a a | a b c d | d d`) or `"constant"`.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: Optional int, for the same numbers in every run.
        fill_value: Number, for `"constant"`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If a factor is out of range.
        NotImplementedError: If a mode is none of these.

    Example:

    >>> zoom_in = kerajax.layers.RandomZoom((-0.5, -0.5), interpolation="nearest")
    >>> image = np.arange(4.0).reshape(1, 4, 1)
    >>> zoom_in(image, training=True).ravel().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """

    def __init__(
        self,
        height_factor,
        width_factor=None,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self._heights = _zooms(height_factor, "height_factor", self)
        if width_factor is not None:
            self._widths = _zooms(width_factor, "width_factor", self)
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._set_modes(interpolation, fill_mode, fill_value)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        height = width = random_uniform((shape[0], 1), self._heights, seed)
        if self.width_factor is not None:
            width = random_uniform((shape[0], 1), self._widths, seed)
        return {"height_zoom": height, "width_zoom": width, "input_shape": shape}

    def _matrices(self, transformation, size):
        x, y = (
            ops.cast(ops.ravel(transformation[f"{name}_zoom"]), "float32")
            for name in ("width", "height")
        )
        return matrices(
            (x, 0, (size[1] - 1.0) / 2.0 * (1.0 - x)),
            (0, y, (size[0] - 1.0) / 2.0 * (1.0 - y)),
        )


def _zooms(factor, name, owner):
    low, high = interval(factor, name, owner, -1, 1, both=True, low_itself=False)
    return 1.0 + low, 1.0 + high


@publish("keras.layers.RandomShear")
class RandomShear(Warp):
    """In training, shears images: rows slide along x, columns along y.

    Args:
        x_factor: Float in [0, 1], f for the interval [-f, f]; or the two ends. 1 slides each row by
            a pixel against the one above. The sign is then drawn anew for each image.
        y_factor: The same along y.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_mode: What stands outside of `a b c d`: `"reflect"` (`b a | a b c d | d c`), `"wrap"`
            (`c d | a b c d | a b`), `"nearest"` (`a a | a b c d | d d`) or `"constant"`.
        fill_value: Number, for `"constant"`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        seed: Optional int, for the same numbers in every run.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If a factor is out of range.
        NotImplementedError: If a mode is none of these.

    Example:

    >>> layer = kerajax.layers.RandomShear(x_factor=(1.0, 1.0), fill_mode="wrap", seed=1)
    >>> image = np.arange(9.0).reshape(3, 3, 1)
    >>> layer(image, training=True)[0].ravel().tolist()
    [0.0, 1.0, 2.0]
    """

    def __init__(
        self,
        x_factor=0.0,
        y_factor=0.0,
        interpolation="bilinear",
        fill_mode="reflect",
        fill_value=0.0,
        data_format=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.x_factor = _shears(x_factor, "x_factor", self)
        self.y_factor = _shears(y_factor, "y_factor", self)
        self._set_modes(interpolation, fill_mode, fill_value)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        size, dtype = (shape[0], 1), self.compute_dtype
        sign = ops.where(random_uniform(size, (0.0, 1.0), seed, dtype) > 0.5, -1.0, 1.0)
        y = random_uniform(size, self.y_factor, seed, dtype)
        x = random_uniform(size, self.x_factor, seed, dtype)
        slopes = ops.concatenate([x, y], axis=1) * ops.cast(sign, dtype)
        return {"shear_factor": slopes, "input_shape": shape}

    def _matrices(self, transformation, size):
        slopes = transformation["shear_factor"]
        return matrices((1, slopes[:, 0], 0), (slopes[:, 1], 1, 0))


def _shears(factor, name, owner):
    """The interval of a shear; a pair may be negative, since [-f, f] is what configs hold."""
    if isinstance(factor, (int, float)) and factor < 0:
        raise ValueError(
            f"{described(owner)}: The `{name}` argument should be a number (or a list of two "
            f"numbers) in the range [0, 1.0]. Received: {name}={factor}. The sign is drawn anyway."
        )
    return interval(factor, name, owner, -1, 1, both=True)
