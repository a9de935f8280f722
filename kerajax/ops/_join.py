"""Joining tensors along old and new axes, and cutting them into lists."""

import jax
import jax.numpy as jnp
from numpy.lib.array_utils import normalize_axis_index

from kerajax.backend import KerasTensor, as_array, infer
from kerajax.ops._broadcast import unify
from kerajax.ops._op import op


def _concatenate_spec(xs, axis=0):
    if axis is None:
        raise ValueError("concatenate of symbolic tensors needs an `axis`. Received: axis=None")
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


def _vstack_spec(xs):
    return infer(jnp.vstack, _without_axis(xs, 0 if len(xs[0].shape) > 1 else None))


@op(spec=_vstack_spec)
def vstack(xs):
    """Joins tensors along the first axis; vectors become rows.

    Example:

    >>> kerajax.ops.vstack([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    return jnp.vstack([as_array(x) for x in xs])


def _hstack_spec(xs):
    return infer(jnp.hstack, _without_axis(xs, 1 if len(xs[0].shape) > 1 else 0))


@op(spec=_hstack_spec)
def hstack(xs):
    """Joins tensors along the second axis, vectors along their only one.

    Example:

    >>> kerajax.ops.hstack([[1, 2], [3, 4]]).tolist()
    [1, 2, 3, 4]
    """
    return jnp.hstack([as_array(x) for x in xs])


def _dstack_spec(xs):
    return infer(jnp.dstack, _without_axis(xs, 2 if len(xs[0].shape) > 2 else None))


@op(spec=_dstack_spec)
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
    elif indices_or_sections < 1:
        raise ValueError(
            "Argument `indices_or_sections` must be a positive integer, or a list of the indices "
            f"to cut at. Received: indices_or_sections={indices_or_sections}"
        )
    return split(as_array(x), indices_or_sections, axis)


def _unstack_spec(x, num=None, axis=0):
    axis = normalize_axis_index(axis, len(x.shape))
    num = x.shape[axis] if num is None else num
    if num is None:
        raise ValueError(
            f"unstack: Cannot infer argument `num` from shape {x.shape}. Say how many slices there "
            "will be."
        )
    return [KerasTensor(x.shape[:axis] + x.shape[axis + 1 :], x.dtype) for _ in range(num)]


@op(spec=_unstack_spec)
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
    axis = normalize_axis_index(axis, x.ndim)
    return [jax.lax.index_in_dim(x, i, axis, keepdims=False) for i in range(x.shape[axis])]


def _without_axis(xs, axis):
    """`xs` with unknown sizes taken from each other, except along the axis they are joined at.

    None where they are joined at a new axis.
    """
    rank = len(xs[0].shape) if hasattr(xs[0], "shape") else jnp.ndim(xs[0])
    axis = None if axis is None else axis % max(rank, 1)
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
