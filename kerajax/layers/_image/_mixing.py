"""Images mixed with others of their batch: MixUp and CutMix."""

from kerajax import ops, random
from kerajax._checks import positive_float
from kerajax.layers._image._arguments import interval
from kerajax.layers._image._image_layer import ImageLayer, random_uniform
from kerajax.layers._image._random_region import inside, random_span
from kerajax.objects import publish


def _mixed(values, transformation):
    """Each entry blended with its partner by the entry's own weight."""
    weight = ops.convert_to_tensor(transformation["mix_weight"])
    weight = ops.reshape(weight, (-1, *[1] * (len(values.shape) - 1)))
    if "float" in str(values.dtype):
        weight = ops.cast(weight, values.dtype)
    return weight * values + (1.0 - weight) * _partners(values, transformation)


def _partners(values, transformation):
    return ops.take(values, ops.convert_to_tensor(transformation["permutation_order"]), axis=0)


@publish("keras.layers.MixUp")
class MixUp(ImageLayer):
    """In training, blends each image of a batch with another one, and their labels as well.

    With w drawn for each image from the Beta distribution (alpha, alpha), `y = w x + (1 - w) x'`.
    Labels must be one-hot or probabilities. Boxes of both images are kept, one after the other.

    Args:
        alpha: Float > 0. Small numbers make blends rare, 1 makes every w equally likely.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        seed: Optional int, for the same numbers in every run.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(batch, height, width, channels)`, or with the channels first; or a dict with such
        images. A single image stays as it is.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If `alpha` is not above 0.

    Example:

    >>> data = {"images": np.ones((2, 4, 4, 3)), "labels": np.eye(2)}
    >>> mixed = kerajax.layers.MixUp(seed=1)(data, training=True)
    >>> print(mixed["labels"].sum(axis=1))
    [1. 1.]

    Reference:
        Zhang et al., 2017, "mixup: Beyond Empirical Risk Minimization",
        https://arxiv.org/abs/1710.09412
    """

    _draws_always = True

    def __init__(self, alpha=0.2, data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.alpha = positive_float(alpha, "alpha", self)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        order = random.shuffle(ops.arange(shape[0], dtype="int32"), seed=seed)
        weight = random.beta(shape[:1], self.alpha, self.alpha, seed=seed)
        return {"mix_weight": weight, "permutation_order": order}

    def _transform_images(self, images, transformation, interpolation):
        weight = ops.reshape(ops.convert_to_tensor(transformation["mix_weight"]), (-1, 1, 1, 1))
        weight = ops.cast(weight, images.dtype)
        return weight * images + (1.0 - weight) * _partners(images, transformation)

    def transform_labels(self, labels, transformation=None, training=True):
        """The labels, blended as the images are."""
        return _mixed(labels, transformation) if training else labels

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks, blended as the images are; give them one channel for each class."""
        return _mixed(segmentation_masks, transformation) if training else segmentation_masks

    def transform_bounding_boxes(self, bounding_boxes, transformation=None, training=True):
        """The boxes of each image and then those of its partner."""
        if not training:
            return bounding_boxes
        axes = {"boxes": 1, "labels": -1}
        return {
            name: ops.concatenate([value, _partners(value, transformation)], axis=axes[name])
            if name in axes
            else value
            for name, value in bounding_boxes.items()
        }


@publish("keras.layers.CutMix")
class CutMix(ImageLayer):
    """In training, replaces a box of each image by the same box of another image of its batch.

    Labels, one-hot or probabilities, are blended in the parts of the area.

    Args:
        factor: Float in [0, 1], a for the interval [0, a], or the two ends: the interval from
            which the parameter of the Beta distribution of the areas is drawn, once for a batch.
        seed: Optional int, for the same numbers in every run.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, height, width, channels)`, or with the channels first; or a dict with such
        images. A single image stays as it is.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If the factor is out of range.
        NotImplementedError: For bounding boxes, which would have to be cut.

    Example:

    >>> data = {"images": np.ones((2, 4, 4, 3)), "labels": np.eye(2)}
    >>> mixed = kerajax.layers.CutMix(seed=1)(data, training=True)
    >>> print(mixed["labels"].sum(axis=1))
    [1. 1.]

    Reference:
        Yun et al., 2019, "CutMix: Regularization Strategy to Train Strong Classifiers with
        Localizable Features", https://arxiv.org/abs/1905.04899
    """

    def __init__(self, factor=1.0, seed=None, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = interval(factor, "factor", self, 0, 1)
        self._set_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """Draws boxes and partners; None for a single image, which has no partner."""
        images = data["images"] if isinstance(data, dict) else data
        if len(images.shape) == 3:
            return None
        return super().get_random_transformation(data, training, seed)

    def _draw(self, shape, seed):
        dtype, (height, width) = self.compute_dtype, self._size(shape)
        alpha = random_uniform((), self.factor, seed, dtype) + 1e-6
        kept = random.beta(shape[:1], alpha, alpha, dtype=dtype, seed=seed)
        side = ops.sqrt(1.0 - kept)
        columns = random_span(width, side, seed, dtype)
        rows = random_span(height, side, seed, dtype)
        area = (columns[1] - columns[0]) * (rows[1] - rows[0]) / (width * height)
        return {
            "permutation_order": random.shuffle(ops.arange(shape[0], dtype="int32"), seed=seed),
            "batch_masks": inside(rows, columns, (height, width), self.data_format),
            "mix_weight": ops.reshape(1.0 - area, (-1, 1, 1, 1)),
        }

    def _transform_images(self, images, transformation, interpolation):
        partners = _partners(images, transformation)
        return ops.where(transformation["batch_masks"], partners, images)

    def transform_labels(self, labels, transformation=None, training=True):
        """The labels, blended in the parts of the area."""
        applies = self._applies(transformation, training)
        return _mixed(labels, transformation) if applies else labels

    def transform_bounding_boxes(self, bounding_boxes, transformation=None, training=True):
        """Raises: a box of an image may lie half inside of what is replaced.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            f"{type(self).__name__} layer '{self.name}' does not transform bounding boxes. Use "
            "`MixUp`, which keeps those of both images."
        )
