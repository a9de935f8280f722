"""A fixed number of bounding boxes for every image."""

from kerajax import ops
from kerajax._checks import non_negative_int
from kerajax.layers._image._image_layer import ImageLayer
from kerajax.objects import publish


@publish("keras.layers.MaxNumBoundingBoxes")
class MaxNumBoundingBoxes(ImageLayer):
    """Cuts off or fills up the bounding boxes of each image, so that all have the same number.

    Args:
        max_number: Int. Boxes of each image; more are dropped.
        fill_value: Int. Coordinates and label of the boxes that are added.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input: a dict with `"images"` and `"bounding_boxes"`, a dict of `"boxes"` `(batch, n, 4)` and
        `"labels"` `(batch, n)`, or of one image without the batch axis.
    Output: the same with `max_number` for n; the images in `compute_dtype`.

    Raises:
        ValueError: If `max_number` is negative.

    Example:

    >>> layer = kerajax.layers.MaxNumBoundingBoxes(2, bounding_box_format="xyxy")
    >>> boxes = {"boxes": np.ones((1, 1, 4)), "labels": np.array([[3]])}
    >>> data = layer({"images": np.ones((1, 4, 4, 3)), "bounding_boxes": boxes})
    >>> data["bounding_boxes"]["labels"].tolist()
    [[3, -1]]
    """

    _applies_always = True
    _config_skip = frozenset(("fill_value",))

    def __init__(self, max_number, fill_value=-1, **kwargs):
        super().__init__(**kwargs)
        self.max_number = non_negative_int(int(max_number), "max_number", self)
        self.fill_value = int(fill_value)

    def _transform_images(self, images, transformation, interpolation):
        return images

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks, unchanged."""
        return segmentation_masks

    def transform_bounding_boxes(self, bounding_boxes, transformation=None, training=True):
        """The first `max_number` boxes, filled up where there are fewer."""
        return {
            name: self._fitted(value) if name in ("boxes", "labels") else value
            for name, value in bounding_boxes.items()
        }

    def _fitted(self, values):
        values = values[:, : self.max_number]
        borders = [(0, 0)] * len(values.shape)
        borders[1] = (0, self.max_number - values.shape[1])
        return ops.pad(values, borders, constant_values=self.fill_value)

    def _base_config(self):
        config = super()._base_config()
        # Keras writes no fill value, and so reads its own files with the default one.
        return config if self.fill_value == -1 else {**config, "fill_value": self.fill_value}
