"""Reductions over axes, and cumulative sums and products.

`axis` is an int, a tuple of ints or None (all axes); `keepdims` keeps reduced axes with size 1.
Reductions that skip nan are in `_nan.py`.
"""

import jax
import jax.numpy as jnp

from kerajax._checks import one_of
from kerajax.backend import as_array, cast, dtype_of, result_type
from kerajax.ops._broadcast import as_float
from kerajax.ops._op import op

QUANTILE_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


@op
def sum(x, axis=None, keepdims=False):
    """Sum over axes. Booleans are counted as int32.

    Args:
        x: Tensor.
        axis: Int, tuple of ints, or None for all axes.
        keepdims: Bool. Whether reduced axes stay, with size 1.

    Example:

    >>> kerajax.ops.sum([[1, 2], [3, 4]], axis=0).tolist()
    [4, 6]
    """
    return jnp.sum(x, axis=_axes(axis), keepdims=keepdims)


@op
def mean(x, axis=None, keepdims=False):
    """Arithmetic mean over axes. The sum runs in float32 or wider; integers give float32.

    Args:
        x: Tensor.
        axis: Int, tuple of ints, or None for all axes.
        keepdims: Bool. Whether reduced axes stay, with size 1.

    Example:

    >>> kerajax.ops.mean([[1, 2], [3, 4]], axis=0).tolist()
    [2.0, 3.0]
    """
    x = as_array(x)
    # JAX sums float16 in float32, where the sum does not overflow above 65504.
    dtype = None if jnp.issubdtype(x.dtype, jnp.inexact) else "float32"
    return jnp.mean(x, axis=_axes(axis), keepdims=keepdims, dtype=dtype)


@op
def prod(x, axis=None, keepdims=False, dtype=None):
    """Product over axes.

    Args:
        x: Tensor.
        axis: Int, tuple of ints, or None for all axes.
        keepdims: Bool. Whether reduced axes stay, with size 1.
        dtype: String. Dtype of the result; by default as `sum` has it.

    Example:

    >>> kerajax.ops.prod([[1, 2], [3, 4]], axis=0).tolist()
    [3, 8]
    """
    return jnp.prod(x, axis=_axes(axis), keepdims=keepdims, dtype=dtype)


@op
def max(x, axis=None, keepdims=False, initial=None):
    """Largest value over axes. Ties share the gradient equally.

    Args:
        x: Tensor.
        axis: Int, tuple of ints, or None for all axes.
        keepdims: Bool. Whether reduced axes stay, with size 1.
        initial: Number below which the result cannot fall; needed for empty axes.

    Example:

    >>> kerajax.ops.max([[1, 4], [3, 2]], axis=1).tolist()
    [4, 3]
    """
    return jnp.max(x, axis=_axes(axis), keepdims=keepdims, initial=initial)


@op
def min(x, axis=None, keepdims=False, initial=None):
    """Smallest value over axes. Ties share the gradient equally.

    Args:
        x: Tensor.
        axis: Int, tuple of ints, or None for all axes.
        keepdims: Bool. Whether reduced axes stay, with size 1.
        initial: Number above which the result cannot rise; needed for empty axes.

    Example:

    >>> kerajax.ops.min([[1, 4], [3, 2]], axis=1).tolist()
    [1, 2]
    """
    return jnp.min(x, axis=_axes(axis), keepdims=keepdims, initial=initial)


@op
def amax(x, axis=None, keepdims=False):
    """Largest value over axes: `max` under NumPy's older name.

    Example:

    >>> kerajax.ops.amax([[1, 4], [3, 2]], axis=1).tolist()
    [4, 3]
    """
    return jnp.max(x, axis=_axes(axis), keepdims=keepdims)


@op
def amin(x, axis=None, keepdims=False):
    """Smallest value over axes: `min` under NumPy's older name.

    Example:

    >>> kerajax.ops.amin([[1, 4], [3, 2]], axis=1).tolist()
    [1, 2]
    """
    return jnp.min(x, axis=_axes(axis), keepdims=keepdims)


@op
def ptp(x, axis=None, keepdims=False):
    """Range of the values over axes, `max - min`.

    Example:

    >>> kerajax.ops.ptp([[1, 4], [3, 2]], axis=1).tolist()
    [3, 1]
    """
    return jnp.ptp(x, axis=_axes(axis), keepdims=keepdims)


@op
def var(x, axis=None, keepdims=False):
    """Variance over axes, `mean((x - mean(x))**2)`, computed in float32 or wider.

    Args:
        x: Tensor.
        axis: Int, tuple of ints, or None for all axes.
        keepdims: Bool. Whether reduced axes stay, with size 1.

    Example:

    >>> kerajax.ops.var([[1.0, 3.0], [2.0, 6.0]], axis=1).tolist()
    [1.0, 4.0]
    """
    x = as_array(x)
    wide = result_type(x.dtype, "float32")
    variance = jnp.var(x, axis=_axes(axis), keepdims=keepdims, dtype=wide)
    return cast(variance, result_type(x.dtype, float))


@op
def std(x, axis=None, keepdims=False):
    """Standard deviation over axes, the square root of `var`.

    Args:
        x: Tensor.
        axis: Int, tuple of ints, or None for all axes.
        keepdims: Bool. Whether reduced axes stay, with size 1.

    Example:

    >>> kerajax.ops.std([[1.0, 3.0], [2.0, 6.0]], axis=1).tolist()
    [1.0, 2.0]
    """
    return jnp.std(as_float(x), axis=_axes(axis), keepdims=keepdims)


