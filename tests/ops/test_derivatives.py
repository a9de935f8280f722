"""Derivatives as functions of functions."""

import numpy as np
import pytest

import kerajax
from kerajax import ops


def _cubes(x):
    return ops.sum(x["a"] ** 3)


def test_gradients_have_the_structure_of_the_argument():
    """d sum(a^3) / da = 3 a^2."""
    x = {"a": np.array([1.0, 2.0], "float32")}
    value, gradient = ops.value_and_grad(_cubes)(x)
    assert float(value) == 9.0
    np.testing.assert_allclose(gradient["a"], [3.0, 12.0])
    np.testing.assert_allclose(ops.grad(_cubes)(x)["a"], gradient["a"])


def test_variables_are_read():
    """A derivative with respect to a Variable is one with respect to its value."""
    w = kerajax.Variable(np.array([1.0, 2.0], "float32"))
    np.testing.assert_allclose(ops.grad(lambda v: ops.sum(v * v))(w), [2.0, 4.0])
    value, pullback = ops.vjp(lambda v: v * v, w)
    np.testing.assert_allclose(value, [1.0, 4.0])
    np.testing.assert_allclose(pullback(np.ones(2, "float32"))[0], [2.0, 4.0])


def test_forward_and_backward_agree():
    """u . (J v) = (u J) . v."""
    x, v = np.array([0.3, 0.7], "float32"), np.array([1.0, -2.0], "float32")
    u = np.array([0.5, 2.0], "float32")
    _, forward = ops.jvp(lambda x: ops.sin(x) * x[::-1], (x,), (v,))
    _, pullback, aux = ops.vjp(lambda x: (ops.sin(x) * x[::-1], "aux"), x, has_aux=True)
    assert aux == "aux"
    np.testing.assert_allclose(np.dot(u, forward), np.dot(pullback(u)[0], v), rtol=1e-5)


def test_values_that_are_no_scalars_are_refused():
    """A gradient belongs to one number."""
    with pytest.raises(TypeError, match="scalar"):
        ops.grad(lambda x: x)(np.ones(2, "float32"))


def test_jvp_in_a_graph():
    """Shapes are those of values and derivatives."""
    x = kerajax.KerasTensor((None, 3))
    value, slope = ops.jvp(lambda x: x * x, (x,), (x,))
    assert value.shape == slope.shape == (None, 3)
