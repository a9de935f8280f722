"""Layers that merge a list of tensors into one, element by element, and functions for each.

Inputs of fewer axes get axes of size 1 after the batch axis. An element counts in the result if it
counts in one of the inputs; without a mask on every input the result has none.
"""

from kerajax import ops
from kerajax.backend import KerasTensor, get_keras_mask
from kerajax.layers._base import Layer
from kerajax.objects import publish


class Merge(Layer):
    """Base of the merging layers: `_merge_function` takes the list of inputs, of equal rank."""

    supports_masking = True

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def build(self, input_shape):
        """Checks that the shapes fit each other."""
        self._check_list(input_shape)
        batch_sizes = {shape[0] for shape in input_shape if shape} - {None}
        if len(batch_sizes) > 1:
            raise ValueError(
                "Cannot merge tensors with different batch sizes. Received tensors with shapes "
                f"{input_shape}"
            )
        self._check_shapes(input_shape)

    def _check_list(self, input_shape):
        if not input_shape or not isinstance(input_shape[0], (tuple, list)):
            raise ValueError(
                f"{type(self).__name__} layer '{self.name}' should be called on a list of inputs, "
                f"such as `{type(self).__name__}()([x1, x2])`. Received: "
                f"input_shape={input_shape} (not a list of shapes)"
            )

    def _check_shapes(self, shapes):
        rank = max(map(len, shapes))
        for sizes in zip(*(_aligned(shape, rank) for shape in shapes), strict=True):
            if len(set(sizes) - {None, 1}) > 1:
                raise ValueError(
                    f"{type(self).__name__} layer '{self.name}': inputs have incompatible shapes. "
                    f"Received shapes {shapes}; sizes must be equal or 1."
                )

    def call(self, inputs):
        rank = max(len(x.shape) for x in inputs)
        return self._merge_function([_widened(x, rank) for x in inputs])

    def _merge_function(self, inputs):
        raise NotImplementedError(f"{type(self).__name__} has no `_merge_function`.")

    def compute_mask(self, inputs, mask=None):
        if mask is None:
            return None
        for name, value in (("mask", mask), ("inputs", inputs)):
            if not isinstance(value, (list, tuple)):
                raise ValueError(f"`{name}` should be a list. Received: {name}={value}")
        if len(mask) != len(inputs):
            raise ValueError(
                "The lists `inputs` and `mask` should have the same length. Received: "
                f"{len(inputs)} inputs and {len(mask)} masks."
            )
        return self._merged_mask(inputs, mask)

    def _merged_mask(self, inputs, masks):
        if any(mask is None for mask in masks):
            return None
        merged = masks[0]
        for mask in masks[1:]:
            merged = ops.logical_or(merged, mask)
        return merged

    # What is unknown in one input is known from the others; tracing them one by one misses that.
    def _traced_output_spec(self, inputs):
        shapes = _agreed([x.shape for x in inputs], self._joined_axis(inputs))
        specs = [KerasTensor(s, x.dtype) for s, x in zip(shapes, inputs, strict=True)]
        return super()._traced_output_spec(specs)

    def _joined_axis(self, inputs):
        return None


@publish("keras.layers.Add")
class Add(Merge):
    """Sum of the inputs.

    Args:
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: list of tensors `(batch, ...)` that broadcast with each other.
    Output shape: the shape they broadcast to.

    Example:

    >>> kerajax.layers.Add()([np.ones((1, 2)), np.ones((1, 2))]).tolist()
    [[2.0, 2.0]]
    """

    def _merge_function(self, inputs):
        return _reduced(ops.add, inputs)


