"""Elementwise exponentials, logarithms, roots, trigonometric and error functions.

Integers give the default float type.
"""

import jax
import jax.numpy as jnp

from kerajax.backend import cast, dtype_of, result_type
from kerajax.ops._broadcast import as_float, broadcasting
from kerajax.ops._op import op


@op
def exp(x):
    """Elementwise exponential, `e ** x`.

    Example:

    >>> print(kerajax.ops.exp([0.0, 1.0]).round(3))
    [1.        2.7180002]
    """
    return jnp.exp(as_float(x))


@op
def exp2(x):
    """Elementwise power of two, `2 ** x`.

    Example:

    >>> print(kerajax.ops.exp2([0.0, 3.0]).round(3))
    [1. 8.]
    """
    return jnp.exp2(as_float(x))


@op
def expm1(x):
    """Elementwise `exp(x) - 1`, accurate near 0.

    Example:

    >>> print(kerajax.ops.expm1([0.0, 1.0]).round(3))
    [0.    1.718]
    """
    return jnp.expm1(as_float(x))


@op
def log(x):
    """Elementwise natural logarithm.

    Example:

    >>> print(kerajax.ops.log([1.0, 10.0]).round(3))
    [0.        2.3030002]
    """
    return jnp.log(as_float(x))


@op
def log10(x):
    """Elementwise logarithm to base 10.

    Example:

    >>> print(kerajax.ops.log10([1.0, 100.0]).round(3))
    [0. 2.]
    """
    return jnp.log10(as_float(x))


@op
def log2(x):
    """Elementwise logarithm to base 2.

    Example:

    >>> print(kerajax.ops.log2([1.0, 8.0]).round(3))
    [0.        3.0000002]
    """
    return jnp.log2(as_float(x))


@op
def log1p(x):
    """Elementwise `log(1 + x)`, accurate near 0.

    Example:

    >>> print(kerajax.ops.log1p([0.0, 1.0]).round(3))
    [0.    0.693]
    """
    return jnp.log1p(as_float(x))


@op
def sqrt(x):
    """Elementwise square root.

    Example:

    >>> print(kerajax.ops.sqrt([4, 9]).round(3))
    [2.        3.0000002]
    """
    return jnp.sqrt(as_float(x))


@op
def rsqrt(x):
    """Elementwise reciprocal square root, `1 / sqrt(x)`.

    Example:

    >>> print(kerajax.ops.rsqrt([4.0, 16.0]).round(3))
    [0.5  0.25]
    """
    return jax.lax.rsqrt(as_float(x))


@op
def cbrt(x):
    """Elementwise cube root.

    Example:

    >>> print(kerajax.ops.cbrt([8.0, 27.0]).round(3))
    [2.        3.0000002]
    """
    return jnp.cbrt(as_float(x))


@op
def sin(x):
    """Elementwise sine; `x` in radians.

    Example:

    >>> print(kerajax.ops.sin([0.0, 0.5]).round(3))
    [0.         0.47900003]
    """
    return jnp.sin(as_float(x))


@op
def cos(x):
    """Elementwise cosine; `x` in radians.

    Example:

    >>> print(kerajax.ops.cos([0.0, 0.5]).round(3))
    [1.    0.878]
    """
    return jnp.cos(as_float(x))


@op
def tan(x):
    """Elementwise tangent; `x` in radians.

    Example:

    >>> print(kerajax.ops.tan([0.0, 0.5]).round(3))
    [0.    0.546]
    """
    return jnp.tan(as_float(x))


@op
def arcsin(x):
    """Elementwise inverse sine, in radians.

    Example:

    >>> print(kerajax.ops.arcsin([0.0, 0.5]).round(3))
    [0.         0.52400005]
    """
    return jnp.arcsin(as_float(x))


@op
def arccos(x):
    """Elementwise inverse cosine, in radians.

    Example:

    >>> print(kerajax.ops.arccos([1.0, 0.5]).round(3))
    [0.    1.047]
    """
    return jnp.arccos(as_float(x))


@op
def arctan(x):
    """Elementwise inverse tangent, in radians.

    Example:

    >>> print(kerajax.ops.arctan([0.0, 0.5]).round(3))
    [0.         0.46400002]
    """
    return jnp.arctan(as_float(x))


@op
def sinh(x):
    """Elementwise hyperbolic sine.

    Example:

    >>> print(kerajax.ops.sinh([0.0, 0.5]).round(3))
    [0.    0.521]
    """
    return jnp.sinh(as_float(x))


@op
def cosh(x):
    """Elementwise hyperbolic cosine.

    Example:

    >>> print(kerajax.ops.cosh([0.0, 0.5]).round(3))
    [1.    1.128]
    """
    return jnp.cosh(as_float(x))


@op
def tanh(x):
    """Elementwise hyperbolic tangent.

    Example:

    >>> print(kerajax.ops.tanh([0.0, 0.5]).round(3))
    [0.    0.462]
    """
    return jnp.tanh(as_float(x))


