"""Elementwise arithmetic, rounding and choice.

Each op is its `jax.numpy` formula. Functions with real results (`ceil`, `exp`, ...) give the
default float type for integers.
"""

import jax.numpy as jnp

from kerajax.backend import as_array
from kerajax.ops._broadcast import as_float, broadcasting
from kerajax.ops._op import also_named, op


@broadcasting
def add(x1, x2):
    """Elementwise sum, `x1 + x2`, with broadcasting.

    Args:
        x1: Tensor of any shape.
        x2: Tensor whose shape broadcasts with that of `x1`.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Example:

    >>> kerajax.ops.add(np.array([1.0, 2.0]), 1.0).tolist()
    [2.0, 3.0]
    """
    return jnp.add(x1, x2)


@broadcasting
def subtract(x1, x2):
    """Elementwise difference, `x1 - x2`, with broadcasting.

    Example:

    >>> kerajax.ops.subtract([5, 3], 1).tolist()
    [4, 2]
    """
    return jnp.subtract(x1, x2)


@broadcasting
def multiply(x1, x2):
    """Elementwise product, `x1 * x2`, with broadcasting.

    Example:

    >>> kerajax.ops.multiply([5, 3], 2).tolist()
    [10, 6]
    """
    return jnp.multiply(x1, x2)


@broadcasting
def divide(x1, x2):
    """Elementwise quotient, `x1 / x2`, in a float type.

    Example:

    >>> kerajax.ops.divide([5, 3], 2).tolist()
    [2.5, 1.5]
    """
    return jnp.divide(x1, x2)


@broadcasting
def true_divide(x1, x2):
    """Elementwise quotient, `x1 / x2`, in a float type: `divide` under NumPy's other name.

    Example:

    >>> kerajax.ops.true_divide([5, 3], 2).tolist()
    [2.5, 1.5]
    """
    return jnp.divide(x1, x2)


@broadcasting
def divide_no_nan(x1, x2):
    """Elementwise quotient that is 0 where `x2` is 0. The gradient there is 0 as well.

    Example:

    >>> kerajax.ops.divide_no_nan([5.0, 3.0], [2.0, 0.0]).tolist()
    [2.5, 0.0]
    """
    is_zero = jnp.equal(x2, 0)
    # The inner `where` keeps the gradient of the branch that is not taken finite.
    return jnp.where(is_zero, 0, jnp.divide(x1, jnp.where(is_zero, 1, x2)))


@broadcasting
def floor_divide(x1, x2):
    """Elementwise quotient rounded down, `floor(x1 / x2)`.

    Example:

    >>> kerajax.ops.floor_divide([5, -5], 2).tolist()
    [2, -3]
    """
    return jnp.floor_divide(x1, x2)


@broadcasting
def mod(x1, x2):
    """Remainder of the floored division; it has the sign of `x2`.

    Example:

    >>> kerajax.ops.mod([5, -5], 3).tolist()
    [2, 1]
    """
    return jnp.mod(*_bools_to_ints(x1, x2))


@broadcasting
def fmod(x1, x2):
    """Remainder of the truncated division; it has the sign of `x1`.

    Example:

    >>> kerajax.ops.fmod([5, -5], 3).tolist()
    [2, -2]
    """
    return jnp.fmod(*_bools_to_ints(x1, x2))


@broadcasting
def power(x1, x2):
    """Elementwise power, `x1 ** x2`.

    Example:

    >>> kerajax.ops.power([2.0, 3.0], 2).tolist()
    [4.0, 9.0]
    """
    return jnp.power(x1, x2)


@op
def negative(x):
    """Elementwise `-x`.

    Example:

    >>> kerajax.ops.negative([1, -2]).tolist()
    [-1, 2]
    """
    return jnp.negative(x)


@op
def absolute(x):
    """Elementwise absolute value, `|x|`. Its gradient at 0 is 0.

    Example:

    >>> kerajax.ops.absolute([1, -2]).tolist()
    [1, 2]
    """
    return jnp.absolute(x)


@op
def fabs(x):
    """Elementwise absolute value as a float.

    Example:

    >>> kerajax.ops.fabs([1, -2]).tolist()
    [1.0, 2.0]
    """
    return jnp.fabs(x)


@op
def sign(x):
    """Elementwise sign: -1, 0 or 1, in the dtype of `x`.

    Example:

    >>> kerajax.ops.sign([3.0, 0.0, -2.0]).tolist()
    [1.0, 0.0, -1.0]
    """
    return jnp.sign(x)


@op
def signbit(x):
    """Elementwise: whether the sign bit is set (also of `-0.0`).

    Example:

    >>> kerajax.ops.signbit([3.0, -0.0, -2.0]).tolist()
    [False, True, True]
    """
    return jnp.signbit(x)


@op
def square(x):
    """Elementwise `x * x`.

    Example:

    >>> kerajax.ops.square([1, -2]).tolist()
    [1, 4]
    """
    return jnp.square(x)


@op
def reciprocal(x):
    """Elementwise `1 / x`.

    Example:

    >>> kerajax.ops.reciprocal([1.0, -2.0]).tolist()
    [1.0, -0.5]
    """
    return jnp.reciprocal(x)


@broadcasting
def maximum(x1, x2):
    """Elementwise larger value; nan where either is nan. Ties share the gradient equally.

    Example:

    >>> kerajax.ops.maximum([1, 5], [4, 2]).tolist()
    [4, 5]
    """
    return jnp.maximum(x1, x2)


