"""Random mirror images."""

from kerajax import ops
from kerajax._checks import one_of
from kerajax.layers._image._image_layer import ImageLayer, per_image, random_uniform
from kerajax.objects import publish

_MODES = ("horizontal", "vertical", "horizontal_and_vertical")


@publish("keras.layers.RandomFlip")
class RandomFlip(ImageLayer):
    """In training, mirrors half of the images.

    With `"horizontal_and_vertical"` one coin decides about both, so that an image is turned by half
    a circle or stays as it is; chain two layers for all four cases.

    Args:
        mode: `"horizontal"` (left and right change places), `"vertical"`, or
            `"horizontal_and_vertical"`.
        seed: Optional int, for the same numbers in every run.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If `mode` is none of these.

    Example:

    >>> image = np.array([[[1.0], [2.0]]])
    >>> layer = kerajax.layers.RandomFlip("horizontal", seed=3)
    >>> sorted({tuple(layer(image, training=True).ravel().tolist()) for _ in range(9)})
    [(1.0, 2.0), (2.0, 1.0)]
    """

    def __init__(self, mode="horizontal_and_vertical", seed=None, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.mode = one_of(mode, "mode", self, _MODES)
        self._set_seed(seed)

    def _draw(self, shape, seed):
        flips = random_uniform((shape[0], 1, 1, 1), (0.0, 1.0), seed) <= 0.5
        return {"flips": flips, "input_shape": shape}

    def _transform_images(self, images, transformation, interpolation):
        rows, columns = (-3, -2) if self.data_format == "channels_last" else (-2, -1)
        axes = [columns] * ("horizontal" in self.mode) + [rows] * ("vertical" in self.mode)
        return ops.where(per_image(transformation["flips"], images), ops.flip(images, axes), images)

    def _move_boxes(self, boxes, transformation, size):
        left, top, right, bottom = ops.unstack(boxes, axis=-1)
        if "horizontal" in self.mode:
            left, right = size[1] - right, size[1] - left
        if "vertical" in self.mode:
            top, bottom = size[0] - bottom, size[0] - top
        mirrored = ops.stack([left, top, right, bottom], axis=-1)
        flips = ops.reshape(transformation["flips"], (-1, 1, 1))
        return ops.where(flips, mirrored, boxes)
