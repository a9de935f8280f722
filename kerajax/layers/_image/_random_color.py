"""Random hue, saturation, loss of color, and gray."""

from kerajax import ops
from kerajax._checks import unit_interval
from kerajax.backend import epsilon
from kerajax.layers._image._arguments import interval, pair_of_values, rescaled
from kerajax.layers._image._image_layer import ColorLayer, random_uniform
from kerajax.objects import publish


@publish("keras.layers.RandomHue")
class RandomHue(ColorLayer):
    """In training, turns the colors of an image round the color circle.

    The angle is drawn for each image from `factor`, in half circles, and goes either way.

    Args:
        factor: Float in [0, 1], f for the interval [0, f]; or the two ends.
        value_range: Pair of numbers, the least and the greatest value of the images.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        seed: Optional int, for the same numbers in every run.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, 3)` or `(batch, height, width, 3)`, or with the channels first;
        or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If the factor is out of range, or there are not three channels.

    Example:

    >>> red = np.array([[[255.0, 0.0, 0.0]]])
    >>> halfway = kerajax.layers.RandomHue((1.0, 1.0))(red, training=True)
    >>> print(np.asarray(halfway).ravel().round())
    [  0. 255. 255.]
    """

    _draws_always = True

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = interval(factor, "factor", self, 0, 1)
        self.value_range = value_range
        self._set_seed(seed)

    def _draw(self, shape, seed):
        size = shape[:1]
        sign = ops.where(random_uniform(size, (0.0, 1.0), seed) > 0.5, -1.0, 1.0)
        return {"factor": sign * random_uniform(size, self.factor, seed) * 0.5}

    def _transform_images(self, images, transformation, interpolation):
        images = rescaled(images, self.value_range, (0, 1))
        hsv = ops.image.rgb_to_hsv(images, data_format=self.data_format)
        hue, saturation, value = ops.unstack(hsv, axis=self._channel_axis)
        turn = ops.cast(transformation["factor"], images.dtype)[:, None, None]
        hue = hue + turn
        hue = ops.where(hue > 1, hue - 1, hue)
        hue = ops.where(hue < 0, hue + 1, hue)
        hsv = ops.stack([hue, saturation, value], axis=self._channel_axis)
        images = ops.clip(ops.image.hsv_to_rgb(hsv, data_format=self.data_format), 0, 1)
        return rescaled(images, (0, 1), self.value_range)


@publish("keras.layers.RandomSaturation")
class RandomSaturation(ColorLayer):
    """In training, multiplies the saturation of an image by a random number.

    For f drawn for each image from `factor` it is `f / (1 - f)`: 0.5 leaves the image as it is, 0
    makes it gray, 1 gives the purest colors.

    Args:
        factor: Float in [0, 1]; or the two ends of an interval.
        value_range: Pair of numbers, the least and the greatest value of the images.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        seed: Optional int, for the same numbers in every run.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, 3)` or `(batch, height, width, 3)`, or with the channels first;
        or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If the factor is out of range, or there are not three channels.

    Example:

    >>> image = np.array([[[0.8, 0.4, 0.2]]], "float32")
    >>> gray = kerajax.layers.RandomSaturation((0.0, 0.0), (0, 1))(image, training=True)
    >>> print(gray.ravel().round(3))
    [0.8 0.8 0.8]
    """

    _draws_always = True

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = interval(factor, "factor", self, -1, 1)
        self.value_range = pair_of_values(value_range, self)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        drawn = random_uniform(shape[:1], self.factor, seed)
        return {"factor": drawn / (1 - drawn + epsilon())}

    def _transform_images(self, images, transformation, interpolation):
        hsv = ops.image.rgb_to_hsv(images, data_format=self.data_format)
        hue, saturation, value = ops.unstack(hsv, axis=self._channel_axis)
        factor = ops.cast(transformation["factor"], self.compute_dtype)[:, None, None]
        saturation = ops.clip(saturation * factor, *self.value_range)
        hsv = ops.stack([hue, saturation, value], axis=self._channel_axis)
        return ops.image.hsv_to_rgb(hsv, data_format=self.data_format)


@publish("keras.layers.RandomColorDegeneration")
class RandomColorDegeneration(ColorLayer):
    """In training, takes part of the color from an image: `x + f (gray - x)`.

    Args:
        factor: Float in [0, 1], or the two ends of the interval that f is drawn from: 0 keeps the
            image, 1 makes it gray.
        value_range: Pair of numbers, the least and the greatest value of the images.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        seed: Optional int, for the same numbers in every run.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, 3)` or `(batch, height, width, 3)`, or with the channels first;
        or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If the factor is out of range, or there are not three channels.

    Example:

    >>> red = np.array([[[255.0, 0.0, 0.0]]])
    >>> gray = kerajax.layers.RandomColorDegeneration((1.0, 1.0))(red, training=True)
    >>> print(gray.ravel().round(2))
    [76.22 76.22 76.22]
    """

    _draws_always = True

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = interval(factor, "factor", self, -1, 1)
        self.value_range = pair_of_values(value_range, self)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        return {"factor": random_uniform((shape[0], 1, 1, 1), self.factor, seed)}

    def _transform_images(self, images, transformation, interpolation):
        factor = ops.cast(transformation["factor"], self.compute_dtype)
        gray = ops.image.rgb_to_grayscale(images, data_format=self.data_format)
        return ops.clip(images + factor * (gray - images), *self.value_range)


@publish("keras.layers.RandomGrayscale")
class RandomGrayscale(ColorLayer):
    """In training, makes some of the images gray, with three equal channels.

    Args:
        factor: Float in [0, 1]. The chance for each image.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        seed: Optional int, for the same numbers in every run.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, 3)` or `(batch, height, width, 3)`, or with the channels first;
        or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If `factor` is not in [0, 1].

    Example:

    >>> red = np.array([[[255.0, 0.0, 0.0]]])
    >>> print(kerajax.layers.RandomGrayscale(factor=1.0)(red, training=True).ravel().round(2))
    [76.22 76.22 76.22]
    """

    _draws_always = True
    _config_if_set = frozenset(("seed",))

    def __init__(self, factor=0.5, data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = unit_interval(factor, "factor", self)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        return random_uniform((shape[0], 1, 1, 1), (0.0, 1.0), seed) < self.factor

    def _transform_images(self, images, transformation, interpolation):
        gray = ops.image.rgb_to_grayscale(images, data_format=self.data_format)
        return ops.where(transformation, gray, images)
