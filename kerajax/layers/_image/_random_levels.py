"""Random changes of the single values: inverted, solarized, or with fewer bits."""

from kerajax import ops, random
from kerajax.layers._image._arguments import interval, pair_of_values, rescaled
from kerajax.layers._image._image_layer import ColorLayer, happens, per_image, random_uniform
from kerajax.objects import publish

_BITS = 8


@publish("keras.layers.RandomInvert")
class RandomInvert(ColorLayer):
    """In training, makes negatives of some of the images: `brightest - x`.

    Args:
        factor: Float in [0, 1], or a pair: the interval from which the chance of each image is
            drawn; 1.0 is the interval [0, 1].
        value_range: Pair of numbers, the darkest and the brightest value of the images.
        seed: Optional int, for the same numbers in every run.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If the factor is out of range.

    Example:

    >>> image = np.array([[[0.0], [55.0]]])
    >>> kerajax.layers.RandomInvert((1.0, 1.0))(image, training=True).ravel().tolist()
    [255.0, 200.0]
    """

    def __init__(self, factor=1.0, value_range=(0, 255), seed=None, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = interval(factor, "factor", self, 0, 1)
        self.value_range = value_range
        self._set_seed(seed)

    def _draw(self, shape, seed):
        return {"apply_inversion": happens(shape, seed, self.factor)}

    def _transform_images(self, images, transformation, interpolation):
        inverted = per_image(transformation["apply_inversion"], images)
        return ops.where(inverted, self.value_range[1] - images, images)


@publish("keras.layers.RandomPosterization")
class RandomPosterization(ColorLayer):
    """In training, keeps only the highest bits of the values, seen as numbers of 8 bits.

    Args:
        factor: Int from 1 to 8, or two: how many bits are kept, drawn for each image from
            `factor[0], ..., factor[1] - 1`; a number f is the pair (1, f).
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

    >>> image = np.array([[[100.0], [200.0]]])
    >>> kerajax.layers.RandomPosterization((2, 2))(image, training=True).ravel().tolist()
    [64.0, 192.0]
    """

    _draws_always = True

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = interval(factor, "factor", self, 1, _BITS)
        self.value_range = pair_of_values(value_range, self)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        least, most = self.factor
        if least == most:
            bits = ops.full(shape[:1], least, dtype="uint8")
        else:
            bits = random.randint(shape[:1], least, most, dtype="uint8", seed=seed)
        return {"shift_factor": ops.cast(_BITS - bits, "uint8")}

    def _transform_images(self, images, transformation, interpolation):
        shift = per_image(transformation["shift_factor"], images)
        values = ops.cast(rescaled(images, self.value_range, (0, 255)), "uint8")
        values = ops.left_shift(ops.right_shift(values, shift), shift)
        return rescaled(ops.cast(values, self.compute_dtype), (0, 255), self.value_range)


@publish("keras.layers.Solarization")
class Solarization(ColorLayer):
    """In training, adds a random number to the values of an image and inverts the bright ones.

    In the range [0, 255], `y = clip(x + addition)` stays where it is below the threshold and
    becomes `255 - y` elsewhere, as on overexposed film. Both numbers are drawn for each image.

    Args:
        addition_factor: Float in [0, 1], f for the interval [0, f] in parts of 255; or two ends.
        threshold_factor: The same for the threshold.
        value_range: Pair of numbers, the darkest and the brightest value of the images.
        seed: Optional int, for the same numbers in every run.
        **kwargs: `data_format`, `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`; or a dict with
        such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If a factor is out of range.

    Example:

    >>> image = np.array([[[0.0], [55.0]]])
    >>> kerajax.layers.Solarization()(image, training=True).ravel().tolist()
    [255.0, 200.0]
    """

    def __init__(
        self,
        addition_factor=0.0,
        threshold_factor=0.0,
        value_range=(0, 255),
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.addition_factor = interval(addition_factor, "addition_factor", self, 0, 1, both=True)
        self.threshold_factor = interval(
            threshold_factor, "threshold_factor", self, 0, 1, both=True
        )
        self.value_range = pair_of_values(value_range, self)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        drawn = {}
        for name in ("addition", "threshold"):
            low, high = getattr(self, f"{name}_factor")
            # The lower end is no part of 255 in Keras, and the same seed gives the same numbers.
            ends = (low, high * 255)
            size = (shape[0], 1, 1, 1)
            drawn[f"{name}s"] = random_uniform(size, ends, seed, self.compute_dtype)
        return drawn

    def _transform_images(self, images, transformation, interpolation):
        images = rescaled(images, self.value_range, (0, 255))
        moved = ops.clip(images + transformation["additions"], 0, 255)
        solarized = ops.where(moved < transformation["thresholds"], moved, 255 - moved)
        return rescaled(solarized, (0, 255), self.value_range)
