"""ImageLayer, the base of all image layers: draw a transformation, then apply it to every part.

A layer takes images alone, or a dict that may hold labels, bounding boxes and segmentation masks
beside them, for one image or for a batch. Subclasses, users' ones too, override the public
methods: `get_random_transformation` draws, the `transform_...` methods apply to batches.
"""

from kerajax import ops, random
from kerajax._checks import described
from kerajax.backend import standardize_data_format
from kerajax.layers._base import Layer
from kerajax.layers._image._boxes import dense_boxes, moved_boxes

# The parts of an input, in the order in which they are transformed, and the name of a single one.
_PARTS = {
    "images": "image",
    "bounding_boxes": "bounding_box",
    "labels": "label",
    "segmentation_masks": "segmentation_mask",
}


class ImageLayer(Layer):
    """Base of the image layers.

    What is drawn is a dict, or None where there is nothing to draw. Subclasses here write `_draw`
    and `_transform_images`; those that move pixels about write `_move_boxes` too.

    Args:
        bounding_box_format: Format of the bounding boxes in inputs, such as `"xyxy"`; see
            `kerajax.utils.bounding_boxes.convert_format`.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.
    """

    # Whether inference transforms as training does, for layers without chance.
    _applies_always = False
    # Whether the seed moves on at inference as well; it does in these layers of Keras.
    _draws_always = False
    interpolation = "bilinear"

    def __init__(self, bounding_box_format=None, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.bounding_box_format = bounding_box_format
        self.data_format = standardize_data_format(data_format)
        # Boxes keep their precision where images are computed in half of it.
        self._convert_input_args = False

    def _set_seed(self, seed):
        self.seed = seed
        self.generator = random.SeedGenerator(seed)

    def call(self, data, training=True):
        transformation = self.get_random_transformation(data, training=training)
        if not isinstance(data, dict):
            return self._transformed("images", data, len(data.shape) == 4, transformation, training)
        is_batch = len(_image_shape(data, self)) == 4
        outputs = dict(data)
        for part in _PARTS:
            if part in data:
                value = self._boxes_of(data) if part == "bounding_boxes" else data[part]
                outputs[part] = self._transformed(part, value, is_batch, transformation, training)
        return outputs

    def _transformed(self, part, value, is_batch, transformation, training):
        method = f"transform_{part}" if is_batch else f"transform_single_{_PARTS[part]}"
        if part != "bounding_boxes":
            value = ops.convert_to_tensor(value)
        return getattr(self, method)(value, transformation=transformation, training=training)

    def _boxes_of(self, data):
        if not self.bounding_box_format:
            raise ValueError(
                f"{described(self)} received an input with a 'bounding_boxes' key, but does not "
                "know their format. Pass a `bounding_box_format` argument to the layer, e.g. "
                "`bounding_box_format='xyxy'`."
            )
        return dense_boxes(data["bounding_boxes"], self)

    def compute_output_spec(self, *args, **kwargs):
        """The outputs for symbolic inputs."""
        return self._traced_output_spec(*args, **kwargs)

    def get_random_transformation(self, data, training=True, seed=None):
        """Draws what the `transform_...` methods then apply.

        Args:
            data: Images, or a dict with `"images"`.
            training: Bool. Without training most layers draw nothing.
            seed: Int, `SeedGenerator` or None for the layer's own generator.

        Returns:
            Dict, or None where there is nothing to draw.
        """
        shape = _image_shape(data, self)
        if not (training or self._draws_always or self._applies_always):
            return None
        shape = shape if len(shape) == 4 else (1, *shape)
        return self._draw(shape, getattr(self, "generator", None) if seed is None else seed)

    def _draw(self, shape, seed):
        """Draws for images of a shape that has a batch axis."""
        return None

    def _applies(self, transformation, training):
        return self._applies_always or (training and transformation is not None)

    def transform_images(self, images, transformation=None, training=True):
        """The images, in the compute dtype."""
        images = ops.cast(images, self.compute_dtype)
        if self._applies(transformation, training):
            images = self._transform_images(images, transformation, self.interpolation)
        return images

    def _transform_images(self, images, transformation, interpolation):
        raise NotImplementedError(
            f"{type(self).__name__} transforms no images. Define `transform_images(self, images, "
            "transformation, training=True)` in the class."
        )

    def transform_labels(self, labels, transformation=None, training=True):
        """The labels; unchanged unless the layer mixes images."""
        return labels

    def transform_bounding_boxes(self, bounding_boxes, transformation=None, training=True):
        """The bounding boxes, a dict of `"boxes"` `(batch, boxes, 4)` and `"labels"`.

        Boxes are cut off at the borders; what is left without area gets the label -1.
        """
        if not self._applies(transformation, training):
            return bounding_boxes
        size = self._size(transformation["input_shape"])
        return moved_boxes(
            bounding_boxes,
            self.bounding_box_format,
            size,
            self._output_size(size),
            lambda boxes: self._move_boxes(boxes, transformation, size),
        )

    def _move_boxes(self, boxes, transformation, size):
        """Boxes `(left, top, right, bottom)`, in pixels, of images of `size`."""
        return boxes

    def _size(self, shape):
        """Height and width in a shape of images."""
        axes = (-3, -2) if self.data_format == "channels_last" else (-2, -1)
        return tuple(shape[axis] for axis in axes)

    def _output_size(self, size):
        return size

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks, moved as the images are, each pixel with one of the values there were."""
        if not self._applies(transformation, training):
            return segmentation_masks
        return self._transform_images(segmentation_masks, transformation, "nearest")

    def transform_single_image(self, image, transformation=None, training=True):
        """`transform_images` for one image."""
        images = ops.expand_dims(image, 0)
        return ops.squeeze(self.transform_images(images, transformation, training), 0)

    def transform_single_label(self, label, transformation=None, training=True):
        """`transform_labels` for the label of one image."""
        labels = ops.expand_dims(label, 0)
        return ops.squeeze(self.transform_labels(labels, transformation, training), 0)

    def transform_single_bounding_box(self, bounding_box, transformation=None, training=True):
        """`transform_bounding_boxes` for the boxes of one image."""
        boxes = {name: ops.expand_dims(value, 0) for name, value in bounding_box.items()}
        boxes = self.transform_bounding_boxes(boxes, transformation, training)
        return {name: ops.squeeze(value, 0) for name, value in boxes.items()}

    def transform_single_segmentation_mask(
        self, segmentation_mask, transformation=None, training=True
    ):
        """`transform_segmentation_masks` for the mask of one image."""
        masks = ops.expand_dims(segmentation_mask, 0)
        return ops.squeeze(self.transform_segmentation_masks(masks, transformation, training), 0)

    def _base_config(self):
        config = {**super()._base_config(), "data_format": self.data_format}
        if self.bounding_box_format is not None:
            config["bounding_box_format"] = self.bounding_box_format
        return config


class ColorLayer(ImageLayer):
    """Base of the layers that change values and leave every pixel in its place."""

    def transform_bounding_boxes(self, bounding_boxes, transformation=None, training=True):
        """The boxes, unchanged."""
        return bounding_boxes

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """The masks, unchanged."""
        return segmentation_masks

    @property
    def _channel_axis(self):
        return -1 if self.data_format == "channels_last" else -3

    @property
    def _spatial_axes(self):
        return (-3, -2) if self.data_format == "channels_last" else (-2, -1)


def per_image(values, images):
    """One value for each image, so that it broadcasts to the images."""
    return ops.reshape(values, (-1, *[1] * (len(images.shape) - 1)))


def happens(shape, seed, chances):
    """For each image of a batch whether a thing happens, with a chance drawn from an interval."""
    chance = random_uniform(shape[:1], chances, seed)
    return random_uniform(shape[:1], (0.0, 1.0), seed) < chance


def random_uniform(shape, ends, seed, dtype=None):
    """Even draws between two ends."""
    return random.uniform(shape, minval=ends[0], maxval=ends[1], dtype=dtype, seed=seed)


def _image_shape(data, layer):
    """The shape of the images in `data`, which are one or a batch."""
    shape = tuple(ops.shape(data["images"] if isinstance(data, dict) else data))
    if len(shape) not in (3, 4):
        raise ValueError(
            f"{described(layer)}: Expected the input image to be rank 3 or 4 (a single image or a "
            f"batch of images). Received: images.shape={shape}."
        )
    return shape
