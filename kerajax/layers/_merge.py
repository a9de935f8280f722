"""Layers that merge a list of tensors into one, element by element, and functions for each.

Inputs of fewer axes get axes of size 1 after the batch axis. An element counts in the result if it
counts in one of the inputs; without a mask on every input the result has none.
"""

from kerajax import ops
from kerajax.backend import KerasTensor, get_keras_mask, infer_once
from kerajax.layers._base import Layer
from kerajax.objects import publish


class Merge(Layer):
    """Base of the merging layers: `_merge_function` takes the list of inputs, of equal rank."""

    supports_masking = True
    _told_by_attributes = True

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
        return self._merge_function(_of_one_rank(inputs))

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
        specs = [
            KerasTensor(shape, x.dtype, sparse=x.sparse)
            for shape, x in zip(shapes, inputs, strict=True)
        ]
        if not self.is_own:
            # A function of the user's may be written for batches of one size. Keras does not run it
            # either: the shape is the one that the inputs broadcast to.
            return infer_once(_sum, specs)
        return super()._traced_output_spec(specs)

    @property
    def is_own(self) -> bool:
        """Whether the function is kerajax's, and not that of a class of the user's."""
        return self._merge_function.__module__.startswith("kerajax.")

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

    Where all of them are masked the product is 0.

    Args:
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: list of tensors `(batch, ...)` that broadcast with each other.
    Output shape: the shape they broadcast to.

    Example:

    >>> kerajax.layers.Multiply()([np.full((1, 2), 3.0), np.full((1, 2), 2.0)]).tolist()
    [[6.0, 6.0]]
    """

    def _merge_function(self, inputs):
        masks = [_mask_for(x) for x in inputs]
        pairs = zip(inputs, masks, strict=True)
        counted = [x if mask is None else ops.where(mask, x, ops.ones_like(x)) for x, mask in pairs]
        product = _reduced(ops.multiply, counted)
        if any(mask is None for mask in masks):
            return product
        return ops.where(_reduced(ops.logical_or, masks), product, ops.zeros_like(product))


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


def _sum(inputs):
    return _reduced(ops.add, _of_one_rank(inputs))


def _reduced(op, inputs):
    output = inputs[0]
    for x in inputs[1:]:
        output = op(output, x)
    return output


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
    return None if mask is None else widened_mask(mask, x)


def widened_mask(mask, x):
    """`mask`, which has the first axes of `x`, with axes of size 1 for the others."""
    return ops.reshape(mask, (*mask.shape, *(1,) * (len(x.shape) - len(mask.shape))))


def _of_one_rank(inputs):
    rank = max(len(x.shape) for x in inputs)
    return [_widened(x, rank) for x in inputs]


def _widened(x, rank):
    """`x` with axes of size 1 after the batch axis, up to `rank` axes."""
    missing = rank - len(x.shape)
    return x if not missing else ops.expand_dims(x, tuple(range(1, missing + 1)))


def _aligned(shape, rank):
    """The sizes of a sample, preceded by 1 for each missing axis."""
    return (*(1,) * (rank - len(shape)), *shape[1:])


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
