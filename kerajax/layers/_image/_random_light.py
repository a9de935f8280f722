"""Random brightness and contrast."""

from kerajax import ops
from kerajax.layers._image._arguments import interval, pair_of_values
from kerajax.layers._image._image_layer import ColorLayer, per_image, random_uniform
from kerajax.objects import publish


@publish("keras.layers.RandomBrightness")
class RandomBrightness(ColorLayer):
    """In training, adds one random number to all values of an image.

    The number is drawn for each image from `factor`, in parts of the width of `value_range`;
    results are cut off at the ends of that range.

    Args:
        factor: Float in [-1, 1], f for the interval [-f, f]; or the two ends.
        value_range: Pair of numbers, the darkest and the brightest value of the images.
        seed: Optional int, for the same numbers in every run.
        **kwargs: `data_format`, `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`; or a dict with
        such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If the factor is out of range.

    Example:

    >>> layer = kerajax.layers.RandomBrightness((0.2, 0.2), value_range=(0, 1))
    >>> image = np.array([[[0.1], [0.9]]])
    >>> print(layer(image, training=True).ravel().round(3))
    [0.3 1. ]
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(**kwargs)
        self.factor = interval(factor or 0.0, "factor", self, -1, 1)
        self.value_range = pair_of_values(value_range, self)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        part = random_uniform((shape[0], 1, 1, 1), self.factor, seed)
        return {"rgb_delta": part * (self.value_range[1] - self.value_range[0])}

    def _transform_images(self, images, transformation, interpolation):
        delta = ops.cast(transformation["rgb_delta"], images.dtype)
        return ops.clip(images + delta, *self.value_range)


@publish("keras.layers.RandomContrast")
class RandomContrast(ColorLayer):
    """In training, moves the values of each channel away from their mean, `(x - mean) c + mean`.

    `c` is drawn for each image from `[1 - lower, 1 + upper]`. As a single number f stands for the
    pair (0, f), it only raises the contrast, as in Keras 3. Results are cut off at the ends of
    `value_range`.

    Args:
        factor: Float in [0, 1], f for the pair (0, f); or the pair (lower, upper).
        value_range: Pair of numbers, the least and the greatest value of the images.
        seed: Optional int, for the same numbers in every run.
        **kwargs: `data_format`, `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`; or a dict with
        such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If the factor is out of range.

    Example:

    >>> image = np.array([[[100.0], [120.0]]])
    >>> layer = kerajax.layers.RandomContrast(0.5, seed=1)
    >>> bool(np.ptp(layer(image, training=True)) > 20)
    True
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(**kwargs)
        self.factor = interval(factor or 0.0, "factor", self, 0, 1)
        self.value_range = value_range
        self._set_seed(seed)

    def _draw(self, shape, seed):
        ends = (1.0 - self.factor[0], 1.0 + self.factor[1])
        drawn = random_uniform((shape[0], 1, 1, 1), ends, seed, self.compute_dtype)
        return {"contrast_factor": drawn}

    def _transform_images(self, images, transformation, interpolation):
        mean = ops.mean(images, axis=self._spatial_axes, keepdims=True)
        contrast = ops.cast(per_image(transformation["contrast_factor"], images), images.dtype)
        return ops.clip((images - mean) * contrast + mean, *self.value_range)
