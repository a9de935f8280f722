"""Rearranging tensors: shapes, axes, joining, splitting, repeating, padding."""

import math

import jax
import jax.numpy as jnp
import numpy as np

from kerajax.backend import KerasTensor, as_array, infer
from kerajax.ops._broadcast import unify
from kerajax.ops._op import op


def _reshape_spec(x, newshape):
    newshape = (newshape,) if isinstance(newshape, int) else tuple(newshape)
    sizes = [-1 if size is None else int(size) for size in newshape]
    known = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) > 1:
        # Several unknown sizes say a rank and nothing more.
        return KerasTensor([None if size == -1 else size for size in sizes], x.dtype)
    total = None if None in x.shape else math.prod(x.shape)
    if total is not None and (known != total if -1 not in sizes else not known or total % known):
        raise ValueError(
            f"reshape: a tensor of shape {x.shape} has {total} elements, which do not fit the "
            f"shape {newshape}."
        )
    unknown = None if total is None else total // known if known else 0
    return KerasTensor([unknown if size == -1 else size for size in sizes], x.dtype)


@op(spec=_reshape_spec)
def reshape(x, newshape):
    """The same elements in the same order, in another shape.

    Args:
        x: Tensor.
        newshape: Tuple of ints; one of them may be -1, which takes what is left.

    Raises:
        ValueError: If the number of elements does not fit.

    Example:

    >>> kerajax.ops.reshape([1, 2, 3, 4], (2, -1)).tolist()
    [[1, 2], [3, 4]]
    """
    return jnp.reshape(x, newshape)


@op
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
    return jnp.swapaxes(x, axis1, axis2)


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


def _concatenate_spec(xs, axis=0):
    return infer(_concatenate, _without_axis(xs, axis), axis)


@op(spec=_concatenate_spec)
def concatenate(xs, axis=0):
    """Joins tensors along an axis they have; all other sizes must agree.

    Args:
        xs: List of tensors.
        axis: Int.

    Example:

    >>> kerajax.ops.concatenate([[1, 2], [3]], axis=0).tolist()
    [1, 2, 3]
    """
    return _concatenate(xs, axis)


def _concatenate(xs, axis):
    return jnp.concatenate([as_array(x) for x in xs], axis)


def _stack_spec(x, axis=0):
    return infer(_stack, list(unify(dict(enumerate(x))).values()), axis)


@op(spec=_stack_spec, lists=("x",))
def stack(x, axis=0):
    """Joins tensors of one shape along a new axis.

    Args:
        x: List of tensors.
        axis: Int. Where the new axis stands in the result.

    Example:

    >>> kerajax.ops.stack([[1, 2], [3, 4]], axis=1).tolist()
    [[1, 3], [2, 4]]
    """
    return _stack(x, axis)


def _stack(x, axis):
    return jnp.stack([as_array(part) for part in x], axis)


@op
def vstack(xs):
    """Joins tensors along the first axis; vectors become rows.

    Example:

    >>> kerajax.ops.vstack([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    return jnp.vstack([as_array(x) for x in xs])


@op
def hstack(xs):
    """Joins tensors along the second axis, vectors along their only one.

    Example:

    >>> kerajax.ops.hstack([[1, 2], [3, 4]]).tolist()
    [1, 2, 3, 4]
    """
    return jnp.hstack([as_array(x) for x in xs])


@op
def dstack(xs):
    """Joins tensors along the third axis.

    Example:

    >>> kerajax.ops.dstack([[1, 2], [3, 4]]).shape
    (1, 2, 2)
    """
    return jnp.dstack([as_array(x) for x in xs])


@op
def append(x1, x2, axis=None):
    """Joins two tensors along `axis`, or flattened if it is None.

    Example:

    >>> kerajax.ops.append([1, 2], [3]).tolist()
    [1, 2, 3]
    """
    return jnp.append(as_array(x1), as_array(x2), axis=axis)


@op
def split(x, indices_or_sections, axis=0):
    """Cuts a tensor along an axis into a list.

    Args:
        x: Tensor.
        indices_or_sections: Int, the number of equal parts, or a list of the indices to cut at.
        axis: Int.

    Example:

    >>> [part.tolist() for part in kerajax.ops.split([1, 2, 3, 4], 2)]
    [[1, 2], [3, 4]]
    """
    return _parts(jnp.split, x, indices_or_sections, axis)


@op
def array_split(x, indices_or_sections, axis=0):
    """Cuts a tensor along an axis into parts whose sizes differ by one at most.

    Example:

    >>> [part.tolist() for part in kerajax.ops.array_split([1, 2, 3], 2)]
    [[1, 2], [3]]
    """
    return _parts(jnp.array_split, x, indices_or_sections, axis)


@op
def hsplit(x, indices_or_sections):
    """Cuts along the second axis (the first of a vector): see `split`.

    Example:

    >>> [part.shape for part in kerajax.ops.hsplit(np.zeros((2, 4)), 2)]
    [(2, 2), (2, 2)]
    """
    return _parts(jnp.split, x, indices_or_sections, 1 if jnp.ndim(x) > 1 else 0)


@op
def vsplit(x, indices_or_sections):
    """Cuts along the first axis: see `split`.

    Example:

    >>> [part.shape for part in kerajax.ops.vsplit(np.zeros((2, 4)), 2)]
    [(1, 4), (1, 4)]
    """
    return _parts(jnp.split, x, indices_or_sections, 0)


@op
def dsplit(x, indices_or_sections):
    """Cuts along the third axis: see `split`.

    Example:

    >>> [part.shape for part in kerajax.ops.dsplit(np.zeros((2, 3, 4)), 2)]
    [(2, 3, 2), (2, 3, 2)]
    """
    return _parts(jnp.split, x, indices_or_sections, 2)


def _parts(split, x, indices_or_sections, axis):
    if not isinstance(indices_or_sections, int):
        indices_or_sections = tuple(int(i) for i in indices_or_sections)
    return split(as_array(x), indices_or_sections, axis)


@op
def unstack(x, num=None, axis=0):
    """A list of the slices along an axis.

    Args:
        x: Tensor.
        num: Int. The size of the axis, where it is not known from the shape.
        axis: Int.

    Example:

    >>> [row.tolist() for row in kerajax.ops.unstack([[1, 2], [3, 4]])]
    [[1, 2], [3, 4]]
    """
    x = as_array(x)
    return [jax.lax.index_in_dim(x, i, axis, keepdims=False) for i in range(x.shape[axis])]


@op
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


@op
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
    if constant_values is None:
        return jnp.pad(x, pad_width, mode=mode)
    if mode != "constant":
        raise ValueError(
            "Argument `constant_values` of pad belongs to mode='constant'. "
            f"Received: mode={mode!r}, constant_values={constant_values}"
        )
    return jnp.pad(x, pad_width, mode=mode, constant_values=constant_values)


def _without_axis(xs, axis):
    """`xs` with unknown sizes taken from each other, except along the axis they are joined at."""
    rank = len(xs[0].shape) if hasattr(xs[0], "shape") else jnp.ndim(xs[0])
    axis %= max(rank, 1)
    shapes = [x.shape for x in xs if hasattr(x, "shape")]
    sizes = [next((s[i] for s in shapes if s[i] is not None), None) for i in range(rank)]
    return [
        KerasTensor(
            [s if s is not None or i == axis else sizes[i] for i, s in enumerate(x.shape)], x.dtype
        )
        if isinstance(x, KerasTensor)
        else x
        for x in xs
    ]
