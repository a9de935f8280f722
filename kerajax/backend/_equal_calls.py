"""Equal computations of one program are traced once.

A model of many equal layers would be traced, differentiated and lowered layer by layer, though all
but the values is the same. While a step is compiled, `equal_calls_once` keeps what was traced
first, as a function that the program calls again. XLA writes the calls out before it optimizes,
so that the steps do the same work.
"""

import functools

import jax

from kerajax.backend._scopes import context


def equal_calls_once(fn):
    """`fn`, which is going to be compiled, with its equal calls traced once.

    Example:

    >>> @equal_calls_once
    ... def cubes(x, y):
    ...     cube = lambda values, arguments: arguments[0] * arguments[0] * arguments[0]
    ...     return call_once("cube", cube, (), (x,)) + call_once("cube", cube, (), (y,))
    >>> str(jax.make_jaxpr(cubes)(1.0, 2.0)).count("mul")
    2
    """

    @functools.wraps(fn)
    def run(*args, **kwargs):
        outer, context.equal_calls = context.equal_calls, {}
        try:
            return fn(*args, **kwargs)
        finally:
            context.equal_calls = outer

    return run


def call_once(key, fn, values, arguments):
    """`fn(values, arguments)`, traced only if no call with an equal key and equal shapes was.

    Args:
        key: Hashable. All that the computation depends on besides the arrays in its arguments.
        fn: Function of two nested structures. It reads no other arrays.
        values: List of arrays.
        arguments: Nested structure. What is no array in it, is constant.
    """
    leaves, treedef = jax.tree_util.tree_flatten(arguments)
    arrays = [x for x in leaves if isinstance(x, jax.Array)]
    constants = [None if isinstance(x, jax.Array) else (type(x), x) for x in leaves]
    key = (key, treedef, *constants)
    try:
        known = context.equal_calls.get(key)
    except TypeError:
        return fn(values, arguments)  # a constant that has no hash
    if known is None:

        def on_arrays(values, arrays):
            given = iter(arrays)
            filled = [next(given) if x is None else x[1] for x in constants]
            return fn(values, jax.tree_util.tree_unflatten(treedef, filled))

        known = context.equal_calls[key] = jax.jit(on_arrays)
    return known(values, arrays)
