"""Dot: products of two tensors, summed along an axis of each."""

from kerajax import _checks, ops
from kerajax.backend import KerasTensor
from kerajax.layers._base import Layer
from kerajax.layers._merge import Merge
from kerajax.objects import publish


@publish("keras.layers.Dot")
class Dot(Merge):
    """Sum of products of two inputs along one axis of each, for every sample.

    Args:
        axes: Int, or two ints: the axis of each input to sum over, not 0. The sizes must agree.
        normalize: Bool. Whether vectors along these axes are scaled to length 1 before, which
            gives the cosine of the angle between them.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: list of two tensors `(batch, ...)` of at least two axes.
    Output shape: `(batch, axes left of the first, axes left of the second)`; `(batch, 1)` if none
    is left.

    Raises:
        TypeError: If `axes` is neither an int nor a list.
        ValueError: If it does not name one axis of each input, or the sizes differ.

    Example:

    >>> kerajax.layers.Dot(axes=1)([np.ones((1, 3)), np.ones((1, 3))]).tolist()
    [[3.0]]
    """

    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(axes, (int, list, tuple)):
            raise TypeError(
                "Invalid type for argument `axes`: it should be a list or an int. Received: "
                f"axes={axes}"
            )
        if not isinstance(axes, int) and (
            len(axes) != 2 or not all(isinstance(axis, int) for axis in axes)
        ):
            raise ValueError(
                "Invalid format for argument `axes`: it should contain two integers, such as "
                f"(1, 2). Received: axes={axes}"
            )
        self.axes = axes
        self.normalize = normalize

    def _check_shapes(self, shapes):
        if len(shapes) != 2:
            raise ValueError(
                "A `Dot` layer should be called on a list of 2 inputs. Received: "
                f"input_shape={shapes}"
            )
        axis1, axis2 = self._axes_of(shapes)
        size1, size2 = shapes[0][axis1], shapes[1][axis2]
        if None not in (size1, size2) and size1 != size2:
            raise ValueError(
                f"Incompatible input shapes: axis values {size1} (at axis {axis1}) != {size2} "
                f"(at axis {axis2}). Full input shapes: {shapes[0]}, {shapes[1]}"
            )

    def _axes_of(self, shapes):
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        axes = tuple(
            _checks.axis(axis, "axes", self, len(shape))
            for axis, shape in zip(axes, shapes, strict=True)
        )
        if 0 in axes:
            raise ValueError(
                f"Dot layer '{self.name}' cannot sum over axis 0, the batch. Received: "
                f"axes={self.axes} for inputs of shapes {shapes}."
            )
        return axes

    def call(self, inputs):
        return self._merge_function(inputs)

    def _merge_function(self, inputs):
        axes = self._axes_of([x.shape for x in inputs])
        if self.normalize:
            inputs = [ops.normalize(x, axis=axis) for x, axis in zip(inputs, axes, strict=True)]
        names = iter("bcdefghijklmnopqrstuvwxyz")
        terms = []
        for x, axis in zip(inputs, axes, strict=True):
            # `a` is the batch, `z` the axis of the sum.
            free = [next(names) for _ in range(len(x.shape) - 2)]
            terms.append(["a", *free[: axis - 1], "z", *free[axis - 1 :]])
        left = ["a", *(n for term in terms for n in term if n not in "az")]
        equation = f"{''.join(terms[0])},{''.join(terms[1])}->{''.join(left)}"
        outputs = ops.einsum(equation, *inputs)
        return outputs if len(left) > 1 else ops.expand_dims(outputs, -1)

    def _traced_output_spec(self, inputs):
        (first, second), (axis1, axis2) = inputs, self._axes_of([x.shape for x in inputs])
        shape1, shape2 = list(first.shape), list(second.shape)
        for i, j in ((0, 0), (axis1, axis2)):
            shape1[i], shape2[j] = shape1[i] or shape2[j], shape2[j] or shape1[i]
        specs = [
            KerasTensor(shape1, first.dtype, sparse=first.sparse),
            KerasTensor(shape2, second.dtype, sparse=second.sparse),
        ]
        return Layer._traced_output_spec(self, specs)

    def compute_mask(self, inputs, mask=None):
        return None


def dot(inputs, axes=-1, **kwargs):
    """Sum of products of two tensors: `Dot(axes, **kwargs)(inputs)`.

    Example:

    >>> kerajax.layers.dot([np.ones((1, 3)), np.ones((1, 3))]).tolist()
    [[3.0]]
    """
    return Dot(axes=axes, **kwargs)(inputs)
