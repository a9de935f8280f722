"""Equal computations of one program are traced once.

A model of many equal layers would be traced, differentiated and lowered layer by layer, though all
but the values is the same. While a step is compiled, `equal_calls_once` keeps what was traced for
the second of equal calls as a function, which the program calls for those that follow. What comes
once is traced in its place, as if nothing were kept. XLA writes the calls out before it optimizes,
so that the steps do the same work.
"""

import functools

import jax

from kerajax.backend._distribution import in_force
from kerajax.backend._scopes import context


def equal_calls_once(fn):
    """`fn`, which is going to be compiled, with equal calls inside it traced once.

    Example:

    >>> @equal_calls_once
    ... def sum_of_cubes(*numbers):
    ...     cube = lambda values, arguments: arguments[0] * arguments[0] * arguments[0]
    ...     return sum(call_once("cube", cube, [], (x,)) for x in numbers)
    >>> [str(jax.make_jaxpr(sum_of_cubes)(*range(n))).count(" mul ") for n in (1, 2, 9)]
    [2, 4, 4]
    """

    @functools.wraps(fn)
    def run(*args, **kwargs):
        # A distribution may have other places for what equal layers return.
        known = {} if in_force.distribution is None else None
        outer, context.equal_calls = context.equal_calls, known
        try:
            return fn(*args, **kwargs)
        finally:
            context.equal_calls = outer

    return run


def call_once(key, fn, values, arguments):
    """`fn(values, arguments)`, traced anew only if no equal call has become a function.

    Args:
        key: Hashable. All that the computation depends on besides the arrays in its arguments.
        fn: Function of the two. It reads no other arrays.
        values: List of arrays.
        arguments: Nested structure. What is no array in it, is constant.
    """
    known = context.equal_calls
    if known is None:
        return fn(values, arguments)
    leaves, treedef = jax.tree_util.tree_flatten(arguments)
    arrays = [x for x in leaves if isinstance(x, jax.Array)]
    constants = [None if isinstance(x, jax.Array) else (type(x), x) for x in leaves]
    kinds = [(x.shape, x.dtype, x.weak_type) for x in (*values, *arrays)]
    key = (key, treedef, *constants, *kinds)
    try:
        met = key in known
    except TypeError:
        return fn(values, arguments)  # a constant that has no hash
    if not met:
        known[key] = None
        return fn(values, arguments)
    if known[key] is None:

        def on_arrays(values, arrays):
            given = iter(arrays)
            filled = [next(given) if x is None else x[1] for x in constants]
            return fn(values, jax.tree_util.tree_unflatten(treedef, filled))

        known[key] = jax.jit(on_arrays)
    return known[key](values, arrays)
