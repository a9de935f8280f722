"""Products of tensors: matrices, axes, letters, vectors.

Symbolic shapes take sizes that are unknown on one side from the other.
"""

import jax.numpy as jnp
import numpy as np

from kerajax.backend import KerasTensor, as_array, infer, shape_of
from kerajax.ops._broadcast import broadcasting, unify
from kerajax.ops._op import op

# Comparing a dtype with a string costs a microsecond.
_INT8 = np.dtype("int8")


def _matmul_spec(x1, x2):
    if len(x1.shape) > 2 and len(x2.shape) > 2:
        x1, x2 = _unify_batch(x1, x2)
    return infer(_matmul, *_unify_inner(x1, x2))


@op(spec=_matmul_spec)
def matmul(x1, x2):
    """Matrix product over the last axis of `x1` and the second last of `x2`; the rest broadcasts.

    Two int8 tensors multiply into int32.

    Args:
        x1: Tensor `(..., n, k)` or `(k,)`.
        x2: Tensor `(..., k, m)` or `(k,)`.

    Returns:
        Tensor `(..., n, m)`.

    Example:

    >>> kerajax.ops.matmul([[1, 2]], [[3], [4]]).tolist()
    [[11]]
    """
    return _matmul(x1, x2)


def _matmul(x1, x2):
    if getattr(x1, "dtype", None) == _INT8 and getattr(x2, "dtype", None) == _INT8:
        return jnp.matmul(x1, x2, preferred_element_type="int32")
    return jnp.matmul(x1, x2)


def _dot_spec(x1, x2):
    both_have_axes = len(shape_of(x1)) and len(shape_of(x2))
    return infer(jnp.dot, *(_unify_inner(x1, x2) if both_have_axes else (x1, x2)))


@op(spec=_dot_spec)
def dot(x1, x2):
    """Product over the last axis of `x1` and the second last (or only) axis of `x2`.

    Example:

    >>> kerajax.ops.dot([1, 2], [3, 4]).tolist()
    11
    """
    return jnp.dot(x1, x2)


def _tensordot_spec(x1, x2, axes=2):
    if isinstance(axes, int):
        first, second = range(-axes, 0), range(axes)
    else:
        first, second = ([a] if isinstance(a, int) else a for a in axes)
    shapes = [list(x1.shape), list(x2.shape)]
    for i, j in zip(first, second, strict=True):
        known = shapes[0][i] if shapes[0][i] is not None else shapes[1][j]
        shapes[0][i] = shapes[1][j] = known
    pair = (_resized(x, shape) for x, shape in zip((x1, x2), shapes, strict=True))
    return infer(jnp.tensordot, *pair, axes)


@op(spec=_tensordot_spec)
def tensordot(x1, x2, axes=2):
    """Sums of products over pairs of axes.

    Args:
        x1: Tensor.
        x2: Tensor.
        axes: Int n (the last n axes of `x1` with the first n of `x2`), or a pair of lists.

    Example:

    >>> kerajax.ops.tensordot(np.ones((2, 3)), np.ones((3, 4)), axes=1).shape
    (2, 4)
    """
    return jnp.tensordot(x1, x2, axes=axes)


def _einsum_spec(subscripts, *operands, **kwargs):
    terms = subscripts.replace(" ", "").split("->")[0].split(",")
    sizes, labels = {}, []
    for term, x in zip(terms, operands, strict=True):
        shape = shape_of(x)
        head, dots, tail = term.partition("...")
        inner = range(len(head) + len(tail) - len(shape), 0) if dots else []
        labels.append([*head, *inner, *tail])
        known = zip(labels[-1], shape, strict=True)
        sizes.update((label, n) for label, n in known if n not in (None, 1))
    operands = [
        _resized(
            x, [sizes.get(k) if n is None else n for k, n in zip(term, shape_of(x), strict=True)]
        )
        for term, x in zip(labels, operands, strict=True)
    ]
    return infer(_einsum, subscripts, *operands, **kwargs)


