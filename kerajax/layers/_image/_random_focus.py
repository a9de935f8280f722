"""Random blur and sharpness."""

from kerajax import ops
from kerajax._checks import described
from kerajax.layers._image._arguments import interval, pair_of_values
from kerajax.layers._image._image_layer import ColorLayer, happens, per_image, random_uniform
from kerajax.objects import publish


@publish("keras.layers.RandomGaussianBlur")
class RandomGaussianBlur(ColorLayer):
    """In training, blurs some of the images by a Gaussian.

    Args:
        factor: Float in [0, 1], or a pair: the interval from which the chance of each image is
            drawn; 1.0 is the interval [0, 1].
        kernel_size: Odd int, or two for width and height, in pixels.
        sigma: Float in [0, 1], s for the interval [0, s], or the two ends: the interval from which
            the two deviations of the Gaussian are drawn, in pixels, one pair for a batch.
        value_range: Pair of numbers, the least and the greatest value of the images.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        seed: Optional int, for the same numbers in every run.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If a factor is out of range, or the kernel is of even size.

    Example:

    >>> layer = kerajax.layers.RandomGaussianBlur((1.0, 1.0), sigma=(1.0, 1.0))
    >>> dot = np.zeros((3, 3, 1))
    >>> dot[1, 1] = 255.0
    >>> print(layer(dot, training=True)[1].ravel().round())
    [32. 52. 32.]
    """

    def __init__(
        self,
        factor=1.0,
        kernel_size=3,
        sigma=1.0,
        value_range=(0, 255),
        data_format=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = interval(factor, "factor", self, 0, 1)
        self.kernel_size = _odd_sizes(kernel_size, self)
        self.sigma = interval(sigma, "sigma", self, 0, 1)
        self.value_range = value_range
        self._set_seed(seed)

    def _draw(self, shape, seed):
        drawn = {"should_apply_blur": happens(shape, seed, self.factor)}
        sigmas = random_uniform((2,), self.sigma, seed, self.compute_dtype)
        return {**drawn, "blur_factor": sigmas + 1e-6}

    def _transform_images(self, images, transformation, interpolation):
        sigmas = transformation["blur_factor"]
        blurred = ops.image.gaussian_blur(
            images, self.kernel_size, (sigmas[0], sigmas[1]), data_format=self.data_format
        )
        chosen = per_image(transformation["should_apply_blur"], images)
        return ops.clip(ops.where(chosen, blurred, images), *self.value_range)


def _odd_sizes(value, owner):
    sizes = tuple(value) if isinstance(value, (list, tuple)) else (value, value)
    if len(sizes) != 2 or not all(isinstance(n, (int, float)) and n % 2 == 1 for n in sizes):
        raise ValueError(
            f"{described(owner)}: `kernel_size` must be an odd number, or two of them. Received: "
            f"kernel_size={value}. Pass 3 or (3, 5)."
        )
    return sizes


@publish("keras.layers.RandomSharpness")
class RandomSharpness(ColorLayer):
    """In training, blends an image with a smoothed one, or moves it away from that.

    With f drawn for each image from `factor` and the mean of a pixel and its neighbours (the pixel
    counting five times), `y = x + (1 - 2 f) (smoothed - x)`: 0 gives the smoothed image, 0.5 the
    image itself, 1 a sharper one.

    Args:
        factor: Float in [0, 1], f for the interval [0, f]; or the two ends.
        value_range: Pair of numbers, the least and the greatest value of the images.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        seed: Optional int, for the same numbers in every run.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If the factor is out of range.

    Example:

    >>> layer = kerajax.layers.RandomSharpness((0.0, 0.0))
    >>> dot = np.zeros((3, 3, 1))
    >>> dot[1, 1] = 130.0
    >>> print(layer(dot, training=True)[1].ravel().round())
    [10. 50. 10.]
    """

    _draws_always = True

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = interval(factor, "factor", self, 0, 1)
        self.value_range = pair_of_values(value_range, self)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        return {"factor": random_uniform(shape[:1], self.factor, seed)}

    def _transform_images(self, images, transformation, interpolation):
        sharpness = ops.cast(per_image(transformation["factor"], images) * 2, images.dtype)
        smoothed = _smoothed(images, self._spatial_axes)
        return ops.clip(images + (1.0 - sharpness) * (smoothed - images), *self.value_range)


def _smoothed(images, axes):
    """The means over 3 x 3 pixels, the middle one counting five times; zeros stand outside."""
    share = images / 13
    total = share
    for axis in axes:
        borders = [(0, 0)] * 4
        borders[axis] = (1, 1)
        total = _sum_of_neighbours(ops.pad(total, borders), axis, images.shape[axis])
    return total + 4 * share


def _sum_of_neighbours(padded, axis, n):
    window = [slice(None)] * 4
    total = 0
    for start in range(3):
        window[axis] = slice(start, start + n)
        total = total + padded[tuple(window)]
    return total
