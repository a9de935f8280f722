"""Gradients where a function has a kink, against the Keras wheel."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from kerajax import ops

POINTS = np.array([0.0, 1.0, -1.0, 0.5, -0.5, 2.5, 3.0, -3.0, 6.0], "float32")
TIES = np.array([[0.0, 0.0], [1.0, 1.0], [-2.0, -2.0]], "float32")

ELEMENTWISE = (
    "relu relu6 leaky_relu elu selu celu softplus softsign silu hard_sigmoid hard_silu hard_tanh "
    "hard_shrink soft_shrink tanh_shrink sparse_plus sparse_sigmoid squareplus absolute "
    "sqrt sign ceil floor round rsqrt sinc"
).split()
OF_ROWS = {
    "max": lambda o: lambda x: o.max(x, axis=-1),
    "min": lambda o: lambda x: o.min(x, axis=-1),
    "norm": lambda o: lambda x: o.norm(x, axis=-1),
    "logsumexp": lambda o: lambda x: o.logsumexp(x, axis=-1),
    "logsumexp of -inf": lambda o: lambda x: o.logsumexp(x - np.inf, axis=-1),
    "maximum": lambda o: lambda x: o.maximum(x, 0.0),
    "minimum": lambda o: lambda x: o.minimum(x, 1.0),
    "clip": lambda o: lambda x: o.clip(x, 0.0, 1.0),
    "std": lambda o: lambda x: o.std(x, axis=-1),
    "norm of order 1": lambda o: lambda x: o.norm(x, ord=1, axis=-1),
    "norm of order inf": lambda o: lambda x: o.norm(x, ord=np.inf, axis=-1),
    "norm of all": lambda o: lambda x: o.norm(x * 0.0),
    "var": lambda o: lambda x: o.var(x, axis=-1),
    "amax": lambda o: lambda x: o.amax(x, axis=-1),
    "ptp": lambda o: lambda x: o.ptp(x, axis=-1),
    "softmax of -inf": lambda o: lambda x: o.softmax(o.where(x > 0, x, -np.inf), axis=-1),
    "logaddexp": lambda o: lambda x: o.logaddexp(x, x),
    "mod": lambda o: lambda x: o.mod(x, 2.0),
    "max_pool": lambda o: lambda x: o.max_pool(x[None, :, :], 2, 1),
    "prod": lambda o: lambda x: o.prod(x, axis=-1),
    "divide_no_nan": lambda o: lambda x: o.divide_no_nan(x, x),
    "power": lambda o: lambda x: o.power(x, 2.0),
    "hypot": lambda o: lambda x: o.hypot(x, x),
    "arctan2": lambda o: lambda x: o.arctan2(x, x),
    "median": lambda o: lambda x: o.median(x, axis=-1),
    "sort": lambda o: lambda x: o.sort(x, axis=-1),
    "top_k": lambda o: lambda x: o.top_k(x, 1)[0],
    "cumprod": lambda o: lambda x: o.cumprod(x, axis=-1),
    "where": lambda o: lambda x: o.where(x > 0, o.sqrt(x), 0.0),
}


def _gradient(fn, x):
    return jax.grad(lambda v: jnp.sum(fn(v)))(jnp.asarray(x))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_at_kinks_of_functions(name):
    """The same one-sided choice, or the same nan."""
    ours, theirs = (_gradient(getattr(o, name), POINTS) for o in (ops, keras.ops))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("name", OF_ROWS)
def test_at_ties_and_zeros_of_rows(name):
    """Ties share the gradient as the wheel does."""
    ours, theirs = (_gradient(OF_ROWS[name](o), TIES) for o in (ops, keras.ops))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
