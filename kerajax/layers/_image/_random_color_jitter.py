"""Random brightness, contrast, saturation and hue, one after the other."""

from kerajax.layers._image._image_layer import ColorLayer
from kerajax.layers._image._random_color import RandomHue, RandomSaturation
from kerajax.layers._image._random_light import RandomBrightness, RandomContrast
from kerajax.objects import publish

_LAYERS = {
    "brightness": RandomBrightness,
    "contrast": RandomContrast,
    "saturation": RandomSaturation,
    "hue": RandomHue,
}


@publish("keras.layers.RandomColorJitter")
class RandomColorJitter(ColorLayer):
    """In training, changes brightness, contrast, saturation and hue of images, in this order.

    A factor that is None leaves its step out.

    Args:
        value_range: Pair of numbers, the least and the greatest value of the images.
        brightness_factor: Factor as for `RandomBrightness`.
        contrast_factor: Factor as for `RandomContrast`.
        saturation_factor: Factor as for `RandomSaturation`.
        hue_factor: Factor as for `RandomHue`.
        seed: Optional int, for the same numbers in every run.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, 3)` or `(batch, height, width, 3)`, or with the channels first;
        or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If a factor is out of range.

    Example:

    >>> layer = kerajax.layers.RandomColorJitter((0, 1), brightness_factor=0.2, hue_factor=0.1)
    >>> layer(np.ones((2, 4, 4, 3)), training=True).shape
    (2, 4, 4, 3)
    """

    def __init__(
        self,
        value_range=(0, 255),
        brightness_factor=None,
        contrast_factor=None,
        saturation_factor=None,
        hue_factor=None,
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = value_range
        self.brightness_factor = brightness_factor
        self.contrast_factor = contrast_factor
        self.saturation_factor = saturation_factor
        self.hue_factor = hue_factor
        self._set_seed(seed)
        for name, layer in _LAYERS.items():
            factor = getattr(self, f"{name}_factor")
            options = {"value_range": value_range, "seed": seed, "data_format": data_format}
            options["dtype"] = self.dtype_policy
            step = None if factor is None else layer(factor, **options)
            setattr(self, f"random_{name}", step)

    def build(self, input_shape):
        for step in self._steps.values():
            step.build(input_shape)

    @property
    def _steps(self):
        steps = {name: getattr(self, f"random_{name}") for name in _LAYERS}
        return {name: step for name, step in steps.items() if step is not None}

    def _draw(self, shape, seed):
        return {name: step._draw(shape, seed) for name, step in self._steps.items()}

    def _transform_images(self, images, transformation, interpolation):
        for name, step in self._steps.items():
            images = step.transform_images(images, transformation[name])
        return images