@op
def arcsinh(x):
    """Elementwise inverse hyperbolic sine.

    Example:

    >>> print(kerajax.ops.arcsinh([0.0, 0.5]).round(3))
    [0.         0.48100004]
    """
    return jnp.arcsinh(as_float(x))


@op
def arccosh(x):
    """Elementwise inverse hyperbolic cosine.

    Example:

    >>> print(kerajax.ops.arccosh([1.0, 2.0]).round(3))
    [0.    1.317]
    """
    return jnp.arccosh(as_float(x))


@op
def arctanh(x):
    """Elementwise inverse hyperbolic tangent.

    Example:

    >>> print(kerajax.ops.arctanh([0.0, 0.5]).round(3))
    [0.    0.549]
    """
    return jnp.arctanh(as_float(x))


@op
def sinc(x):
    """Elementwise normalized sinc, `sin(pi x) / (pi x)`, 1 at 0.

    Example:

    >>> print(kerajax.ops.sinc([0.0, 0.5]).round(3))
    [1.    0.637]
    """
    return jnp.sinc(as_float(x))


@op
def deg2rad(x):
    """Elementwise degrees to radians, `x * pi / 180`.

    Example:

    >>> print(kerajax.ops.deg2rad([0.0, 180.0]).round(3))
    [0.        3.1420002]
    """
    return jnp.deg2rad(as_float(x))


@op
def rad2deg(x):
    """Elementwise radians to degrees, `x * 180 / pi`.

    Example:

    >>> print(kerajax.ops.rad2deg([0.0, np.pi]).round(3))
    [  0.      180.00002]
    """
    return jnp.rad2deg(as_float(x))


@op
def i0(x):
    """Elementwise modified Bessel function of the first kind, order 0.

    Example:

    >>> print(kerajax.ops.i0([0.0, 1.0]).round(3))
    [1.    1.266]
    """
    return jnp.i0(as_float(x))


@op
def erf(x):
    """Elementwise error function, `2 / sqrt(pi) * integral of exp(-t**2) from 0 to x`.

    Example:

    >>> print(kerajax.ops.erf([0.0, 0.5]).round(3))
    [0.         0.52000004]
    """
    return jax.lax.erf(as_float(x))


@op
def erfc(x):
    """Elementwise complementary error function, `1 - erf(x)`, accurate for large `x`.

    Example:

    >>> print(kerajax.ops.erfc([0.0, 0.5]).round(3))
    [1.         0.48000002]
    """
    return jax.lax.erfc(as_float(x))


@op
def erfinv(x):
    """Elementwise inverse of the error function, for `x` in (-1, 1).

    Example:

    >>> print(kerajax.ops.erfinv([0.0, 0.5]).round(3))
    [0.         0.47700003]
    """
    return jax.lax.erf_inv(as_float(x))


@broadcasting
def arctan2(x1, x2):
    """Elementwise angle of the point `(x2, x1)` in radians, in (-pi, pi].

    Example:

    >>> print(kerajax.ops.arctan2([1.0, -1.0], [1.0, -1.0]).round(3))
    [ 0.785     -2.3560002]
    """
    return jnp.arctan2(*_as_floats(x1, x2))


@broadcasting
def hypot(x1, x2):
    """Elementwise `sqrt(x1**2 + x2**2)` without overflow.

    Example:

    >>> print(kerajax.ops.hypot([3.0, 5.0], [4.0, 12.0]).round(3))
    [ 5.       13.000001]
    """
    return jnp.hypot(*_as_floats(x1, x2))


@broadcasting
def logaddexp(x1, x2):
    """Elementwise `log(exp(x1) + exp(x2))` without overflow.

    Example:

    >>> print(kerajax.ops.logaddexp([0.0, 1000.0], [0.0, 0.0]).round(3))
    [6.93000019e-01 1.00000006e+03]
    """
    return jnp.logaddexp(*_as_floats(x1, x2))


@broadcasting
def logaddexp2(x1, x2):
    """Elementwise `log2(2**x1 + 2**x2)` without overflow.

    Example:

    >>> print(kerajax.ops.logaddexp2([0.0, 1000.0], [0.0, 0.0]).round(3))
    [1.00000000e+00 1.00000006e+03]
    """
    return jnp.logaddexp2(*_as_floats(x1, x2))


@broadcasting(integers=("x2",))
def ldexp(x1, x2):
    """Elementwise `x1 * 2**x2`, for integer `x2`.

    Example:

    >>> print(kerajax.ops.ldexp([1.5, 3.0], [1, 2]).round(3))
    [ 3.0000002 12.000001 ]
    """
    return jnp.ldexp(x1, x2)


def _as_floats(x1, x2):
    dtype = result_type(dtype_of(x1), dtype_of(x2), float)
    return cast(x1, dtype), cast(x2, dtype)
