"""Rearranging tensors: shapes, axes, order, repeating, padding."""

import math

import jax.numpy as jnp
import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from kerajax._checks import one_of
from kerajax.backend import KerasTensor, as_array, dtype_of, infer, shape_of
from kerajax.ops._broadcast import unify
from kerajax.ops._op import op

_PAD_MODES = tuple(
    "constant edge linear_ramp maximum mean median minimum reflect symmetric wrap empty".split()
)


def _reshape_spec(x, newshape):
    if isinstance(newshape, KerasTensor):
        # A computed shape says its rank alone.
        return KerasTensor((None,) * newshape.shape[0], dtype_of(x))
    newshape = (newshape,) if isinstance(newshape, int) else tuple(newshape)
    newshape = tuple(-1 if size is None else size for size in newshape)
    unknown = [isinstance(size, KerasTensor) for size in newshape]
    sizes = [-1 if u else int(size) for u, size in zip(unknown, newshape, strict=True)]
    if not any(unknown):
        _check_newshape(newshape)
    known = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) > 1:
        # Several unknown sizes say a rank and nothing more.
        return KerasTensor([None if size == -1 else size for size in sizes], dtype_of(x))
    shape = shape_of(x)
    total = None if None in shape else math.prod(shape)
    if total is not None and (known != total if -1 not in sizes else not known or total % known):
        raise ValueError(
            f"reshape: a tensor of shape {shape} has {total} elements, which do not fit the "
            f"shape {newshape}."
        )
    unknown = None if total is None else total // known if known else 0
    return KerasTensor([unknown if size == -1 else size for size in sizes], dtype_of(x))


def _check_newshape(newshape):
    if any(size < -1 for size in newshape):
        raise ValueError(
            "reshape: a size must be a non-negative integer, or -1 for what is left. "
            f"Received: newshape={tuple(newshape)}"
        )
    if sum(size == -1 for size in newshape) > 1:
        raise ValueError(
            "reshape: there can be at most one unknown dimension (-1). "
            f"Received: newshape={tuple(newshape)}"
        )


@op(spec=_reshape_spec, lists=("newshape",))
def reshape(x, newshape):
    """The same elements in the same order, in another shape.

    Args:
        x: Tensor.
        newshape: Tuple of ints; one of them may be -1 (or None), which takes what is left.

    Raises:
        ValueError: If the number of elements does not fit.

    Example:

    >>> kerajax.ops.reshape([1, 2, 3, 4], (2, -1)).tolist()
    [[1, 2], [3, 4]]
    """
    if isinstance(newshape, (tuple, list)):
        newshape = tuple(-1 if size is None else size for size in newshape)
        _check_newshape(newshape)
    return jnp.reshape(as_array(x), newshape)


def _transpose_spec(x, axes=None):
    rank = len(x.shape)
    if axes is not None:
        axes = list(axes)
        if len(axes) != rank:
            raise ValueError(
                "transpose: `axes` must be a list of the same length as the input shape. "
                f"Received: x.shape={x.shape}, axes={axes}"
            )
        if not all(-rank <= axis < rank for axis in axes):
            raise ValueError(
                f"transpose: Each axis in `axes` must be an integer in [-{rank}, {rank}). "
                f"Received: x.shape={x.shape}, axes={axes}"
            )
        if len({axis % rank for axis in axes}) != rank:
            raise ValueError(
                "transpose: `axes` must be a valid permutation of the axes. "
                f"Received: x.shape={x.shape}, axes={axes}"
            )
    return infer(jnp.transpose, x, None if axes is None else tuple(axes))


@op(spec=_transpose_spec)
def transpose(x, axes=None):
    """Axes in the order `axes`, or reversed.

    Example:

    >>> kerajax.ops.transpose(np.zeros((2, 3, 4)), (0, 2, 1)).shape
    (2, 4, 3)
    """
    return jnp.transpose(x, axes)


@op
def expand_dims(x, axis):
    """Inserts axes of size 1.

    Args:
        x: Tensor.
        axis: Int or tuple of ints: where they stand in the result.

    Example:

    >>> kerajax.ops.expand_dims([1, 2, 3], 0).shape
    (1, 3)
    """
    return jnp.expand_dims(x, tuple(axis) if isinstance(axis, list) else axis)


@op
def squeeze(x, axis=None):
    """Removes axes of size 1: those in `axis`, or all.

    Raises:
        ValueError: If an axis in `axis` has another size.

    Example:

    >>> kerajax.ops.squeeze(np.zeros((1, 3, 1)), -1).shape
    (1, 3)
    """
    return jnp.squeeze(x, tuple(axis) if isinstance(axis, list) else axis)


@op
def ravel(x):
    """The elements in one axis.

    Example:

    >>> kerajax.ops.ravel([[1, 2], [3, 4]]).tolist()
    [1, 2, 3, 4]
    """
    return jnp.ravel(x)


