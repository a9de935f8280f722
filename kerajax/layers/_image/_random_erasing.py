"""Random boxes of images erased."""

from kerajax import ops, random
from kerajax._checks import described
from kerajax.layers._image._arguments import interval
from kerajax.layers._image._image_layer import ColorLayer, happens, per_image, random_uniform
from kerajax.layers._image._random_region import inside, random_span
from kerajax.objects import publish


@publish("keras.layers.RandomErasing")
class RandomErasing(ColorLayer):
    """In training, fills a random box of some of the images with noise or with a color.

    Args:
        factor: Float in [0, 1], or a pair: the interval from which the chance of each image is
            drawn; 1.0 is the interval [0, 1].
        scale: Pair of floats in [0, 1], or s for [0, s]: the sides of a box are the square roots
            of two draws from the interval, in heights and widths of the image.
        fill_value: Number, or one for each of three channels; None for normal noise.
        value_range: Pair of numbers, the least and the greatest value of the images.
        seed: Optional int, for the same numbers in every run.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = kerajax.layers.RandomErasing((1.0, 1.0), scale=(0.25, 0.25), fill_value=0, seed=1)
    >>> image = layer(np.ones((8, 8, 1)), training=True)
    >>> print(image.sum())  # a box of 4 x 4 pixels is gone
    48.0

    Reference:
        Zhong et al., 2017, "Random Erasing Data Augmentation", https://arxiv.org/abs/1708.04896
    """

    def __init__(
        self,
        factor=1.0,
        scale=(0.02, 0.33),
        fill_value=None,
        value_range=(0, 255),
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = interval(factor, "factor", self, 0, 1)
        self.scale = interval(scale, "scale", self, 0, 1)
        is_color = isinstance(fill_value, (list, tuple)) and len(fill_value) == 3
        if not (fill_value is None or is_color or isinstance(fill_value, (int, float))):
            raise ValueError(
                f"{described(self)}: The `fill_value` argument should be a number (or a list of "
                f"three numbers), or None for noise. Received: fill_value={fill_value}"
            )
        self.fill_value = fill_value
        self.value_range = value_range
        self._set_seed(seed)

    def _draw(self, shape, seed):
        dtype = self.compute_dtype
        sides = ops.sqrt(random_uniform((shape[0], 2), self.scale, seed, dtype))
        height, width = self._size(shape)
        columns = random_span(width, sides[:, 0], seed, dtype)
        rows = random_span(height, sides[:, 1], seed, dtype)
        return {
            "batch_masks": inside(rows, columns, (height, width), self.data_format),
            "apply_erasing": happens(shape, seed, self.factor),
            "fill_value": self._fill(shape, seed),
        }

    def _fill(self, shape, seed):
        if self.fill_value is None:
            noise = random.normal(shape, dtype=self.compute_dtype, seed=seed)
            return ops.clip(noise * self.value_range[1], *self.value_range)
        fill = ops.convert_to_tensor(self.fill_value, dtype=self.compute_dtype)
        if len(fill.shape):
            fill = ops.reshape(fill, (3,) if self.data_format == "channels_last" else (3, 1, 1))
        return ops.clip(fill, *self.value_range)

    def _transform_images(self, images, transformation, interpolation):
        erased = ops.where(transformation["batch_masks"], transformation["fill_value"], images)
        erased = ops.cast(erased, images.dtype)
        return ops.where(per_image(transformation["apply_erasing"], images), erased, images)
