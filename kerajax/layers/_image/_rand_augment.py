"""RandAugment: a few random augmentations out of eleven."""

from kerajax import ops, random
from kerajax._checks import non_negative_int
from kerajax.layers._image._arguments import interval
from kerajax.layers._image._candidates import apply_chosen, make_candidates
from kerajax.layers._image._image_layer import ImageLayer
from kerajax.objects import publish

_NAMES = (
    "random_shear",
    "random_translation",
    "random_rotation",
    "random_brightness",
    "random_color_degeneration",
    "random_contrast",
    "random_sharpness",
    "random_posterization",
    "solarization",
    "auto_contrast",
    "equalization",
)


@publish("keras.layers.RandAugment")
class RandAugment(ImageLayer):
    """In training, applies `num_ops` augmentations, each drawn from eleven, to a batch.

    They are shear, translation, rotation, brightness, loss of color, contrast, sharpness,
    posterization, solarization, automatic contrast and equalization.

    Args:
        value_range: Pair of numbers, the least and the greatest value of the images.
        num_ops: Int. How many are applied, one after the other.
        factor: Float in [0, 1], f for the interval [0, f], or the two ends: how strong they are.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: Optional int, for the same numbers in every run.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, 3)` or `(batch, height, width, 3)`, or with the channels first;
        or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> layer = kerajax.layers.RandAugment(seed=1)
    >>> layer(np.ones((2, 8, 8, 3)), training=True).shape
    (2, 8, 8, 3)

    Reference:
        Cubuk et al., 2019, "RandAugment: Practical automated data augmentation with a reduced
        search space", https://arxiv.org/abs/1909.13719
    """

    def __init__(
        self,
        value_range=(0, 255),
        num_ops=2,
        factor=0.5,
        interpolation="bilinear",
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = value_range
        self.num_ops = non_negative_int(num_ops, "num_ops", self)
        self.factor = interval(factor, "factor", self, 0, 1)
        self.interpolation = interpolation
        self._set_seed(seed)
        for name, layer in make_candidates(self, _NAMES).items():
            setattr(self, name, layer)

    def build(self, input_shape):
        for name in _NAMES:
            getattr(self, name).build(input_shape)

    def _draw(self, shape, seed):
        chosen = random.randint((self.num_ops,), 0, len(_NAMES), seed=seed)
        transforms = {name: getattr(self, name)._draw(shape, seed) for name in _NAMES}
        return {"transforms": transforms, "layer_idxes": chosen}

    def _each(self, method, value, transformation):
        layers = [getattr(self, name) for name in _NAMES]
        transforms = [transformation["transforms"][name] for name in _NAMES]
        for i in range(self.num_ops):
            index = transformation["layer_idxes"][i]
            value = apply_chosen(index, layers, transforms, method, value)
        return value

    def _transform_images(self, images, transformation, interpolation):
        return self._each("transform_images", images, transformation)

    def transform_bounding_boxes(self, bounding_boxes, transformation=None, training=True):
        """The boxes, moved by each augmentation that moves pixels."""
        if not self._applies(transformation, training):
            return bounding_boxes
        labels = ops.cast(bounding_boxes["labels"], "int32")
        bounding_boxes = {**bounding_boxes, "labels": labels}
        return self._each("transform_bounding_boxes", bounding_boxes, transformation)

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks, moved as the images are."""
        if not self._applies(transformation, training):
            return segmentation_masks
        return self._each("transform_segmentation_masks", segmentation_masks, transformation)
