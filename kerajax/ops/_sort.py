"""Order, counting and search."""

import jax
import jax.numpy as jnp
import numpy as np

from kerajax._checks import one_of, positive_int
from kerajax.backend import (
    KerasTensor,
    as_array,
    canonical_dtype,
    is_sparse,
    result_type,
    standardize_dtype,
)
from kerajax.ops._op import op, sparse_rules


@op
def sort(x, axis=-1):
    """Values along an axis (of the flattened tensor if None) in ascending order.

    Example:

    >>> kerajax.ops.sort([3, 1, 2]).tolist()
    [1, 2, 3]
    """
    return jnp.sort(x, axis=axis)


@op
def argsort(x, axis=-1):
    """Indices that sort `x` along an axis (flattened if None), int32; ties keep their order.

    Example:

    >>> kerajax.ops.argsort([3, 1, 2]).tolist()
    [1, 2, 0]
    """
    x = as_array(x)
    return jnp.argsort(x, axis=axis if x.ndim else None)


@op
def argpartition(x, kth, axis=-1):
    """Indices that put the `kth` value in its sorted place, smaller ones before, larger ones after.

    Example:

    >>> kerajax.ops.argpartition([3, 1, 2], 0).tolist()[0]
    1
    """
    x = as_array(x)
    return jnp.argpartition(x.ravel() if axis is None else x, kth, axis=0 if axis is None else axis)


@op
def top_k(x, k, sorted=True):
    """The `k` largest values along the last axis in descending order, and their indices.

    Args:
        x: Tensor.
        k: Int.
        sorted: Bool. The result is in order either way.

    Example:

    >>> values, indices = kerajax.ops.top_k([3, 1, 2], 2)
    >>> values.tolist(), indices.tolist()
    ([3, 2], [0, 2])
    """
    return tuple(jax.lax.top_k(as_array(x), k))


@op(data=("targets", "predictions"))
def in_top_k(targets, predictions, k):
    """Whether the predicted value of the target class is among the `k` largest; ties count as in.

    Args:
        targets: Integer tensor `(batch,)`.
        predictions: Tensor `(batch, classes)`.
        k: Int.

    Example:

    >>> kerajax.ops.in_top_k([0, 1], [[0.1, 0.9, 0.5], [0.1, 0.9, 0.5]], 2).tolist()
    [False, True]
    """
    targets, predictions = as_array(targets), as_array(predictions)
    targets = targets[..., None].astype("int32")
    of_target = jnp.take_along_axis(predictions, targets, axis=-1)
    # A nan is not among the best.
    of_target = jnp.where(jnp.isnan(of_target), -jnp.inf, of_target)
    return jnp.sum(predictions > of_target, axis=-1) < k


@op(data=("sorted_sequence", "values"))
def searchsorted(sorted_sequence, values, side="left"):
    """Where in an ascending vector the values would be inserted, int32.

    Args:
        sorted_sequence: Vector, ascending.
        values: Tensor.
        side: `"left"` or `"right"`: which side of equal values.

    Raises:
        ValueError: If `sorted_sequence` has other than one axis.

    Example:

    >>> kerajax.ops.searchsorted([1, 3, 5], [3, 4]).tolist()
    [1, 2]
    """
    one_of(side, "side", "searchsorted", ("left", "right"))
    sequence = as_array(sorted_sequence)
    if sequence.ndim != 1:
        raise ValueError(
            "searchsorted needs a vector to search in; use `ops.vectorized_map` for several. "
            f"Received: sorted_sequence.shape={sequence.shape}"
        )
    return jnp.searchsorted(sequence, as_array(values), side=side)


@op(data=("x", "bins"))
def digitize(x, bins):
    """Number of the bin that each value falls into: `bins[i - 1] <= x < bins[i]`, int32.

    Example:

    >>> kerajax.ops.digitize([0.5, 2.5], [1.0, 2.0, 3.0]).tolist()
    [0, 2]
    """
    return jnp.digitize(as_array(x), as_array(bins)).astype("int32")


def _bincount_spec(x, weights=None, minlength=0, sparse=False):
    dtype = "int32" if weights is None else standardize_dtype(weights.dtype)
    return KerasTensor((*x.shape[:-1], None), dtype, sparse=sparse)


@op(spec=_bincount_spec, data=("x",))
def bincount(x, weights=None, minlength=0, sparse=False):
    """How often each of the numbers 0, 1, ... occurs along the last axis.

    The length of the result is `max(x) + 1`, so this cannot be compiled.

    Args:
        x: Tensor of ints >= 0, `(n,)` or `(batch, n)`.
        weights: Optional tensor of the same shape: how much each occurrence counts.
        minlength: Int. Least length of the result.
        sparse: Bool. Whether the result is a sparse tensor; of a sparse `x` it always is.

    Example:

    >>> kerajax.ops.bincount([0, 2, 2]).tolist()
    [1, 0, 2]
    """
    if sparse or is_sparse(x):
        x = x if is_sparse(x) else as_array(x)
        return sparse_rules().bincount(x, weights, minlength)
    x = as_array(x)
    if x.ndim == 1:
        return jnp.bincount(x, weights=weights, minlength=minlength)
    length = max(int(jnp.max(x)) + 1, minlength)
    rows = jnp.ones_like(x) if weights is None else as_array(weights)
    return jax.vmap(lambda v, w: jnp.zeros(length, w.dtype).at[v].add(w))(x, rows)


