"""Elementwise comparisons, logic and tests of numbers; the results are boolean."""

import jax.numpy as jnp

from kerajax.ops._broadcast import broadcasting
from kerajax.ops._op import op


@broadcasting
def equal(x1, x2):
    """Elementwise `x1 == x2`.

    Example:

    >>> kerajax.ops.equal([1, 2], [1, 3]).tolist()
    [True, False]
    """
    return jnp.equal(x1, x2)


@broadcasting
def not_equal(x1, x2):
    """Elementwise `x1 != x2`.

    Example:

    >>> kerajax.ops.not_equal([1, 2], [1, 3]).tolist()
    [False, True]
    """
    return jnp.not_equal(x1, x2)


@broadcasting
def less(x1, x2):
    """Elementwise `x1 < x2`.

    Example:

    >>> kerajax.ops.less([1, 2], [1, 3]).tolist()
    [False, True]
    """
    return jnp.less(x1, x2)


@broadcasting
def less_equal(x1, x2):
    """Elementwise `x1 <= x2`.

    Example:

    >>> kerajax.ops.less_equal([1, 2], [1, 1]).tolist()
    [True, False]
    """
    return jnp.less_equal(x1, x2)


@broadcasting
def greater(x1, x2):
    """Elementwise `x1 > x2`.

    Example:

    >>> kerajax.ops.greater([1, 2], [1, 1]).tolist()
    [False, True]
    """
    return jnp.greater(x1, x2)


@broadcasting
def greater_equal(x1, x2):
    """Elementwise `x1 >= x2`.

    Example:

    >>> kerajax.ops.greater_equal([1, 2], [1, 3]).tolist()
    [True, False]
    """
    return jnp.greater_equal(x1, x2)


@broadcasting
def logical_and(x1, x2):
    """Elementwise: both are true (nonzero).

    Example:

    >>> kerajax.ops.logical_and([1, 0], [1, 1]).tolist()
    [True, False]
    """
    return jnp.logical_and(x1, x2)


@broadcasting
def logical_or(x1, x2):
    """Elementwise: at least one is true (nonzero).

    Example:

    >>> kerajax.ops.logical_or([1, 0], [0, 0]).tolist()
    [True, False]
    """
    return jnp.logical_or(x1, x2)


@broadcasting
def logical_xor(x1, x2):
    """Elementwise: exactly one is true (nonzero).

    Example:

    >>> kerajax.ops.logical_xor([1, 0], [1, 1]).tolist()
    [False, True]
    """
    return jnp.logical_xor(x1, x2)


@op
def logical_not(x):
    """Elementwise: is false (zero).

    Example:

    >>> kerajax.ops.logical_not([1, 0]).tolist()
    [False, True]
    """
    return jnp.logical_not(x)


@op
def isfinite(x):
    """Elementwise: is neither nan nor infinite.

    Example:

    >>> kerajax.ops.isfinite([1.0, np.nan, -np.inf]).tolist()
    [True, False, False]
    """
    return jnp.isfinite(x)


@op
def isinf(x):
    """Elementwise: is infinite, of either sign.

    Example:

    >>> kerajax.ops.isinf([1.0, np.nan, -np.inf]).tolist()
    [False, False, True]
    """
    return jnp.isinf(x)


@op
def isnan(x):
    """Elementwise: is nan.

    Example:

    >>> kerajax.ops.isnan([1.0, np.nan, -np.inf]).tolist()
    [False, True, False]
    """
    return jnp.isnan(x)


@op
def isposinf(x):
    """Elementwise: is plus infinity.

    Example:

    >>> kerajax.ops.isposinf([1.0, np.inf, -np.inf]).tolist()
    [False, True, False]
    """
    return jnp.isposinf(x)


@op
def isneginf(x):
    """Elementwise: is minus infinity.

    Example:

    >>> kerajax.ops.isneginf([1.0, np.inf, -np.inf]).tolist()
    [False, False, True]
    """
    return jnp.isneginf(x)


@op
def isreal(x):
    """Elementwise: has no imaginary part.

    Example:

    >>> kerajax.ops.isreal(np.array([1.0, 2j])).tolist()
    [True, False]
    """
    return jnp.isreal(x)


@broadcasting(data=("x1", "x2", "rtol", "atol"))
def isclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Elementwise `|x1 - x2| <= atol + rtol * |x2|`.

    Args:
        x1: Tensor.
        x2: Tensor.
        rtol: Float. Relative tolerance.
        atol: Float. Absolute tolerance.
        equal_nan: Bool. Whether two nans are close.

    Example:

    >>> kerajax.ops.isclose([1.0, 2.0], [1.0, 2.1]).tolist()
    [True, False]
    """
    return jnp.isclose(x1, x2, rtol=rtol, atol=atol, equal_nan=equal_nan)


@broadcasting
def allclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether `isclose` holds everywhere; arguments as there.

    Example:

    >>> bool(kerajax.ops.allclose([1.0, 2.0], [1.0, 2.1]))
    False
    """
    return jnp.allclose(x1, x2, rtol=rtol, atol=atol, equal_nan=equal_nan)


@op
def isin(x1, x2, assume_unique=False, invert=False):
    """Elementwise: whether an element of `x1` occurs anywhere in `x2`.

    Args:
        x1: Tensor.
        x2: Tensor of the values to look for.
        assume_unique: Bool. Whether neither tensor has duplicates.
        invert: Bool. Whether to tell absence instead.

    Example:

    >>> kerajax.ops.isin([1, 2, 3], [3, 1]).tolist()
    [True, False, True]
    """
    return jnp.isin(x1, x2, assume_unique=assume_unique, invert=invert)
