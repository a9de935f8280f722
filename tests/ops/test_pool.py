"""Max pooling: the forms for CPUs and for accelerators give the same values and gradients."""

import jax
import numpy as np
import pytest
from jax import export

from kerajax import ops
from kerajax.ops import _pool

_ROWS = [
    ((2, 8, 6, 3), (2, 2), (2, 2), "valid"),
    ((2, 7, 5, 3), (2, 2), (2, 2), "valid"),
    ((2, 7, 5, 3), (2, 2), (2, 2), "same"),
    ((2, 8, 6, 3), (3, 3), (2, 2), "same"),
    ((2, 8, 6, 3), (3, 2), (1, 1), "same"),
    ((2, 9, 9, 3), (2, 1), (3, 2), "valid"),
    ((2, 9, 3), (4,), (3,), "valid"),
    ((2, 4, 5, 6, 3), (2, 3, 2), (2, 2, 2), "valid"),
]


def _by_windows(x, pool_size, strides, padding):
    sizes, steps = (1, *pool_size, 1), (1, *strides, 1)
    return _pool._windowed_max(x, sizes, steps, padding.upper())


def _gradient(fn, x, weights):
    return jax.jit(jax.grad(lambda x: (fn(x) * weights).sum()))(x)


@pytest.mark.parametrize("shape, pool_size, strides, padding", _ROWS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_values_and_gradients_equal_those_of_reduce_window(
    shape, pool_size, strides, padding, dtype, rng
):
    """Few distinct values, so that most windows have ties."""
    x = jax.numpy.asarray(rng.integers(0, 3, shape), dtype)
    ours = lambda x: ops.max_pool(x, pool_size, strides, padding)  # noqa: E731
    windows = lambda x: _by_windows(x, pool_size, strides, padding)  # noqa: E731
    expected = windows(x)
    np.testing.assert_array_equal(ours(x), expected)
    # Small integers, so that sums are exact in any order.
    weights = jax.numpy.asarray(rng.integers(-3, 4, expected.shape), dtype)
    np.testing.assert_array_equal(_gradient(ours, x, weights), _gradient(windows, x, weights))


@pytest.mark.parametrize("place", range(4))
def test_a_nan_anywhere_in_a_window_is_its_maximum(place):
    x = np.array([1.0, np.inf, -np.inf, 0.0], "float32")
    x[place] = np.nan
    pooled = np.asarray(ops.max_pool(x.reshape(1, 2, 2, 1), 2)).ravel()
    np.testing.assert_array_equal(pooled, [np.nan])


def test_a_window_of_negative_infinity():
    x = np.full((1, 2, 2, 1), -np.inf, "float32")
    assert ops.max_pool(x, 2).item() == -np.inf
    gradient = jax.grad(lambda x: ops.max_pool(x, 2).sum())(x)
    assert np.asarray(gradient).ravel().tolist() == [1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool"])
def test_whole_numbers_keep_their_dtype(dtype):
    x = np.array([[[0], [1], [1], [0]]], dtype)
    pooled = ops.max_pool(x, 2)
    assert pooled.dtype == dtype and np.asarray(pooled).ravel().tolist() == [1, 1]


def test_a_window_larger_than_the_input_gives_nothing():
    assert ops.max_pool(np.ones((1, 3, 3, 1), "float32"), 4).shape == (1, 0, 0, 1)


def test_wide_windows():
    x = np.arange(20.0, dtype="float32").reshape(1, 20, 1)
    assert np.asarray(ops.max_pool(x, 10)).ravel().tolist() == [9.0, 19.0]


def test_forward_mode_batching_and_second_order(rng):
    x = rng.normal(size=(1, 4, 4, 1)).astype("float32")
    total = lambda x: (ops.max_pool(x, 2) ** 2).sum()  # noqa: E731
    gradient = jax.grad(total)(x)
    _, tangent = jax.jvp(total, (x,), (np.ones_like(x),))
    np.testing.assert_allclose(tangent, gradient.sum(), rtol=1e-5)
    batched = jax.vmap(jax.grad(total))(np.stack([x, 2 * x]))
    np.testing.assert_allclose(batched[1], 2 * batched[0], rtol=1e-6)
    curvature = jax.hessian(total)(x).reshape(16, 16)
    np.testing.assert_array_equal(np.diag(curvature), 2.0 * (np.asarray(gradient).ravel() != 0))


def test_each_platform_has_its_form():
    """One program for all platforms, in which accelerators keep select-and-scatter."""
    step = jax.jit(jax.grad(lambda x: ops.max_pool(x, 2).sum()))
    shape = jax.ShapeDtypeStruct((1, 4, 4, 1), "float32")
    texts = {
        platform: export.export(step, platforms=[platform])(shape).mlir_module()
        for platform in ("cpu", "cuda", "tpu")
    }
    assert [p for p, text in texts.items() if "select_and_scatter" in text] == ["cuda", "tpu"]
    export.export(step, platforms=["cpu", "cuda", "tpu"])(shape)