@op
def histogram(x, bins=10, range=None):
    """Counts of values in bins of equal width, and the edges of the bins.

    Args:
        x: Tensor.
        bins: Int, the number of bins, or a vector of edges.
        range: Optional pair (low, high); by default that of the values.

    Example:

    >>> counts, edges = kerajax.ops.histogram([1.0, 2.0, 2.5], bins=2)
    >>> counts.tolist(), edges.tolist()
    ([1.0, 2.0], [1.0, 1.75, 2.5])
    """
    if range is not None and np.ndim(range) == 1 and not range[0] < range[1]:
        raise ValueError(
            "histogram: the second element of `range` must be greater than the first. Received: "
            f"range={range}"
        )
    if isinstance(bins, int):
        positive_int(bins, "bins", "histogram")
    return tuple(jnp.histogram(x, bins=bins, range=range))


def _nonzero_spec(x):
    return tuple(KerasTensor((None,), "int32") for _ in x.shape)


@op(spec=_nonzero_spec)
def nonzero(x):
    """Indices of the nonzero values, a tuple with a vector for each axis.

    Their number depends on the values, so this cannot be compiled.

    Example:

    >>> [i.tolist() for i in kerajax.ops.nonzero([[0, 1], [2, 0]])]
    [[0, 1], [1, 0]]
    """
    return jnp.nonzero(as_array(x))


def _unique_spec(
    x,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
):
    shape = (
        [size]
        if axis is None
        else [size if i == axis % len(x.shape) else n for i, n in enumerate(x.shape)]
    )
    inverse = x.shape if axis is None else (x.shape[axis],)
    wanted = ((return_index, (size,)), (return_inverse, inverse), (return_counts, (size,)))
    others = [KerasTensor(other, "int32") for is_wanted, other in wanted if is_wanted]
    values = KerasTensor(shape, x.dtype)
    return (values, *others) if others else values


@op(spec=_unique_spec)
def unique(
    x,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
):
    """The different values of a tensor (or slices along an axis).

    Args:
        x: Tensor.
        sorted: Bool. Whether they come in ascending order.
        return_index: Bool. Whether to return where each was found first.
        return_inverse: Bool. Whether to return the indices that rebuild `x`.
        return_counts: Bool. Whether to return how often each occurs.
        axis: Int, or None for the flattened tensor.
        size: Int. Number of values in the result, needed in compiled code.
        fill_value: Number that fills up to `size`.

    Example:

    >>> kerajax.ops.unique([3, 1, 3]).tolist()
    [1, 3]
    """
    return jnp.unique(
        as_array(x),
        return_index=return_index,
        return_inverse=return_inverse,
        return_counts=return_counts,
        axis=axis,
        equal_nan=False,
        size=size,
        sorted=sorted,
        fill_value=fill_value,
    )


@op(data=("a",))
def diff(a, n=1, axis=-1):
    """Differences of neighbours along an axis, taken `n` times.

    Example:

    >>> kerajax.ops.diff([1, 4, 9]).tolist()
    [3, 5]
    """
    return jnp.diff(a, n=n, axis=axis)


@op(data=("y",))
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """Integral along an axis by the trapezoidal rule.

    Args:
        y: Tensor of values.
        x: Optional tensor of the places they belong to.
        dx: Number. Their distance, if `x` is None.
        axis: Int.

    Example:

    >>> kerajax.ops.trapezoid([1.0, 2.0, 3.0]).tolist()
    4.0
    """
    x = None if x is None else as_array(x)
    return jnp.trapezoid(as_array(y), x, dx=dx, axis=axis)


@op
def corrcoef(x):
    """Matrix of the correlation coefficients of the rows.

    Example:

    >>> print(kerajax.ops.corrcoef([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]).round(3))
    [[ 1. -1.]
     [-1.  1.]]
    """
    return jnp.corrcoef(as_array(x))


@op
def correlate(x1, x2, mode="valid"):
    """Cross-correlation of two vectors: `c[k] = sum over n of x1[n + k] * conj(x2[n])`.

    Args:
        x1: Vector.
        x2: Vector.
        mode: `"valid"`, `"same"` or `"full"`.

    Example:

    >>> kerajax.ops.correlate([1.0, 2.0, 3.0], [0.0, 1.0]).tolist()
    [2.0, 3.0]
    """
    one_of(mode, "mode", "correlate", ("valid", "same", "full"))
    x1, x2 = as_array(x1), as_array(x2)
    dtype = canonical_dtype(result_type(x1.dtype, x2.dtype, float))
    return jnp.correlate(x1.astype(dtype), x2.astype(dtype), mode)


def vectorize(pyfunc, *, excluded=None, signature=None):
    """A function of tensors from a function of scalars (or of what `signature` names).

    Args:
        pyfunc: Function.
        excluded: Set of the arguments (by place or name) that pass as they are.
        signature: String such as `"(n),(n)->()"`: the axes that `pyfunc` takes and returns.

    Example:

    >>> kerajax.ops.vectorize(lambda a, b: a + b)(np.arange(3), 1).tolist()
    [1, 2, 3]
    """
    if not callable(pyfunc):
        raise ValueError(f"vectorize needs a function. Received: pyfunc={pyfunc!r}")
    return jnp.vectorize(pyfunc, excluded=excluded or set(), signature=signature)