@op(spec=_einsum_spec)
def einsum(subscripts, *operands, **kwargs):
    """Einstein's sum: products summed over the letters missing after the arrow.

    Args:
        subscripts: String such as `"ij,jk->ik"`.
        *operands: Tensors.
        **kwargs: `optimize`, as `jnp.einsum` takes it.

    Example:

    >>> kerajax.ops.einsum("i,j->ij", [1, 2], [3, 4]).tolist()
    [[3, 4], [6, 8]]
    """
    return _einsum(subscripts, *operands, **kwargs)


def _einsum(subscripts, *operands, **kwargs):
    operands = [as_array(x) for x in operands]
    kwargs.setdefault("preferred_element_type", _wide_int(*operands))
    return jnp.einsum(subscripts, *operands, **kwargs)


@op
def outer(x1, x2):
    """Products of all pairs of the flattened tensors, `(x1.size, x2.size)`.

    Example:

    >>> kerajax.ops.outer([1, 2], [3, 4]).tolist()
    [[3, 4], [6, 8]]
    """
    return jnp.outer(x1, x2)


def _inner_spec(x1, x2):
    last = [x.shape[-1] for x in (x1, x2) if len(x.shape)]
    known = {size for size in last if size is not None}
    if len(last) == 2 and len(known) > 1:
        raise ValueError(
            "inner needs two tensors with the same last dimension. "
            f"Received: x1.shape={x1.shape}, x2.shape={x2.shape}"
        )
    if len(last) == 2 and known:
        x1, x2 = (_resized(x, (*x.shape[:-1], *known)) for x in (x1, x2))
    return infer(jnp.inner, x1, x2)


@op(spec=_inner_spec)
def inner(x1, x2):
    """Sums of products over the last axes.

    Example:

    >>> kerajax.ops.inner([1, 2], [3, 4]).tolist()
    11
    """
    return jnp.inner(x1, x2)


@op
def vdot(x1, x2):
    """Product of the flattened tensors, `x1` conjugated.

    Example:

    >>> kerajax.ops.vdot([[1, 2]], [[3], [4]]).tolist()
    11
    """
    return jnp.vdot(x1, x2)


@op
def kron(x1, x2):
    """Kronecker product: `x2` scaled by each element of `x1`.

    Example:

    >>> kerajax.ops.kron([1, 2], [1, 10]).tolist()
    [1, 10, 2, 20]
    """
    return jnp.kron(x1, x2)


@broadcasting
def cross(x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Vector product along axes of size 3 (or 2).

    Args:
        x1: Tensor.
        x2: Tensor.
        axisa: Int. The axis of the vectors in `x1`.
        axisb: Int. The axis of the vectors in `x2`.
        axisc: Int. The axis of the vectors in the result.
        axis: Int. All three at once.

    Example:

    >>> kerajax.ops.cross([1, 0, 0], [0, 1, 0]).tolist()
    [0, 0, 1]
    """
    x1, x2 = as_array(x1), as_array(x2)
    return jnp.cross(x1, x2, axisa=axisa, axisb=axisb, axisc=axisc, axis=axis)


def _wide_int(*operands):
    """int8 products accumulate in int32, which accelerators do in hardware."""
    return "int32" if operands and all(x.dtype == _INT8 for x in operands) else None


def _unify_batch(x1, x2):
    """Unknown sizes of the batch axes taken from the other side."""
    heads = unify({i: KerasTensor(x.shape[:-2]) for i, x in enumerate((x1, x2))})
    return [_resized(x, heads[i].shape + tuple(x.shape[-2:])) for i, x in enumerate((x1, x2))]


def _unify_inner(x1, x2):
    inner1, place = x1.shape[-1], -2 if len(x2.shape) > 1 else -1
    inner2 = x2.shape[place]
    if inner1 is None and inner2 is not None:
        x1 = _resized(x1, (*x1.shape[:-1], inner2))
    elif inner2 is None and inner1 is not None:
        shape = list(x2.shape)
        shape[place] = inner1
        x2 = _resized(x2, shape)
    return x1, x2


def _resized(x, shape):
    return KerasTensor(shape, x.dtype) if isinstance(x, KerasTensor) else x