@publish("keras.layers.Subtract")
class Subtract(Merge):
    """First input minus second input.

    Args:
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: list of two tensors `(batch, ...)` that broadcast with each other.
    Output shape: the shape they broadcast to.

    Raises:
        ValueError: If there are not two inputs.

    Example:

    >>> kerajax.layers.Subtract()([np.ones((1, 2)), np.ones((1, 2))]).tolist()
    [[0.0, 0.0]]
    """

    def _check_shapes(self, shapes):
        if len(shapes) != 2:
            raise ValueError(
                "A `Subtract` layer should be called on exactly 2 inputs. Received: "
                f"input_shape={shapes}"
            )
        super()._check_shapes(shapes)

    def _merge_function(self, inputs):
        return ops.subtract(*inputs)


@publish("keras.layers.Multiply")
class Multiply(Merge):
    """Product of the inputs; an input does not count where it is masked.

    Args:
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: list of tensors `(batch, ...)` that broadcast with each other.
    Output shape: the shape they broadcast to.

    Example:

    >>> kerajax.layers.Multiply()([np.full((1, 2), 3.0), np.full((1, 2), 2.0)]).tolist()
    [[6.0, 6.0]]
    """

    def _merge_function(self, inputs):
        return _reduced(ops.multiply, [_unmasked_or_one(x) for x in inputs])


@publish("keras.layers.Average")
class Average(Merge):
    """Mean of the inputs.

    Args:
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: list of tensors `(batch, ...)` that broadcast with each other.
    Output shape: the shape they broadcast to.

    Example:

    >>> kerajax.layers.Average()([np.zeros((1, 2)), np.ones((1, 2))]).tolist()
    [[0.5, 0.5]]
    """

    def _merge_function(self, inputs):
        return _reduced(ops.add, inputs) / len(inputs)


@publish("keras.layers.Maximum")
class Maximum(Merge):
    """Largest of the inputs, element by element; an input does not count where it is masked.

    Args:
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: list of tensors `(batch, ...)` that broadcast with each other.
    Output shape: the shape they broadcast to.

    Example:

    >>> kerajax.layers.Maximum()([np.zeros((1, 2)), np.ones((1, 2))]).tolist()
    [[1.0, 1.0]]
    """

    def _merge_function(self, inputs):
        return _extreme(ops.maximum, inputs)


@publish("keras.layers.Minimum")
class Minimum(Merge):
    """Smallest of the inputs, element by element; an input does not count where it is masked.

    Args:
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: list of tensors `(batch, ...)` that broadcast with each other.
    Output shape: the shape they broadcast to.

    Example:

    >>> kerajax.layers.Minimum()([np.zeros((1, 2)), np.ones((1, 2))]).tolist()
    [[0.0, 0.0]]
    """

    def _merge_function(self, inputs):
        return _extreme(ops.minimum, inputs)


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
        axes = tuple(axis % len(shape) for axis, shape in zip(axes, shapes, strict=True))
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
        specs = [KerasTensor(shape1, first.dtype), KerasTensor(shape2, second.dtype)]
        return Layer._traced_output_spec(self, specs)

    def compute_mask(self, inputs, mask=None):
        return None


