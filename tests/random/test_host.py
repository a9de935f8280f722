"""Draws on the host equal JAX's."""

import jax
import numpy as np
import pytest

from kerajax.random import _host, normal, uniform


@pytest.mark.parametrize("shape", [(), (1,), (3, 4), (0, 5), (257, 33)])
@pytest.mark.parametrize("limits", [(0.0, 1.0), (-0.3, 0.7), (2, 3), (-0.547, 0.547)])
def test_uniform_equals_jax_bit_for_bit(shape, limits):
    key = np.array([123456789, 7], "uint32")
    assert _host.draws_on_host(key, shape, "float32", *limits)
    expected = jax.random.uniform(key, shape, "float32", *limits)
    np.testing.assert_array_equal(_host.uniform(key, shape, *limits), expected)


@pytest.mark.parametrize("shape", [(), (1,), (2,), (3, 4), (0, 5), (257, 33), (64, 64), (1 << 20,)])
@pytest.mark.parametrize("seed", [7, 2**31])
def test_normal_equals_jax_bit_for_bit(shape, seed):
    key = np.array([123456789, seed], "uint32")
    expected = jax.random.normal(key, shape, "float32")
    np.testing.assert_array_equal(_host.normal(key, shape), expected)
    expected = jax.random.truncated_normal(key, -2.0, 2.0, shape, "float32")
    np.testing.assert_array_equal(_host.normal(key, shape, limit=2.0), expected)


def test_normal_draws_share_programs():
    """Shapes of about one size are drawn by one program."""
    key = np.array([1, 2], "uint32")
    _host.normal(key, (130,))
    before = _host._normal_of._cache_size()
    for size in range(131, 256):
        _host.normal(key, (size,), limit=2.0)
    assert _host._normal_of._cache_size() == before


def test_normal_draws_while_a_program_is_traced():
    """A draw from a known seed inside jit is a constant of the program."""
    drawn = jax.jit(lambda x: x + normal((4,), seed=3))(np.zeros(4, "float32"))
    np.testing.assert_array_equal(drawn, normal((4,), seed=3))


def test_traced_draws_stay_with_jax():
    """Inside jit the seed is a tracer, and the draw is part of the program."""
    drawn = jax.jit(lambda key: uniform((4,), seed=key))(np.array([3, 0], "uint32"))
    np.testing.assert_array_equal(drawn, uniform((4,), seed=3))
