"""Draws on the host equal JAX's."""

import jax
import numpy as np
import pytest

from kerajax.random import _host, uniform


@pytest.mark.parametrize("shape", [(), (1,), (3, 4), (0, 5), (257, 33)])
@pytest.mark.parametrize("limits", [(0.0, 1.0), (-0.3, 0.7), (2, 3), (-0.547, 0.547)])
def test_uniform_equals_jax_bit_for_bit(shape, limits):
    key = np.array([123456789, 7], "uint32")
    assert _host.draws_on_host(key, shape, "float32", *limits)
    expected = jax.random.uniform(key, shape, "float32", *limits)
    np.testing.assert_array_equal(_host.uniform(key, shape, *limits), expected)


def test_traced_draws_stay_with_jax():
    """Inside jit the seed is a tracer, and the draw is part of the program."""
    drawn = jax.jit(lambda key: uniform((4,), seed=key))(np.array([3, 0], "uint32"))
    np.testing.assert_array_equal(drawn, uniform((4,), seed=3))
