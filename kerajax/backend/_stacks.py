"""Stacks: variables of equal layers whose values are the rows of one array.

A program of many equal layers is a loop over one of them where their weights lie in one array, and
a loop is compiled in the time of one layer. A `Stack` stands for the variables in the lists of a
training state. Inside a `StatelessScope` that knows the stack, each variable still reads and writes
its row.
"""

import jax
import jax.numpy as jnp
import numpy as np

from kerajax.backend._dtypes import canonical_dtype
from kerajax.backend._filling import stacked_rows


class Stack:
    """Variables of one shape and dtype, in order.

    Args:
        variables: List of variables.

    Attributes:
        lead: The first of them, which stands for the others inside a loop.
        shape: Shape of the array of all values.
    """

    def __init__(self, variables):
        self.variables = tuple(variables)
        self.lead = self.variables[0]
        self._dtype = self.lead._dtype

    on_host = False

    @property
    def shape(self) -> tuple:
        return (len(self.variables), *self.lead.shape)

    @property
    def path(self) -> str:
        return f"{self.lead.path} and {len(self.variables) - 1} more"

    def stacked(self, values):
        """One array of a list of arrays, or of functions that make them on the host.

        It has memory of its own.
        """
        arrays = [value for value in values if isinstance(value, jax.Array)]
        if len(arrays) < len(values) or _on_host(values[0]):
            # Nothing to compile.
            stack = stacked_rows(values, self.lead.shape, canonical_dtype(self._dtype))
            return _put(stack, arrays[0] if arrays else None)
        stack = _empty(values[0], len(values))
        for i, value in enumerate(values):
            stack = _written(stack, value, i)
        return stack

    @staticmethod
    def rows(array):
        """The rows of an array, each in memory of its own."""
        if _on_host(array):
            return [_put(row, array) for row in np.asarray(array)]
        return [_read(array, i) for i in range(len(array))]


def _on_host(array) -> bool:
    return all(device.platform == "cpu" for device in array.devices())


def _put(array, like):
    """An array of the host on the device, in memory of its own: where another one is, if any."""
    sharding = like.sharding if like is not None and like.committed else None
    return jax.device_put(array, sharding, may_alias=False)


_empty = jax.jit(lambda like, rows: jnp.zeros((rows, *like.shape), like.dtype), static_argnums=1)
_written = jax.jit(
    lambda array, row, i: jax.lax.dynamic_update_index_in_dim(array, row, i, 0), donate_argnums=0
)
_read = jax.jit(lambda array, i: jax.lax.dynamic_index_in_dim(array, i, keepdims=False))


def over_rows(step, carry, stacks):
    """`carry, row = step(carry, rows)` for all rows of the stacks, one after the other.

    Args:
        step: Function of the carry and a list of one row of each stack; it returns the next carry
            and a pytree of arrays.
        carry: Array.
        stacks: List of arrays of the same length.

    Returns:
        The last carry, and the pytree with the rows of all steps stacked.

    Example:

    >>> over_rows(lambda x, rows: (x + rows[0], x), jnp.float32(1), [jnp.ones(3)])
    (Array(4., dtype=float32), Array([1., 2., 3.], dtype=float32))
    """
    return jax.lax.scan(step, carry, stacks)


def for_each_row(fn):
    """`fn` of lists of rows as a function of lists of stacks, each row computed by itself."""
    return jax.vmap(fn)


def loops_cost_threads() -> bool:
    """Whether what runs in a loop is not spread over the processor's cores.

    XLA's CPU backend does so: large elementwise operations and convolutions lose by it, small ones
    and products of matrices do not.
    """
    return jax.default_backend() == "cpu"