@op
def moveaxis(x, source, destination):
    """Moves axes `source` to the places `destination`; the others keep their order.

    Example:

    >>> kerajax.ops.moveaxis(np.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    return jnp.moveaxis(x, source, destination)


@op
def swapaxes(x, axis1, axis2):
    """Exchanges two axes.

    Example:

    >>> kerajax.ops.swapaxes(np.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    x = as_array(x)
    return jnp.swapaxes(x, *(normalize_axis_index(axis, x.ndim) for axis in (axis1, axis2)))


def _broadcast_to_spec(x, shape):
    target = KerasTensor(tuple(shape), x.dtype)
    return infer(lambda a, b: jnp.broadcast_to(a, b.shape), *unify({"x": x, "y": target}).values())


@op(spec=_broadcast_to_spec)
def broadcast_to(x, shape):
    """Repeats `x` along new axes and axes of size 1 until it has `shape`.

    Example:

    >>> kerajax.ops.broadcast_to([1, 2], (2, 2)).tolist()
    [[1, 2], [1, 2]]
    """
    return jnp.broadcast_to(x, shape)


def _repeat_spec(x, repeats, axis=None):
    if axis is None or x.shape[axis] is not None or isinstance(repeats, int):
        return infer(_repeat, x, repeats, axis)
    shape = list(x.shape)
    shape[axis] = None
    return KerasTensor(shape, x.dtype)


@op(spec=_repeat_spec)
def repeat(x, repeats, axis=None):
    """Repeats each element along an axis (of the flattened tensor if None).

    Args:
        x: Tensor.
        repeats: Int, or a list with a number for each element.
        axis: Int or None.

    Example:

    >>> kerajax.ops.repeat([1, 2], 2).tolist()
    [1, 1, 2, 2]
    """
    return _repeat(x, repeats, axis)


def _repeat(x, repeats, axis):
    repeats = np.asarray(repeats) if isinstance(repeats, (list, tuple)) else repeats
    return jnp.repeat(as_array(x), repeats, axis=axis)


@op
def tile(x, repeats):
    """Repeats the whole tensor `repeats` times along each axis.

    Example:

    >>> kerajax.ops.tile([1, 2], 2).tolist()
    [1, 2, 1, 2]
    """
    return jnp.tile(x, tuple(repeats) if hasattr(repeats, "__iter__") else repeats)


@op
def flip(x, axis=None):
    """Reverses the order along axes (all if None).

    Example:

    >>> kerajax.ops.flip([1, 2, 3]).tolist()
    [3, 2, 1]
    """
    return jnp.flip(x, tuple(axis) if isinstance(axis, list) else axis)


@op
def fliplr(x):
    """Reverses the order along the second axis.

    Example:

    >>> kerajax.ops.fliplr([[1, 2], [3, 4]]).tolist()
    [[2, 1], [4, 3]]
    """
    return jnp.fliplr(x)


@op
def flipud(x):
    """Reverses the order along the first axis.

    Example:

    >>> kerajax.ops.flipud([[1, 2], [3, 4]]).tolist()
    [[3, 4], [1, 2]]
    """
    return jnp.flipud(x)


@op
def roll(x, shift, axis=None):
    """Shifts elements along axes; what leaves at the end returns at the start.

    Example:

    >>> kerajax.ops.roll([1, 2, 3], 1).tolist()
    [3, 1, 2]
    """
    return jnp.roll(x, shift, axis)


@op(data=("array",))
def rot90(array, k=1, axes=(0, 1)):
    """Turns a tensor `k` times by 90 degrees in a plane, from its first axis to its second.

    Raises:
        ValueError: If the tensor has fewer than two axes, or if `axes` are not two different ones.

    Example:

    >>> kerajax.ops.rot90([[1, 2], [3, 4]]).tolist()
    [[2, 4], [1, 3]]
    """
    array = as_array(array)
    if array.ndim < 2 or len(axes) != 2 or axes[0] == axes[1]:
        raise ValueError(
            "rot90 turns a tensor of at least 2 axes in the plane of two different axes. "
            f"Received: shape={array.shape}, axes={axes}"
        )
    return jnp.rot90(array, k, axes)


@op(data=("x", "constant_values"))
def pad(x, pad_width, mode="constant", constant_values=None):
    """Widens a tensor at both ends of its axes.

    Args:
        x: Tensor.
        pad_width: Int, or `((before, after), ...)` with a pair for each axis.
        mode: `"constant"`, `"reflect"`, `"symmetric"`, `"edge"`, `"wrap"` or another of NumPy's.
        constant_values: Number to fill with (0 if None), for mode `"constant"` only.

    Raises:
        ValueError: If `constant_values` comes with another mode.

    Example:

    >>> kerajax.ops.pad([1, 2], (1, 2)).tolist()
    [0, 1, 2, 0, 0]
    """
    if not callable(mode):
        one_of(mode, "mode", "pad", _PAD_MODES)
    if constant_values is None:
        return jnp.pad(x, pad_width, mode=mode)
    if mode != "constant":
        raise ValueError(
            "Argument `constant_values` of pad belongs to mode='constant'. "
            f"Received: mode={mode!r}, constant_values={constant_values}"
        )
    return jnp.pad(x, pad_width, mode=mode, constant_values=constant_values)
