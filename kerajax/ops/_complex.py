"""Complex numbers: their parts, elementwise."""

import jax.numpy as jnp

from kerajax.backend import canonical_dtype, floatx
from kerajax.ops._broadcast import as_float
from kerajax.ops._op import also_named, op


@op
def real(x):
    """Real part, elementwise.

    Example:

    >>> kerajax.ops.real(np.array([1 + 2j])).tolist()
    [1.0]
    """
    return jnp.real(x)


@op
def imag(x):
    """Imaginary part, elementwise.

    Example:

    >>> kerajax.ops.imag(np.array([1 + 2j])).tolist()
    [2.0]
    """
    return jnp.imag(x)


@op
def conjugate(x):
    """Complex conjugate, elementwise.

    Example:

    >>> kerajax.ops.conjugate(np.array([1 + 2j])).tolist()
    [(1-2j)]
    """
    return jnp.conjugate(x)


@op
def angle(x):
    """Argument of a complex number in radians, elementwise.

    Example:

    >>> print(kerajax.ops.angle(np.array([1 + 1j, -1.0])).round(3))
    [0.785     3.1420002]
    """
    return jnp.angle(as_float(x))


@op(data=("abs_", "angle"))
def polar(abs_, angle):
    """Complex numbers from modulus and angle (radians): `abs_ * exp(i * angle)`.

    Example:

    >>> kerajax.ops.polar([1.0, 2.0], [0.0, 0.0]).tolist()
    [(1+0j), (2+0j)]
    """
    dtype = canonical_dtype(floatx())
    abs_, angle = jnp.asarray(abs_, dtype), jnp.asarray(angle, dtype)
    return abs_ * jnp.cos(angle) + 1j * (abs_ * jnp.sin(angle))


# NumPy's second name.
conj = conjugate
also_named("Conj", conjugate)
