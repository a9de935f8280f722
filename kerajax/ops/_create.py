"""Making tensors from sizes, ranges and class indices. Shapes must be known here."""

import jax
import jax.numpy as jnp

from kerajax._checks import one_of
from kerajax.backend import (
    KerasTensor,
    as_array,
    canonical_dtype,
    cast,
    convert_to_tensor,
    dtype_of,
    floatx,
    infer,
    result_type,
)
from kerajax.ops._broadcast import broadcasting
from kerajax.ops._op import op, sparse_rules


def zeros(shape, dtype=None):
    """Zeros.

    Args:
        shape: Tuple of ints.
        dtype: String. The default float type if None.

    Example:

    >>> kerajax.ops.zeros((2,)).tolist()
    [0.0, 0.0]
    """
    return jnp.zeros(shape, _dtype(dtype))


def ones(shape, dtype=None):
    """Ones.

    Args:
        shape: Tuple of ints.
        dtype: String. The default float type if None.

    Example:

    >>> kerajax.ops.ones((2,), "int32").tolist()
    [1, 1]
    """
    return jnp.ones(shape, _dtype(dtype))


def empty(shape, dtype=None):
    """A tensor whose values do not matter (they are zeros).

    Example:

    >>> kerajax.ops.empty((2, 3)).shape
    (2, 3)
    """
    return jnp.empty(shape, _dtype(dtype))


@op(data=("fill_value",))
def full(shape, fill_value, dtype=None):
    """A tensor filled with one value, or with a value that broadcasts to `shape`.

    Example:

    >>> kerajax.ops.full((2,), 7.0).tolist()
    [7.0, 7.0]
    """
    return jnp.full(shape, fill_value, _dtype(dtype))


@op
def zeros_like(x, dtype=None):
    """Zeros of the shape of `x`, and of its dtype if `dtype` is None.

    Example:

    >>> kerajax.ops.zeros_like([1, 2]).tolist()
    [0, 0]
    """
    return jnp.zeros_like(x, dtype=_dtype_or_none(dtype))


@op
def ones_like(x, dtype=None):
    """Ones of the shape of `x`, and of its dtype if `dtype` is None.

    Example:

    >>> kerajax.ops.ones_like([5, 6]).tolist()
    [1, 1]
    """
    return jnp.ones_like(x, dtype=_dtype_or_none(dtype))


@op
def empty_like(x, dtype=None):
    """A tensor of the shape of `x` whose values do not matter (they are zeros).

    Example:

    >>> kerajax.ops.empty_like([5, 6]).shape
    (2,)
    """
    return jnp.empty_like(x, dtype=_dtype_or_none(dtype))


@op(data=("x", "fill_value"))
def full_like(x, fill_value, dtype=None):
    """A tensor of the shape of `x`, filled with one value.

    Example:

    >>> kerajax.ops.full_like([5, 6], 3).tolist()
    [3, 3]
    """
    return jnp.full_like(x, fill_value, dtype=_dtype_or_none(dtype))


@op(data=("start", "stop", "step"))
def arange(start, stop=None, step=None, dtype=None):
    """Numbers `start, start + step, ...` below `stop`; with one argument, `0, 1, ...` below it.

    Args:
        start: Number: the first value, or the end if it is the only argument.
        stop: Number. The end, not included.
        step: Number. The distance, 1 if None.
        dtype: String. By default int32 if all arguments are ints, else the default float type.

    Example:

    >>> kerajax.ops.arange(1, 7, 2).tolist()
    [1, 3, 5]
    """
    if dtype is None:
        dtype = result_type(*(dtype_of(x) for x in (start, stop, step) if x is not None))
    return jnp.arange(start, stop, step, dtype=canonical_dtype(dtype))


