"""What one eager call of an op costs: the op of a package, or the JAX function it stands for."""

import importlib

import jax
import jax.numpy as jnp

JAX_FUNCTIONS = {"relu": jax.nn.relu, "matmul": jnp.matmul}
ARGUMENTS = {"relu": 1, "matmul": 2}


class OpTrial:
    """Calls on small arrays, so that the way to the kernel is most of the time.

    Args:
        candidate: "jax", or the name of a module with Keras' interface.
        name: Key of `JAX_FUNCTIONS`.
    """

    def __init__(self, candidate, name):
        is_jax = candidate == "jax"
        ops = None if is_jax else importlib.import_module(candidate).ops
        self.function = JAX_FUNCTIONS[name] if is_jax else getattr(ops, name)
        self.arguments = (jnp.ones((8, 8)),) * ARGUMENTS[name]

    def op(self, calls):
        """The op, `calls` times, the last result awaited."""
        result = None
        for _ in range(calls):
            result = self.function(*self.arguments)
        jax.block_until_ready(result)
        return []
