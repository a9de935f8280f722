"""Operations on the bits of integers, elementwise."""

import jax.numpy as jnp

from kerajax.ops._broadcast import broadcasting
from kerajax.ops._op import op


@broadcasting(integers=("x", "y"))
def bitwise_and(x, y):
    """Bits that are set in both.

    Example:

    >>> kerajax.ops.bitwise_and([6, 5], 3).tolist()
    [2, 1]
    """
    return jnp.bitwise_and(x, y)


@broadcasting(integers=("x", "y"))
def bitwise_or(x, y):
    """Bits that are set in at least one.

    Example:

    >>> kerajax.ops.bitwise_or([6, 5], 3).tolist()
    [7, 7]
    """
    return jnp.bitwise_or(x, y)


@broadcasting(integers=("x", "y"))
def bitwise_xor(x, y):
    """Bits that are set in exactly one.

    Example:

    >>> kerajax.ops.bitwise_xor([6, 5], 3).tolist()
    [5, 6]
    """
    return jnp.bitwise_xor(x, y)


@broadcasting(integers=("x", "y"))
def bitwise_left_shift(x, y):
    """Bits moved `y` places up: `x * 2**y`.

    Example:

    >>> kerajax.ops.bitwise_left_shift([6, 5], 1).tolist()
    [12, 10]
    """
    return jnp.left_shift(x, y)


@broadcasting(integers=("x", "y"))
def bitwise_right_shift(x, y):
    """Bits moved `y` places down: `x // 2**y`.

    Example:

    >>> kerajax.ops.bitwise_right_shift([6, 5], 1).tolist()
    [3, 2]
    """
    return jnp.right_shift(x, y)


@broadcasting(integers=("x", "y"))
def left_shift(x, y):
    """Bits moved `y` places up: `bitwise_left_shift` under NumPy's name.

    Example:

    >>> kerajax.ops.left_shift([6, 5], 1).tolist()
    [12, 10]
    """
    return jnp.left_shift(x, y)


@broadcasting(integers=("x", "y"))
def right_shift(x, y):
    """Bits moved `y` places down: `bitwise_right_shift` under NumPy's name.

    Example:

    >>> kerajax.ops.right_shift([6, 5], 1).tolist()
    [3, 2]
    """
    return jnp.right_shift(x, y)


@op(integers=("x",))
def bitwise_invert(x):
    """All bits flipped: `-x - 1`.

    Example:

    >>> kerajax.ops.bitwise_invert([6, 5]).tolist()
    [-7, -6]
    """
    return jnp.invert(x)


@op(integers=("x",))
def bitwise_not(x):
    """All bits flipped: `bitwise_invert` under its other name.

    Example:

    >>> kerajax.ops.bitwise_not([6, 5]).tolist()
    [-7, -6]
    """
    return jnp.invert(x)
