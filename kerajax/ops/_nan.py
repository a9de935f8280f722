"""Reductions that leave nan out; `axis` and `keepdims` are those of `_reduce.py`."""

import jax.numpy as jnp

from kerajax._checks import one_of
from kerajax.backend import as_array
from kerajax.ops._op import op
from kerajax.ops._reduce import QUANTILE_METHODS


@op
def nansum(x, axis=None, keepdims=False):
    """Sum over axes of the values that are not nan.

    Example:

    >>> kerajax.ops.nansum([1.0, np.nan, 2.0]).tolist()
    3.0
    """
    return jnp.nansum(as_array(x), axis=_axes(axis), keepdims=keepdims)


@op
def nanprod(x, axis=None, keepdims=False):
    """Product over axes of the values that are not nan.

    Example:

    >>> kerajax.ops.nanprod([3.0, np.nan, 2.0]).tolist()
    6.0
    """
    return jnp.nanprod(as_array(x), axis=_axes(axis), keepdims=keepdims)


@op
def nanmean(x, axis=None, keepdims=False):
    """Mean over axes of the values that are not nan.

    Example:

    >>> kerajax.ops.nanmean([1.0, np.nan, 2.0]).tolist()
    1.5
    """
    return jnp.nanmean(as_array(x), axis=_axes(axis), keepdims=keepdims)


@op
def nanvar(x, axis=None, keepdims=False):
    """Variance over axes of the values that are not nan.

    Example:

    >>> kerajax.ops.nanvar([1.0, np.nan, 3.0]).tolist()
    1.0
    """
    return jnp.nanvar(as_array(x), axis=_axes(axis), keepdims=keepdims)


@op
def nanstd(x, axis=None, keepdims=False):
    """Standard deviation over axes of the values that are not nan.

    Example:

    >>> kerajax.ops.nanstd([1.0, np.nan, 3.0]).tolist()
    1.0
    """
    return jnp.nanstd(as_array(x), axis=_axes(axis), keepdims=keepdims)


@op
def nanmax(x, axis=None, keepdims=False):
    """Largest value over axes that is not nan.

    Example:

    >>> kerajax.ops.nanmax([1.0, np.nan, 2.0]).tolist()
    2.0
    """
    return jnp.nanmax(as_array(x), axis=_axes(axis), keepdims=keepdims)


@op
def nanmin(x, axis=None, keepdims=False):
    """Smallest value over axes that is not nan.

    Example:

    >>> kerajax.ops.nanmin([1.0, np.nan, 2.0]).tolist()
    1.0
    """
    return jnp.nanmin(as_array(x), axis=_axes(axis), keepdims=keepdims)


@op
def nanmedian(x, axis=None, keepdims=False):
    """Middle value over axes of the values that are not nan.

    Example:

    >>> kerajax.ops.nanmedian([1.0, np.nan, 2.0]).tolist()
    1.5
    """
    return jnp.nanmedian(as_array(x), axis=_axes(axis), keepdims=keepdims)


@op
def nanargmax(x, axis=None, keepdims=False):
    """Index of the largest value that is not nan along an axis, int32; -1 if all are nan.

    Example:

    >>> kerajax.ops.nanargmax([1.0, np.nan, 2.0]).tolist()
    2
    """
    return jnp.nanargmax(as_array(x), axis=axis, keepdims=keepdims)


@op
def nanargmin(x, axis=None, keepdims=False):
    """Index of the smallest value that is not nan along an axis, int32; -1 if all are nan.

    Example:

    >>> kerajax.ops.nanargmin([1.0, np.nan, 2.0]).tolist()
    0
    """
    return jnp.nanargmin(as_array(x), axis=axis, keepdims=keepdims)


@op
def nancumsum(x, axis=None, dtype=None):
    """Running sum along an axis (flattened if None) in which nan counts as 0.

    Example:

    >>> kerajax.ops.nancumsum([2.0, np.nan, 3.0]).tolist()
    [2.0, 2.0, 5.0]
    """
    return jnp.nancumsum(as_array(x), axis=_one_axis(axis), dtype=dtype)


@op
def nancumprod(x, axis=None, dtype=None):
    """Running product along an axis (flattened if None) in which nan counts as 1.

    Example:

    >>> kerajax.ops.nancumprod([2.0, np.nan, 3.0]).tolist()
    [2.0, 2.0, 6.0]
    """
    return jnp.nancumprod(as_array(x), axis=_one_axis(axis), dtype=dtype)


@op(data=("x", "q"))
def nanquantile(x, q, axis=None, method="linear", keepdims=False):
    """`quantile` of the values that are not nan.

    Example:

    >>> kerajax.ops.nanquantile([1.0, np.nan, 2.0], 0.5).tolist()
    1.5
    """
    one_of(method, "method", "nanquantile", QUANTILE_METHODS)
    x, q = as_array(x), as_array(q)
    return jnp.nanquantile(x, q, axis=_axes(axis), method=method, keepdims=keepdims)


@op(data=("x", "q"))
def nanpercentile(x, q, axis=None, method="linear", keepdims=False):
    """`percentile` of the values that are not nan.

    Example:

    >>> kerajax.ops.nanpercentile([1.0, np.nan, 2.0], 50).tolist()
    1.5
    """
    one_of(method, "method", "nanpercentile", QUANTILE_METHODS)
    x, q = as_array(x), as_array(q)
    return jnp.nanpercentile(x, q, axis=_axes(axis), method=method, keepdims=keepdims)


def _one_axis(axis):
    return axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis


def _axes(axis):
    return tuple(axis) if isinstance(axis, list) else axis
