"""Concatenate: tensors joined along an axis they have."""

from kerajax import ops
from kerajax.layers._merge import Merge, widened_mask
from kerajax.objects import publish


@publish("keras.layers.Concatenate")
class Concatenate(Merge):
    """Joins the inputs along an axis they have.

    An input without a mask counts whole where another has one.

    Args:
        axis: Int. Where the inputs may have different sizes.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: list of tensors `(batch, ...)`, equal but for `axis`.
    Output shape: the same, with the sum of the sizes at `axis`.

    Raises:
        ValueError: If ranks or other sizes differ.

    Example:

    >>> kerajax.layers.Concatenate()([np.zeros((1, 2)), np.ones((1, 1))]).tolist()
    [[0.0, 0.0, 1.0]]
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def _check_shapes(self, shapes):
        rank = len(shapes[0])
        fits = all(len(shape) == rank for shape in shapes)
        if fits:
            joined = self.axis % rank
            known = [set(sizes) - {None} for sizes in zip(*shapes, strict=True)]
            fits = all(len(sizes) <= 1 or axis == joined for axis, sizes in enumerate(known))
        if not fits:
            raise ValueError(
                "A `Concatenate` layer requires inputs with matching shapes except for the "
                f"concatenation axis. Received: input_shape={shapes}, axis={self.axis}"
            )

    def _merge_function(self, inputs):
        return ops.concatenate(inputs, axis=self.axis)

    def _merged_mask(self, inputs, masks):
        if all(mask is None for mask in masks):
            return None
        whole = [_mask_of_elements(x, mask) for x, mask in zip(inputs, masks, strict=True)]
        return ops.any(ops.concatenate(whole, axis=self.axis), axis=-1)

    def _joined_axis(self, inputs):
        return self.axis % len(inputs[0].shape)


def concatenate(inputs, axis=-1, **kwargs):
    """Joins a list of tensors: `Concatenate(axis, **kwargs)(inputs)`.

    Example:

    >>> kerajax.layers.concatenate([np.zeros((1, 1)), np.ones((1, 1))]).tolist()
    [[0.0, 1.0]]
    """
    return Concatenate(axis=axis, **kwargs)(inputs)


def _mask_of_elements(x, mask):
    """A bool tensor in the shape of `x`."""
    if mask is not None and len(mask.shape) == len(x.shape):
        return ops.cast(mask, "bool")
    everywhere = ops.ones_like(x, dtype="bool")
    return everywhere if mask is None else ops.logical_and(widened_mask(mask, x), everywhere)