@broadcasting(data=("start", "stop"))
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """`num` numbers at equal distances from `start` to `stop`.

    Args:
        start: Number or tensor.
        stop: Number or tensor.
        num: Int. How many.
        endpoint: Bool. Whether `stop` is the last one.
        retstep: Bool. Whether to return the pair (numbers, distance).
        dtype: String. By default a float type.
        axis: Int. Where the new axis stands, for tensors.

    Example:

    >>> kerajax.ops.linspace(0.0, 1.0, num=3).tolist()
    [0.0, 0.5, 1.0]
    """
    dtype = _span_dtype(dtype, start, stop)
    return jnp.linspace(start, stop, num, endpoint, retstep=retstep, dtype=dtype, axis=axis)


@broadcasting(data=("start", "stop"))
def logspace(start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0):
    """`base ** linspace(start, stop, num)`.

    Example:

    >>> kerajax.ops.logspace(0.0, 2.0, num=3).tolist()
    [1.0, 10.0, 100.0]
    """
    dtype = _span_dtype(dtype, start, stop)
    return jnp.logspace(start, stop, num, endpoint, base=base, dtype=dtype, axis=axis)


@broadcasting(data=("start", "stop"))
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """`num` numbers at equal ratios from `start` to `stop`.

    Example:

    >>> print(kerajax.ops.geomspace(1.0, 100.0, num=3).round(3))
    [  1.       10.      100.00001]
    """
    dtype = _span_dtype(dtype, start, stop)
    return jnp.geomspace(start, stop, num, endpoint, dtype=dtype, axis=axis)


