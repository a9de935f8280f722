"""Warp, the base of the layers that read every image through an affine transform."""

from kerajax import ops
from kerajax.layers._image._arguments import FILL_MODES, INTERPOLATIONS, mode
from kerajax.layers._image._boxes import seen_through
from kerajax.layers._image._image_layer import ImageLayer


class Warp(ImageLayer):
    """Base of rotation, translation, zoom and shear.

    A subclass draws, and says in `_matrices` which transforms, as in `ops.image.affine_transform`,
    its numbers make. Boxes move by the inverse of the same transforms.
    """

    def _set_modes(self, interpolation, fill_mode, fill_value):
        self.fill_mode = mode(fill_mode, "fill_mode", self, FILL_MODES)
        self.interpolation = mode(interpolation, "interpolation", self, INTERPOLATIONS)
        self.fill_value = fill_value

    def _matrices(self, transformation, size):
        """Transforms `(batch, 8)` for images of `size`."""
        raise NotImplementedError

    def _transform_images(self, images, transformation, interpolation):
        return ops.image.affine_transform(
            images,
            self._matrices(transformation, self._size(images.shape)),
            interpolation=interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )

    def _move_boxes(self, boxes, transformation, size):
        return seen_through(boxes, self._matrices(transformation, size))


def matrices(x_row, y_row):
    """Transforms `(batch, 8)` from the rows `(a0, a1, a2)` and `(b0, b1, b2)`.

    Each entry is a number or a tensor `(batch,)`.
    """
    entries = [ops.convert_to_tensor(x, dtype="float32") for x in (*x_row, *y_row, 0, 0)]
    batch = max((len(x) for x in entries if len(x.shape)), default=1)
    return ops.stack([ops.broadcast_to(x, (batch,)) for x in entries], axis=-1)
