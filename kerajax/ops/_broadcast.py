"""What elementwise ops share: promotion to float, and symbolic shapes that broadcast.

An unknown size beside a known one is that size (or 1, which broadcasts to it), so `(None, 3)` and
`(5, 1)` give `(5, 3)`. `@broadcasting` is `@op` with that rule.
"""

import functools

import jax.numpy as jnp

from kerajax.backend import KerasTensor, as_array, canonical_dtype, floatx, infer
from kerajax.ops._op import op


def broadcasting(fn=None, **options):
    """`@op` for functions of several tensors whose shapes broadcast; options are those of `op`."""
    if fn is None:
        return functools.partial(broadcasting, **options)

    def spec(**arguments):
        return infer(fn, **unify(arguments))

    return op(fn, spec=spec, **options)


def unify(arguments: dict) -> dict:
    """Replaces unknown sizes of symbolic tensors by the known sizes they must broadcast with."""
    shapes = [tuple(x.shape) for x in arguments.values() if hasattr(x, "shape")]
    rank = max(map(len, shapes), default=0)
    known = [None] * rank
    for shape in shapes:
        for i, size in enumerate(shape, rank - len(shape)):
            if size not in (None, 1):
                known[i] = size
    return {name: _with_sizes(x, known) for name, x in arguments.items()}


def _with_sizes(x, known):
    if not isinstance(x, KerasTensor) or None not in x.shape:
        return x
    offset = len(known) - len(x.shape)
    shape = tuple(known[offset + i] if size is None else size for i, size in enumerate(x.shape))
    return KerasTensor(shape, x.dtype, name=x.name)


def as_float(x):
    """`x` as an array; integers and booleans become the default float type."""
    x = as_array(x)
    if jnp.issubdtype(x.dtype, jnp.inexact):
        return x
    return x.astype(canonical_dtype(floatx()))