@broadcasting
def minimum(x1, x2):
    """Elementwise smaller value; nan where either is nan. Ties share the gradient equally.

    Example:

    >>> kerajax.ops.minimum([1, 5], [4, 2]).tolist()
    [1, 2]
    """
    return jnp.minimum(x1, x2)


@broadcasting
def fmax(x1, x2):
    """Elementwise larger value, where a nan gives way to the other value.

    Example:

    >>> kerajax.ops.fmax([1.0, np.nan], [4.0, 2.0]).tolist()
    [4.0, 2.0]
    """
    return jnp.fmax(x1, x2)


@broadcasting
def fmin(x1, x2):
    """Elementwise smaller value, where a nan gives way to the other value.

    Example:

    >>> kerajax.ops.fmin([1.0, np.nan], [4.0, 2.0]).tolist()
    [1.0, 2.0]
    """
    return jnp.fmin(x1, x2)


@op
def clip(x, x_min, x_max):
    """Elementwise limits: `min(max(x, x_min), x_max)`.

    Example:

    >>> kerajax.ops.clip([-1, 2, 7], 0, 5).tolist()
    [0, 2, 5]
    """
    return jnp.clip(_bool_to_int(x), x_min, x_max)


@op
def ceil(x):
    """Elementwise smallest whole number not below `x`, as a float.

    Example:

    >>> kerajax.ops.ceil([1.2, -1.2]).tolist()
    [2.0, -1.0]
    """
    return jnp.ceil(as_float(x))


@op
def floor(x):
    """Elementwise largest whole number not above `x`, as a float.

    Example:

    >>> kerajax.ops.floor([1.2, -1.2]).tolist()
    [1.0, -2.0]
    """
    return jnp.floor(as_float(x))


@op
def trunc(x):
    """Elementwise whole part of `x`, towards zero; integers stay as they are.

    Example:

    >>> kerajax.ops.trunc([1.7, -1.7]).tolist()
    [1.0, -1.0]
    """
    x = as_array(x)
    return jnp.trunc(x) if jnp.issubdtype(x.dtype, jnp.inexact) else x


@op
def round(x, decimals=0):
    """Elementwise rounding to `decimals` places, halves to the even neighbour.

    Args:
        x: Tensor.
        decimals: Int. Places after the point; negative for tens, hundreds, ...

    Example:

    >>> kerajax.ops.round([0.5, 1.5, 2.4]).tolist()
    [0.0, 2.0, 2.0]
    """
    x = as_array(x)
    if decimals < 0 and jnp.issubdtype(x.dtype, jnp.integer):
        # JAX rounds integers to whole numbers alone.
        factor = 10.0**decimals
        return (jnp.round(as_float(x) * factor) / factor).astype(x.dtype)
    return jnp.round(x, decimals=decimals)


@op
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """Replaces nan and infinities by numbers.

    Args:
        x: Tensor.
        nan: Number that stands for nan.
        posinf: Number that stands for infinity, by default the largest of the dtype.
        neginf: Number that stands for minus infinity, by default the smallest of the dtype.

    Example:

    >>> kerajax.ops.nan_to_num([1.0, np.nan, np.inf], posinf=9.0).tolist()
    [1.0, 0.0, 9.0]
    """
    return jnp.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


@broadcasting(data=("condition", "x1", "x2"))
def where(condition, x1=None, x2=None):
    """Elementwise choice: `x1` where `condition`, else `x2`.

    Without `x1` and `x2`, the indices where `condition` holds, as `nonzero` gives them.

    Raises:
        ValueError: If only one of `x1` and `x2` is given.

    Example:

    >>> kerajax.ops.where([True, False], [1, 2], [3, 4]).tolist()
    [1, 4]
    """
    if (x1 is None) != (x2 is None):
        raise ValueError(
            "where: `x1` and `x2` either both should be `None` or both should be given. "
            f"Received: x1={x1!r}, x2={x2!r}"
        )
    return jnp.where(condition, x1, x2)


@broadcasting
def heaviside(x1, x2):
    """Elementwise step: 0 for `x1 < 0`, `x2` for `x1 == 0`, 1 for `x1 > 0`.

    Example:

    >>> kerajax.ops.heaviside([-1.0, 0.0, 2.0], 0.5).tolist()
    [0.0, 0.5, 1.0]
    """
    return jnp.heaviside(x1, x2)


@broadcasting(integers=("x1", "x2"))
def gcd(x1, x2):
    """Elementwise greatest common divisor of integers.

    Example:

    >>> kerajax.ops.gcd([12, 15], 9).tolist()
    [3, 3]
    """
    return jnp.gcd(x1, x2)


@broadcasting(integers=("x1", "x2"))
def lcm(x1, x2):
    """Elementwise least common multiple of integers.

    Example:

    >>> kerajax.ops.lcm([12, 15], 9).tolist()
    [36, 45]
    """
    return jnp.lcm(x1, x2)


@broadcasting
def nextafter(x1, x2):
    """Elementwise next float after `x1` towards `x2`.

    Example:

    >>> bool(kerajax.ops.nextafter(1.0, 2.0) > 1.0)
    True
    """
    return jnp.nextafter(x1, x2)


# NumPy's second name.
abs = absolute
also_named("Abs", absolute)


def _bools_to_ints(x1, x2):
    x1, x2 = as_array(x1), as_array(x2)
    if x1.dtype == bool and x2.dtype == bool:
        return x1.astype("int32"), x2.astype("int32")
    return x1, x2


def _bool_to_int(x):
    x = as_array(x)
    return x.astype("int32") if x.dtype == bool else x