def add(inputs, **kwargs):
    """Sum of a list of tensors: `Add(**kwargs)(inputs)`.

    Example:

    >>> kerajax.layers.add([np.ones((1, 2)), np.ones((1, 2))]).tolist()
    [[2.0, 2.0]]
    """
    return Add(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    """Difference of two tensors: `Subtract(**kwargs)(inputs)`.

    Example:

    >>> kerajax.layers.subtract([np.ones((1, 2)), np.ones((1, 2))]).tolist()
    [[0.0, 0.0]]
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """Product of a list of tensors: `Multiply(**kwargs)(inputs)`.

    Example:

    >>> kerajax.layers.multiply([np.ones((1, 2)), np.ones((1, 2))]).tolist()
    [[1.0, 1.0]]
    """
    return Multiply(**kwargs)(inputs)


def average(inputs, **kwargs):
    """Mean of a list of tensors: `Average(**kwargs)(inputs)`.

    Example:

    >>> kerajax.layers.average([np.zeros((1, 2)), np.ones((1, 2))]).tolist()
    [[0.5, 0.5]]
    """
    return Average(**kwargs)(inputs)


def maximum(inputs, **kwargs):
    """Elementwise maximum of a list of tensors: `Maximum(**kwargs)(inputs)`.

    Example:

    >>> kerajax.layers.maximum([np.zeros((1, 2)), np.ones((1, 2))]).tolist()
    [[1.0, 1.0]]
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    """Elementwise minimum of a list of tensors: `Minimum(**kwargs)(inputs)`.

    Example:

    >>> kerajax.layers.minimum([np.zeros((1, 2)), np.ones((1, 2))]).tolist()
    [[0.0, 0.0]]
    """
    return Minimum(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    """Joins a list of tensors: `Concatenate(axis, **kwargs)(inputs)`.

    Example:

    >>> kerajax.layers.concatenate([np.zeros((1, 1)), np.ones((1, 1))]).tolist()
    [[0.0, 1.0]]
    """
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs, axes=-1, **kwargs):
    """Sum of products of two tensors: `Dot(axes, **kwargs)(inputs)`.

    Example:

    >>> kerajax.layers.dot([np.ones((1, 3)), np.ones((1, 3))]).tolist()
    [[3.0]]
    """
    return Dot(axes=axes, **kwargs)(inputs)


def _reduced(op, inputs):
    output = inputs[0]
    for x in inputs[1:]:
        output = op(output, x)
    return output


def _unmasked_or_one(x):
    mask = get_keras_mask(x)
    return x if mask is None else ops.where(_widened_mask(mask, x), x, ops.ones_like(x))


def _extreme(op, inputs):
    """`op` of the inputs, where one that is masked gives way to those that are not."""
    output, counts = inputs[0], _mask_for(inputs[0])
    for x in inputs[1:]:
        mask = _mask_for(x)
        if mask is not None:
            x = ops.where(mask, x, output)
        if counts is not None:
            output = ops.where(counts, output, x)
        both = mask is not None and counts is not None
        counts = ops.logical_or(counts, mask) if both else None
        output = op(output, x)
    return output


def _mask_for(x):
    mask = get_keras_mask(x)
    return None if mask is None else _widened_mask(mask, x)


def _widened_mask(mask, x):
    """`mask`, which has the first axes of `x`, with axes of size 1 for the others."""
    return ops.reshape(mask, (*mask.shape, *(1,) * (len(x.shape) - len(mask.shape))))


def _mask_of_elements(x, mask):
    """A bool tensor in the shape of `x`."""
    everywhere = ops.ones_like(x, dtype="bool")
    return everywhere if mask is None else ops.logical_and(_widened_mask(mask, x), everywhere)


def _widened(x, rank):
    """`x` with axes of size 1 after the batch axis, up to `rank` axes."""
    missing = rank - len(x.shape)
    return x if not missing else ops.expand_dims(x, tuple(range(1, missing + 1)))


def _aligned(shape, rank):
    """The sizes of a sample, preceded by 1 for each missing axis."""
    return ((1,) * (rank - len(shape)) + tuple(shape))[1:] if len(shape) < rank else shape[1:]


def _agreed(shapes, joined_axis):
    """`shapes` with sizes that are unknown in one and known in another filled in."""
    rank = max(map(len, shapes))
    filled = [list(shape) for shape in shapes]
    for axis in range(rank):
        if axis == joined_axis:
            continue
        # Counted from the end, except for the batch, since missing axes come after it.
        places = [_place(axis, rank, len(shape)) for shape in shapes]
        sizes = [s[p] for s, p in zip(shapes, places, strict=True) if p is not None]
        known = next((size for size in sizes if size not in (None, 1)), None)
        for shape, place in zip(filled, places, strict=True):
            if place is not None and shape[place] is None:
                shape[place] = known
    return filled


def _place(axis, rank, own_rank):
    if axis == 0:
        return 0 if own_rank else None
    place = axis - (rank - own_rank)
    return place if place > 0 else None
