"""Random elastic distortion."""

from kerajax import ops, random
from kerajax.layers._image._arguments import FILL_MODES, INTERPOLATIONS, interval, mode
from kerajax.layers._image._image_layer import ColorLayer, happens, per_image, random_uniform
from kerajax.objects import publish
from kerajax.ops._image_warp import bend

# Of the larger side of an image, and of the smaller one; both times the distortion that is drawn.
_STRENGTH, _SMOOTHNESS = 0.1, 0.05


@publish("keras.layers.RandomElasticTransform")
class RandomElasticTransform(ColorLayer):
    """In training, bends some of the images by a smooth random field.

    Pixels move little, so that bounding boxes are left as they are; masks are bent with the images.

    Args:
        factor: Float in [0, 1], or a pair: the interval from which the chance of each image is
            drawn; 1.0 is the interval [0, 1].
        scale: Float in [0, 1], s for the interval [0, s], or the two ends: the interval from which
            the strength is drawn, once for a batch.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_mode: What stands outside of `a b c d`: `"reflect"` (`b a | a b c d | d c`), `"mirror"`
            (`c b | a b c d | c b`), `"wrap"` (`c d | a b c d | a b`), `"nearest"`
            (`a a | a b c d | d d`) or `"constant"`.
        fill_value: Number, for `"constant"`.
        value_range: Pair of numbers, the least and the greatest value of the images.
        seed: Optional int, for the same numbers in every run.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If a factor is out of range.
        NotImplementedError: If a mode is none of these.

    Example:

    >>> layer = kerajax.layers.RandomElasticTransform(seed=1)
    >>> layer(np.ones((2, 8, 8, 3)), training=True).shape
    (2, 8, 8, 3)

    Reference:
        Simard, Steinkraus and Platt, 2003, "Best Practices for Convolutional Neural Networks
        Applied to Visual Document Analysis", https://doi.org/10.1109/ICDAR.2003.1227801
    """

    def __init__(
        self,
        factor=1.0,
        scale=1.0,
        interpolation="bilinear",
        fill_mode="reflect",
        fill_value=0.0,
        value_range=(0, 255),
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = interval(factor, "factor", self, 0, 1)
        self.scale = interval(scale, "scale", self, 0, 1)
        self.interpolation = mode(interpolation, "interpolation", self, INTERPOLATIONS)
        self.fill_mode = mode(fill_mode, "fill_mode", self, (*FILL_MODES, "mirror"))
        self.fill_value = fill_value
        self.value_range = value_range
        self._set_seed(seed)

    def _draw(self, shape, seed):
        if self.scale[1] == 0 or self.factor[1] == 0:
            return None
        applies = happens(shape, seed, self.factor)
        strength = random_uniform((), self.scale, seed, self.compute_dtype)
        # One draw of the field for images and masks.
        field = random.draw_seed(seed)
        return {"apply_transform": applies, "distortion_factor": strength, "seed": field}

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks, bent as the images are."""
        if not self._applies(transformation, training):
            return segmentation_masks
        return self._bent(segmentation_masks, transformation, "nearest")

    def _transform_images(self, images, transformation, interpolation):
        return ops.clip(self._bent(images, transformation, interpolation), *self.value_range)

    def _bent(self, images, transformation, interpolation):
        size, strength = self._size(images.shape), transformation["distortion_factor"]
        bent = bend(
            images,
            max(size) * (_STRENGTH * strength),
            min(size) * (_SMOOTHNESS * strength),
            largest_sigma=min(size) * _SMOOTHNESS * self.scale[1],
            interpolation=interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            seed=transformation["seed"],
            data_format=self.data_format,
        )
        return ops.where(per_image(transformation["apply_transform"], images), bent, images)
