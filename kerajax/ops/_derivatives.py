"""Derivatives of functions of tensors, and what functions say about their own.

Variables among the arguments are read first: a derivative is taken with respect to arrays.
"""

import functools

import jax
import jax.numpy as jnp

from kerajax.backend import Variable
from kerajax.ops._op import op


@op(data=("variable",))
def stop_gradient(variable):
    """`variable` as a constant: no gradient passes.

    Example:

    >>> kerajax.ops.stop_gradient([1.0, 2.0]).tolist()
    [1.0, 2.0]
    """
    return jax.lax.stop_gradient(variable)


def custom_gradient(f):
    """Decorator for a function that states its own gradient.

    Args:
        f: Function that returns `(value, grad)`, where `grad(*args, upstream=None)` or
            `grad(upstream)` gives the gradients of the arguments.

    Example:

    >>> @kerajax.ops.custom_gradient
    ... def log1pexp(x):
    ...     e = kerajax.ops.exp(x)
    ...     def grad(upstream):
    ...         return upstream * (1 - 1 / (1 + e))
    ...     return kerajax.ops.log(1 + e), grad
    >>> print(log1pexp(np.float32(0.0)).round(3))
    0.693
    """
    wrapped = jax.custom_gradient(f)

    def call(*args, **kwargs):
        args, kwargs = _values((args, kwargs))
        return wrapped(*args, **kwargs)

    call.__name__ = getattr(f, "__name__", "custom_gradient")
    call.__doc__ = f.__doc__
    return call


def grad(fun, argnums=0, has_aux=False):
    """A function that returns the gradient of the scalar function `fun`.

    Args:
        fun: Function of tensors or nested structures of tensors that returns a scalar.
        argnums: Int or tuple of ints: with respect to which arguments.
        has_aux: Bool. Whether `fun` returns `(value, other)`.

    Returns:
        Function with the arguments of `fun`. It returns the gradient, in the structure of the
        argument (a tuple of them if `argnums` is one), or `(gradient, other)` if `has_aux`.

    Raises:
        TypeError: When called, if the value is no scalar or the argument holds integers.

    Example:

    >>> float(kerajax.ops.grad(lambda x: x * x)(3.0))
    6.0
    """
    return _on_values(jax.grad(fun, argnums, has_aux), fun)


def value_and_grad(fun, argnums=0, has_aux=False):
    """A function that returns the value of the scalar function `fun` together with its gradient.

    Args:
        fun: Function as for `grad`.
        argnums: Int or tuple of ints: with respect to which arguments.
        has_aux: Bool. Whether `fun` returns `(value, other)`.

    Returns:
        Function with the arguments of `fun`. It returns `(value, gradient)`, or
        `((value, other), gradient)` if `has_aux`.

    Raises:
        TypeError: When called, if the value is no scalar or the argument holds integers.

    Example:

    >>> value, slope = kerajax.ops.value_and_grad(lambda x: x * x)(3.0)
    >>> float(value), float(slope)
    (9.0, 6.0)
    """
    return _on_values(jax.value_and_grad(fun, argnums, has_aux), fun)


def vjp(fun, *primals, has_aux=False):
    """Value of `fun`, and the function that takes a gradient of the value back to the arguments.

    Args:
        fun: Function of tensors or nested structures of tensors.
        *primals: Its arguments: where.
        has_aux: Bool. Whether `fun` returns `(value, other)`.

    Returns:
        `(value, pullback)`, and `other` if `has_aux`. `pullback(gradient)` takes a gradient of the
        structure of `value` and returns the tuple of those of the arguments.

    Example:

    >>> value, pullback = kerajax.ops.vjp(lambda x, y: x * y, 3.0, 2.0)
    >>> [float(slope) for slope in pullback(1.0)]
    [2.0, 3.0]
    """
    return jax.vjp(fun, *_values(primals), has_aux=has_aux)


@op(data=("fun", "primals", "tangents"), lists=("primals", "tangents"))
def jvp(fun, primals, tangents, has_aux=False):
    """Value of `fun` and its directional derivative, by forward differentiation.

    Args:
        fun: Function of tensors.
        primals: Tuple of tensors: where.
        tangents: Tuple of tensors: in which direction.
        has_aux: Bool. Whether `fun` returns `(value, other)`.

    Returns:
        `(value, derivative)`, and `other` if `has_aux`.

    Example:

    >>> value, slope = kerajax.ops.jvp(lambda x: x * x, (3.0,), (1.0,))
    >>> float(value), float(slope)
    (9.0, 6.0)
    """
    return jax.jvp(fun, tuple(primals), tuple(tangents), has_aux=has_aux)


def _on_values(differentiated, fun):
    @functools.wraps(fun)
    def call(*args, **kwargs):
        args, kwargs = _values((args, kwargs))
        return differentiated(*args, **kwargs)

    return call


def _values(structure):
    return jax.tree_util.tree_map(lambda x: x.value if isinstance(x, Variable) else x, structure)


def gradients_of_sum(fn, values):
    """Gradients of the sum of all that `fn` returns.

    Args:
        fn: Function of a list of arrays that returns arrays, nested.
        values: List of float arrays.

    Example:

    >>> [g.tolist() for g in gradients_of_sum(lambda v: [v[0] * v[1]], [2.0, 3.0])]
    [3.0, 2.0]
    """

    def total(values):
        return sum(jnp.sum(x) for x in jax.tree_util.tree_leaves(fn(values)))

    return jax.grad(total)([jnp.asarray(value) for value in values])
