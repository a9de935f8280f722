"""Reading and writing parts of a tensor by index."""

import builtins

import jax
import jax.numpy as jnp

from kerajax._checks import one_of
from kerajax.backend import KerasTensor, as_array, infer, shape_of
from kerajax.ops._broadcast import unify
from kerajax.ops._op import op


def _get_item_spec(x, key):
    if builtins.sum(part is Ellipsis for part in (key if isinstance(key, tuple) else ())) > 1:
        raise ValueError(f"A key should have one ellipsis at most. Received: {key}")
    result = infer(_get_item, x, key)
    # Part of an axis of unknown size may be shorter than the slice asks for.
    return KerasTensor(_mark_unknown(x.shape, result.shape, key), result.dtype)


@op(name="GetItem", spec=_get_item_spec, lists=("key",))
def get_item(x, key):
    """`x[key]`, with NumPy's rules.

    Args:
        x: Tensor.
        key: Int, slice, `None`, `...`, tensor of indices, or a tuple of these.

    Example:

    >>> kerajax.ops.get_item([[1, 2], [3, 4]], np.s_[:, 0]).tolist()
    [1, 3]
    """
    return _get_item(x, key)


def _get_item(x, key):
    x = as_array(x)
    key = tuple(key) if isinstance(key, list) else key
    keys = key if isinstance(key, tuple) else (key,)
    _check_bounds(x.shape, keys)
    return x[key]


def _check_bounds(shape, keys):
    """JAX clamps an index that is out of bounds; NumPy and Keras refuse it."""
    for axis, part in _axes_of(keys, len(shape)):
        if isinstance(part, int) and not isinstance(part, bool):
            if not -shape[axis] <= part < shape[axis]:
                raise ValueError(f"Index {part} is out of bounds for axis {axis} of shape {shape}.")


def _axes_of(keys, rank):
    """Pairs (axis of the tensor, part of the key), where the key is plain enough to tell."""
    consuming = [k for k in keys if k is not None and k is not Ellipsis]
    if not all(isinstance(k, (int, builtins.slice)) for k in consuming):
        return
    axis = 0
    for part in keys:
        if part is Ellipsis:
            axis += rank - len(consuming)
        elif part is not None:
            if axis < rank:
                yield axis, part
            axis += 1


def _mark_unknown(shape, new_shape, key):
    keys = tuple(key) if isinstance(key, (tuple, list)) else (key,)
    unknown = {a for a, k in _axes_of(keys, len(shape)) if isinstance(k, builtins.slice)}
    unknown = {a for a in unknown if shape[a] is None}
    if not unknown:
        return new_shape
    # Unknown sizes survive in order: ints drop their axis, None adds one.
    consuming = sum(k is not None and k is not Ellipsis for k in keys)
    keys = keys if any(k is Ellipsis for k in keys) else (*keys, Ellipsis)
    result, axis = [], 0
    for part in keys:
        if part is None:
            result.append(1)
        elif part is Ellipsis:
            width = len(shape) - consuming
            result += shape[axis : axis + width]
            axis += width
        else:
            if not isinstance(part, int):
                result.append(None if axis in unknown else new_shape[len(result)])
            axis += 1
    return result


@op(integers=("indices",))
def take(x, indices, axis=None):
    """The slices at `indices` along an axis (elements of the flattened tensor if None).

    Indices below zero count from the end; those out of bounds give nan (floats) or the smallest
    value (integers).

    Args:
        x: Tensor.
        indices: Integer tensor of any shape, which takes the place of the axis.
        axis: Int or None.

    Example:

    >>> kerajax.ops.take([10, 20, 30], [2, 0]).tolist()
    [30, 10]
    """
    return jnp.take(as_array(x), as_array(indices), axis=axis)


def _take_along_axis_spec(x, indices, axis=None):
    if axis is not None and len(shape_of(x)) == len(shape_of(indices)):
        axis = axis % len(shape_of(x))
        others = unify({0: _with_size(x, axis, 1), 1: _with_size(indices, axis, 1)})
        x, indices = (
            _with_size(others[i], axis, shape_of(y)[axis]) for i, y in enumerate((x, indices))
        )
    return infer(_take_along_axis, x, indices, axis)