@op(data=("x", "weights"))
def average(x, axis=None, weights=None):
    """Weighted mean over axes, `sum(weights * x) / sum(weights)`.

    Args:
        x: Tensor.
        axis: Int, tuple of ints, or None for all axes.
        weights: Optional tensor of the shape of `x`, or of the size of the one axis.

    Example:

    >>> kerajax.ops.average([1.0, 3.0], weights=[3.0, 1.0]).tolist()
    1.5
    """
    dtypes = [dtype_of(x), float] + ([] if weights is None else [dtype_of(weights)])
    dtype = result_type(*dtypes)
    weights = None if weights is None else cast(weights, dtype)
    return jnp.average(cast(x, dtype), axis=_axes(axis), weights=weights)


@op
def any(x, axis=None, keepdims=False):
    """Whether at least one value over the axes is true (nonzero).

    Example:

    >>> kerajax.ops.any([[True, False], [False, False]], axis=1).tolist()
    [True, False]
    """
    return jnp.any(x, axis=_axes(axis), keepdims=keepdims)


@op
def all(x, axis=None, keepdims=False):
    """Whether all values over the axes are true (nonzero).

    Example:

    >>> kerajax.ops.all([[True, False], [True, True]], axis=1).tolist()
    [False, True]
    """
    return jnp.all(x, axis=_axes(axis), keepdims=keepdims)


@op
def count_nonzero(x, axis=None):
    """Number of nonzero values over axes, int32.

    Example:

    >>> kerajax.ops.count_nonzero([[1, 0], [2, 3]], axis=1).tolist()
    [1, 2]
    """
    return jnp.count_nonzero(x, axis=_axes(axis)).astype("int32")


@op
def argmax(x, axis=None, keepdims=False):
    """Index of the first largest value along an axis (of the flattened tensor if None), int32.

    Args:
        x: Tensor.
        axis: Int, or None for the flattened tensor.
        keepdims: Bool. Whether the reduced axis stays, with size 1.

    Example:

    >>> kerajax.ops.argmax([[1, 4], [3, 2]], axis=1).tolist()
    [1, 0]
    """
    return jnp.argmax(x, axis=axis, keepdims=keepdims)


@op
def argmin(x, axis=None, keepdims=False):
    """Index of the first smallest value along an axis (of the flattened tensor if None), int32.

    Args:
        x: Tensor.
        axis: Int, or None for the flattened tensor.
        keepdims: Bool. Whether the reduced axis stays, with size 1.

    Example:

    >>> kerajax.ops.argmin([[1, 4], [3, 2]], axis=1).tolist()
    [0, 1]
    """
    return jnp.argmin(x, axis=axis, keepdims=keepdims)


@op
def logsumexp(x, axis=None, keepdims=False):
    """Logarithm of the sum of exponentials, `log(sum(exp(x)))`, without overflow.

    Args:
        x: Tensor.
        axis: Int, tuple of ints, or None for all axes.
        keepdims: Bool. Whether reduced axes stay, with size 1.

    Example:

    >>> print(kerajax.ops.logsumexp([1000.0, 1000.0]).round(3))
    1000.69305
    """
    return jax.nn.logsumexp(as_float(x), axis=_axes(axis), keepdims=keepdims)


@op
def median(x, axis=None, keepdims=False):
    """Middle value over axes; the mean of the two middle values for an even count.

    Example:

    >>> kerajax.ops.median([3.0, 1.0, 2.0]).tolist()
    2.0
    """
    return jnp.median(as_float(x), axis=_axes(axis), keepdims=keepdims)


@op(data=("x", "q"))
def quantile(x, q, axis=None, method="linear", keepdims=False):
    """Values below which the fractions `q` of the data lie.

    Args:
        x: Tensor.
        q: Float in [0, 1], or a 1D tensor of them, whose axis comes first in the result.
        axis: Int, tuple of ints, or None for all axes.
        method: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`: what to take
            between two data points.
        keepdims: Bool. Whether reduced axes stay, with size 1.

    Example:

    >>> kerajax.ops.quantile([1.0, 2.0, 3.0], 0.25).tolist()
    1.5
    """
    one_of(method, "method", "quantile", QUANTILE_METHODS)
    x = as_float(x)
    return jnp.quantile(x, as_array(q), axis=_axes(axis), method=method, keepdims=keepdims)


@op(data=("x", "q"))
def percentile(x, q, axis=None, method="linear", keepdims=False):
    """Values below which `q` percent of the data lie: `quantile` with `q` in [0, 100].

    Example:

    >>> kerajax.ops.percentile([1.0, 2.0, 3.0], 25).tolist()
    1.5
    """
    one_of(method, "method", "percentile", QUANTILE_METHODS)
    x = as_float(x)
    return jnp.percentile(x, as_array(q), axis=_axes(axis), method=method, keepdims=keepdims)


@op
def cumsum(x, axis=None, dtype=None):
    """Running sum along an axis (of the flattened tensor if None).

    Example:

    >>> kerajax.ops.cumsum([1, 2, 3]).tolist()
    [1, 3, 6]
    """
    return jnp.cumsum(x, axis=axis, dtype=dtype)


@op
def cumprod(x, axis=None, dtype=None):
    """Running product along an axis (of the flattened tensor if None).

    Example:

    >>> kerajax.ops.cumprod([1, 2, 3]).tolist()
    [1, 2, 6]
    """
    return jnp.cumprod(x, axis=axis, dtype=dtype)


def _axes(axis):
    return tuple(axis) if isinstance(axis, list) else axis
