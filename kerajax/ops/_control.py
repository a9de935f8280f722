"""Control flow that JAX can compile: branches, loops, scans and maps.

Functions passed here run on tensors; on symbolic tensors the call becomes a node of the graph.
"""

import jax

from kerajax.backend import KerasTensor, dtype_of, shape_of
from kerajax.ops._op import op


@op(data=("pred", "true_fn", "false_fn"))
def cond(pred, true_fn, false_fn):
    """`true_fn()` if `pred` else `false_fn()`; both must give the same shapes and dtypes.

    Args:
        pred: Bool, or a scalar tensor.
        true_fn: Function without arguments.
        false_fn: Function without arguments.

    Example:

    >>> kerajax.ops.cond(True, lambda: 1, lambda: 2).tolist()
    1
    """
    return jax.lax.cond(pred, true_fn, false_fn)


@op(data=("index", "branches", "operands"), lists=("branches",), integers=("index",))
def switch(index, branches, *operands):
    """`branches[index](*operands)`; an index out of range takes the nearest branch.

    Example:

    >>> kerajax.ops.switch(1, [lambda x: x, lambda x: -x], 3).tolist()
    -3
    """
    return jax.lax.switch(index, branches, *operands)


def _while_loop_spec(cond, body, loop_vars, maximum_iterations=None):
    # A loop keeps the shapes and dtypes of its variables; neither function needs to run.
    return jax.tree_util.tree_map(lambda x: KerasTensor(shape_of(x), dtype_of(x)), loop_vars)


@op(spec=_while_loop_spec, data=("loop_vars",), lists=("loop_vars",))
def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """Repeats `loop_vars = body(*loop_vars)` while `cond(*loop_vars)`.

    Args:
        cond: Function of the loop variables that returns a bool.
        body: Function of the loop variables that returns their new values.
        loop_vars: Tuple of tensors or nested structures, or one of them.
        maximum_iterations: Int. The most rounds to run, no limit if None.

    Example:

    >>> kerajax.ops.while_loop(lambda i: i < 10, lambda i: i * 2, 1).tolist()
    16
    """
    several = isinstance(loop_vars, (tuple, list))
    first = tuple(loop_vars) if several else (loop_vars,)

    def goes_on(carry):
        rounds, values = carry
        more = cond(*values)
        return more if maximum_iterations is None else more & (rounds < maximum_iterations)

    def step(carry):
        rounds, values = carry
        values = body(*values)
        return rounds + 1, tuple(values) if several else (values,)

    _, last = jax.lax.while_loop(goes_on, step, (0, first))
    return last if several else last[0]


@op(data=("init_val",), lists=("init_val",))
def fori_loop(lower, upper, body_fun, init_val):
    """Repeats `val = body_fun(i, val)` for `i` from `lower` to `upper - 1`.

    Example:

    >>> kerajax.ops.fori_loop(0, 4, lambda i, total: total + i, 0).tolist()
    6
    """
    return jax.lax.fori_loop(lower, upper, body_fun, init_val)


@op(data=("f", "init", "xs"), lists=("init",))
def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """Carries a state along the first axis: `carry, y = f(carry, x)` for each `x`.

    Args:
        f: Function `(carry, x) -> (carry, y)`.
        init: The first carry, a nested structure.
        xs: Nested structure of tensors whose first axis is walked, or None.
        length: Int. Number of steps, needed if `xs` is None.
        reverse: Bool. Whether to start at the end.
        unroll: Int or bool. How many steps are written out in one round of the compiled loop.

    Returns:
        `(carry, ys)`: the last carry and the stacked `y`.

    Raises:
        ValueError: If `unroll` is neither a bool nor a positive int.

    Example:

    >>> carry, ys = kerajax.ops.scan(lambda c, x: (c + x, c), 0, np.array([1, 2, 3]))
    >>> int(carry), ys.tolist()
    (6, [0, 1, 3])
    """
    if not isinstance(unroll, bool) and (not isinstance(unroll, int) or unroll < 1):
        raise ValueError(
            f"scan: `unroll` must be an positive integer or boolean. Received: {unroll!r}"
        )
    return jax.lax.scan(f, init, xs, length, reverse=reverse, unroll=unroll)


@op(data=("f", "elems"), lists=("elems",))
def associative_scan(f, elems, reverse=False, axis=0):
    """All prefixes of an associative operation, in a logarithmic number of rounds.

    Args:
        f: Associative function of two (structures of) tensors.
        elems: Tensor or nested structure of tensors.
        reverse: Bool. Whether to start at the end.
        axis: Int.

    Example:

    >>> kerajax.ops.associative_scan(lambda a, b: a + b, np.array([1, 2, 3])).tolist()
    [1, 3, 6]
    """
    return jax.lax.associative_scan(f, elems, reverse, axis)


@op(data=("f", "xs"))
def map(f, xs):
    """`f` of each slice along the first axis, one after another; the results are stacked.

    Example:

    >>> kerajax.ops.map(lambda row: row.sum(), np.array([[1, 2], [3, 4]])).tolist()
    [3, 7]
    """
    return jax.lax.map(f, xs)


@op(data=("elements",), lists=("elements",))
def vectorized_map(function, elements):
    """`function` of each slice along the first axis, all at once (`jax.vmap`).

    Example:

    >>> kerajax.ops.vectorized_map(lambda row: row.sum(), np.array([[1, 2], [3, 4]])).tolist()
    [3, 7]
    """
    return jax.vmap(function)(elements)