def _with_size(x, axis, size):
    if not isinstance(x, KerasTensor):
        return x
    return KerasTensor((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)


@op(spec=_take_along_axis_spec, integers=("indices",))
def take_along_axis(x, indices, axis=None):
    """Elements of `x` at `indices`, which has the shape of `x` except along the axis.

    Example:

    >>> kerajax.ops.take_along_axis([[3, 1], [2, 4]], [[1], [0]], axis=1).tolist()
    [[1], [2]]
    """
    return _take_along_axis(x, indices, axis)


def _take_along_axis(x, indices, axis):
    return jnp.take_along_axis(as_array(x), as_array(indices), axis=axis)


def _slice_spec(inputs, start_indices, shape):
    symbolic = isinstance(start_indices, KerasTensor)
    starts = start_indices.shape[0] if symbolic else len(start_indices)
    rank = len(inputs.shape)
    for pair, fits in (
        (f"`inputs` must match the {len(shape)} dimensions in `shape`", len(shape) == rank),
        (f"`start_indices` must match the {rank} dimensions in `inputs`", starts in (rank, None)),
    ):
        if not fits:
            raise ValueError(
                f"slice: the dimensions in {pair}. Received: inputs.shape={inputs.shape}, "
                f"start_indices={start_indices}, shape={tuple(shape)}"
            )
    sizes = []
    for i, size in enumerate(shape):
        if size == -1:
            whole = inputs.shape[i]
            size = None if symbolic or whole is None else whole - int(start_indices[i])
        sizes.append(size)
    return KerasTensor(sizes, inputs.dtype)


@op(name="Slice", spec=_slice_spec, data=("inputs", "start_indices"), lists=("start_indices",))
def slice(inputs, start_indices, shape):
    """The block of `shape` that starts at `start_indices`.

    Args:
        inputs: Tensor.
        start_indices: List or tensor of ints, one for each axis; may be computed.
        shape: Tuple of ints, the size of the block; -1 takes what is left of an axis.

    Example:

    >>> kerajax.ops.slice([[1, 2], [3, 4]], (0, 1), (2, 1)).tolist()
    [[2], [4]]
    """
    inputs = as_array(inputs)
    sizes = tuple(
        inputs.shape[i] - int(start_indices[i]) if size == -1 else int(size)
        for i, size in enumerate(shape)
    )
    return jax.lax.dynamic_slice(inputs, start_indices, sizes)


@op(
    data=("inputs", "start_indices", "updates"),
    lists=("start_indices",),
    integers=("start_indices",),
)
def slice_update(inputs, start_indices, updates):
    """`inputs` with the block that starts at `start_indices` replaced by `updates`.

    Example:

    >>> kerajax.ops.slice_update([1, 2, 3], [1], [9]).tolist()
    [1, 9, 3]
    """
    inputs = as_array(inputs)
    updates = as_array(updates).astype(inputs.dtype)
    return jax.lax.dynamic_update_slice(inputs, updates, start_indices)


@op(data=("indices", "values"), integers=("indices",))
def scatter(indices, values, shape):
    """Zeros of `shape` with `values` added at `indices`.

    Args:
        indices: Integer tensor `(n, k)`: n places in the first k axes of the result.
        values: Tensor `(n, ...)`.
        shape: Tuple of ints.

    Example:

    >>> kerajax.ops.scatter([[0], [2]], [1.0, 5.0], (4,)).tolist()
    [1.0, 0.0, 5.0, 0.0]
    """
    values = as_array(values)
    zeros = jnp.zeros(tuple(shape), values.dtype)
    return zeros.at[tuple(jnp.moveaxis(as_array(indices), -1, 0))].add(values)


_REDUCTIONS = {None: "set", "add": "add", "max": "max", "min": "min", "mul": "multiply"}


@op(integers=("indices",))
def scatter_update(inputs, indices, updates, reduction=None):
    """`inputs` with `updates` written at `indices`.

    Args:
        inputs: Tensor.
        indices: Integer tensor `(n, k)`: n places in the first k axes of `inputs`.
        updates: Tensor `(n, ...)`.
        reduction: How to combine with what is there: None replaces; `"add"`, `"max"`, `"min"`
            and `"mul"` combine.

    Raises:
        ValueError: If `reduction` is none of these.

    Example:

    >>> kerajax.ops.scatter_update([1, 2, 3], [[1]], [9]).tolist()
    [1, 9, 3]
    """
    one_of(reduction, "reduction", "Unsupported reduction of scatter_update", _REDUCTIONS)
    inputs = as_array(inputs)
    place = inputs.at[tuple(jnp.transpose(as_array(indices)))]
    return getattr(place, _REDUCTIONS[reduction])(updates)


@op(integers=("indices",))
def unravel_index(indices, shape):
    """Places in a tensor of `shape`, as a tuple of indices, of places in its flattened form.

    Example:

    >>> [int(i) for i in kerajax.ops.unravel_index(5, (2, 3))]
    [1, 2]
    """
    return jnp.unravel_index(as_array(indices), tuple(shape))


@op(data=("condlist", "choicelist", "default"), lists=("condlist", "choicelist"))
def select(condlist, choicelist, default=0):
    """Elementwise choice from the first of `choicelist` whose condition holds, else `default`.

    Example:

    >>> x = np.array([1, 5, 9])
    >>> kerajax.ops.select([x < 3, x > 7], [x, -x]).tolist()
    [1, 0, -9]
    """
    condlist = [as_array(c) for c in condlist]
    return jnp.select(condlist, [as_array(c) for c in choicelist], default)