def eye(N, M=None, k=0, dtype=None):
    """Ones on a diagonal, zeros elsewhere.

    Args:
        N: Int. Number of rows.
        M: Int. Number of columns, `N` if None.
        k: Int. Which diagonal: 0 the main one, above it if positive.
        dtype: String. The default float type if None.

    Example:

    >>> kerajax.ops.eye(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return jnp.eye(N, M, k, dtype=_dtype(dtype))


def identity(n, dtype=None):
    """The identity matrix `(n, n)`.

    Example:

    >>> kerajax.ops.identity(2, "int32").tolist()
    [[1, 0], [0, 1]]
    """
    return jnp.identity(n, dtype=_dtype(dtype))


def tri(N, M=None, k=0, dtype=None):
    """Ones on and below a diagonal, zeros above it; arguments as in `eye`.

    Example:

    >>> kerajax.ops.tri(2, 3, dtype="int32").tolist()
    [[1, 0, 0], [1, 1, 0]]
    """
    return jnp.tri(N, M, k, dtype=_dtype(dtype))


@op
def tril(x, k=0):
    """`x` with zeros above diagonal `k` of the last two axes.

    Example:

    >>> kerajax.ops.tril([[1, 2], [3, 4]]).tolist()
    [[1, 0], [3, 4]]
    """
    return jnp.tril(x, k)


@op
def triu(x, k=0):
    """`x` with zeros below diagonal `k` of the last two axes.

    Example:

    >>> kerajax.ops.triu([[1, 2], [3, 4]]).tolist()
    [[1, 2], [0, 4]]
    """
    return jnp.triu(x, k)


@op
def meshgrid(*x, indexing="xy"):
    """Coordinates of a grid: one tensor for each of the 1D tensors `x`.

    Args:
        *x: 1D tensors; others are flattened.
        indexing: `"xy"` (the first two axes exchanged, as in images) or `"ij"`.

    Raises:
        ValueError: If `indexing` is something else.

    Example:

    >>> [grid.tolist() for grid in kerajax.ops.meshgrid([1, 2], [3, 4])]
    [[[1, 2], [1, 2]], [[3, 3], [4, 4]]]
    """
    one_of(indexing, "indexing", "meshgrid", ("xy", "ij"))
    return jnp.meshgrid(*(jnp.ravel(as_array(axis)) for axis in x), indexing=indexing)


def _diag_spec(x, k=0):
    return _unknown_diagonal(infer(jnp.diag, x, k), x.shape[-2:])


@op(spec=_diag_spec)
def diag(x, k=0):
    """The diagonal `k` of a matrix, or a matrix with the vector `x` on it.

    Example:

    >>> kerajax.ops.diag([1, 2]).tolist()
    [[1, 0], [0, 2]]
    """
    return jnp.diag(x, k)


@op
def diagflat(x, k=0):
    """A matrix with the flattened `x` on diagonal `k`.

    Example:

    >>> kerajax.ops.diagflat([[1], [2]]).tolist()
    [[1, 0], [0, 2]]
    """
    return jnp.diagflat(x, k)


def _diagonal_spec(x, offset=0, axis1=0, axis2=1):
    plane = (x.shape[axis1], x.shape[axis2])
    return _unknown_diagonal(infer(jnp.diagonal, x, offset, axis1, axis2), plane)


def _unknown_diagonal(result, plane):
    """`result` with a last axis of unknown size where a side of the plane is unknown."""
    if None not in plane:
        return result
    shape = (*result.shape[:-1], None) if len(plane) > 1 else (None, None)
    return KerasTensor(shape, result.dtype)


@op(spec=_diagonal_spec)
def diagonal(x, offset=0, axis1=0, axis2=1):
    """The diagonal in the plane of two axes; it becomes the last axis.

    Example:

    >>> kerajax.ops.diagonal([[1, 2], [3, 4]]).tolist()
    [1, 4]
    """
    return jnp.diagonal(x, offset, axis1, axis2)


@op
def vander(x, N=None, increasing=False):
    """Vandermonde matrix: the powers of a vector in columns, the highest first.

    Example:

    >>> kerajax.ops.vander([2, 3], 3).tolist()
    [[4, 2, 1], [9, 3, 1]]
    """
    return jnp.vander(as_array(x), N, increasing)


@op
def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    """1 at the place that `x` names, 0 elsewhere; all 0 where `x` is out of range.

    Args:
        x: Integer tensor.
        num_classes: Int. Size of the new axis.
        axis: Int. Where it stands in the result.
        dtype: String. The default float type if None.
        sparse: Bool. Whether the result is a sparse tensor.

    Example:

    >>> kerajax.ops.one_hot([0, 2, -1], 3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    x, dtype = as_array(x), _dtype(dtype)
    make = sparse_rules().one_hot if sparse else jax.nn.one_hot
    return make(x, num_classes, axis=axis, dtype=dtype)


@op
def multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs):
    """1 at all places that a row of `inputs` names, 0 elsewhere.

    Args:
        inputs: Integer tensor `(length,)` or `(batch, length, ...)`; the second axis (or the only
            one) is reduced.
        num_classes: Int. Size of the new axis.
        axis: Int. Where it stands.
        dtype: String. The default float type if None.
        sparse: Bool. Whether the result is a sparse tensor.
        **kwargs: `num_tokens`, an older name of `num_classes`.

    Example:

    >>> kerajax.ops.multi_hot([[0, 2], [1, 1]], 3).tolist()
    [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    num_classes = kwargs.pop("num_tokens", num_classes)
    if kwargs or num_classes is None:
        raise ValueError(
            "multi_hot needs `num_classes` and takes no other arguments than `axis`, `dtype` and "
            f"`sparse`. Received: num_classes={num_classes}, {kwargs}"
        )
    inputs = cast(inputs, "int32")
    if sparse:
        return sparse_rules().multi_hot(inputs, num_classes, axis, _dtype(dtype))
    hot = jax.nn.one_hot(inputs, num_classes, axis=axis, dtype=_dtype(dtype))
    return jnp.max(hot, axis=1 if inputs.ndim > 1 else 0)


@op
def array(x, dtype=None):
    """`x` as a tensor: `convert_to_tensor` under NumPy's name.

    Example:

    >>> kerajax.ops.array([1, 2]).tolist()
    [1, 2]
    """
    return convert_to_tensor(x, dtype)


@op
def copy(x):
    """A copy of `x`.

    Example:

    >>> kerajax.ops.copy([1, 2]).tolist()
    [1, 2]
    """
    return jnp.copy(x)


def _dtype(dtype):
    return canonical_dtype(floatx() if dtype is None else dtype)


def _dtype_or_none(dtype):
    return None if dtype is None else canonical_dtype(dtype)


def _span_dtype(dtype, start, stop):
    if dtype is None:
        dtype = result_type(dtype_of(start), dtype_of(stop), float)
    return canonical_dtype(dtype)
