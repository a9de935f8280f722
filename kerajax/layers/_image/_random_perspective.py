"""Random perspective."""

from kerajax import ops
from kerajax._checks import unit_interval
from kerajax.layers._image._arguments import INTERPOLATIONS, interval, mode
from kerajax.layers._image._boxes import seen_through
from kerajax.layers._image._image_layer import ImageLayer, happens, per_image, random_uniform
from kerajax.objects import publish
from kerajax.ops._image_warp import homography


@publish("keras.layers.RandomPerspective")
class RandomPerspective(ImageLayer):
    """In training, shows some of the images from another point of view.

    The corners of an image move away from the upper left one or towards it, each coordinate by a
    random part of itself, at most `scale / 2`.

    Args:
        factor: Float in [0, 1], or a pair: the interval from which the chance of each image is
            drawn; 1.0 is the interval [0, 1].
        scale: Float in [0, 1]. How strong the effect can be.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_value: Number: what stands outside of the images.
        seed: Optional int, for the same numbers in every run.
        data_format: `"channels_last"`, `"channels_first"` or None for the configured one.
        **kwargs: `bounding_box_format` and arguments of every layer.

    Input shape: `(height, width, channels)` or `(batch, height, width, channels)`, or with the
        channels first; or a dict with such images.
    Output shape: that of the input, dtype `compute_dtype`.

    Raises:
        ValueError: If an argument is out of range.
        NotImplementedError: If `interpolation` is none of these.

    Example:

    >>> layer = kerajax.layers.RandomPerspective(scale=0.5, seed=1)
    >>> layer(np.ones((2, 8, 8, 3)), training=True).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        factor=1.0,
        scale=1.0,
        interpolation="bilinear",
        fill_value=0.0,
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = interval(factor, "factor", self, 0, 1)
        self.scale = unit_interval(scale, "scale", self)
        self.interpolation = mode(interpolation, "interpolation", self, INTERPOLATIONS)
        self.fill_value = fill_value
        self._set_seed(seed)

    def _draw(self, shape, seed):
        height, width = self._size(shape)
        applies = happens(shape, seed, self.factor)
        ends, dtype = (-0.5 * self.scale, 0.5 * self.scale), self.compute_dtype
        moves = random_uniform((shape[0], 4, 2), ends, seed, dtype)
        corners = [[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]]
        start = ops.broadcast_to(ops.convert_to_tensor(corners, dtype=dtype), moves.shape)
        return {
            "apply_perspective": applies,
            "start_points": start,
            "end_points": start + start * moves,
            "input_shape": shape,
        }

    def _transform_images(self, images, transformation, interpolation):
        seen = ops.image.perspective_transform(
            images,
            transformation["start_points"],
            transformation["end_points"],
            interpolation=interpolation,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )
        return ops.where(per_image(transformation["apply_perspective"], images), seen, images)

    def _move_boxes(self, boxes, transformation, size):
        start, end = (
            ops.convert_to_tensor(transformation[name], dtype="float32")
            for name in ("start_points", "end_points")
        )
        applies = ops.reshape(transformation["apply_perspective"], (-1, 1, 1))
        return ops.where(applies, seen_through(boxes, homography(start, end)), boxes)
