"""Dense and EinsumDense."""

import numpy as np
import pytest

import kerajax
from kerajax import layers


def test_dense_is_affine(rng):
    """outputs = inputs @ kernel + bias, on any leading axes."""
    layer = layers.Dense(4, bias_initializer="ones")
    x = rng.normal(size=(2, 5, 3)).astype("float32")
    expected = x @ layer_kernel(layer, x) + 1.0
    # float32 sums of three products.
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-6)


def test_dense_needs_a_known_last_axis():
    """The kernel's shape depends on it."""
    with pytest.raises(ValueError, match="known size"):
        layers.Dense(4)(kerajax.Input((None,)))


def test_dense_refuses_other_widths_once_built():
    """The kernel fits one width."""
    layer = layers.Dense(4)
    layer.build((None, 3))
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 3"):
        layer(np.ones((2, 5)))


def test_einsum_dense_equals_dense(rng):
    """`ab,bc->ac` with a bias over `c` is the affine map of Dense."""
    dense, einsum = layers.Dense(3), layers.EinsumDense("ab,bc->ac", 3, bias_axes="c")
    x = rng.normal(size=(2, 4)).astype("float32")
    einsum(x)
    dense(x)
    einsum.set_weights(dense.get_weights())
    np.testing.assert_allclose(einsum(x), dense(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("equation", "output_shape"), [("ab->ac", 3), ("ab,bc->ac...", 3), ("ab,bc->ac", (3, 4))]
)
def test_einsum_dense_refuses_equations_that_do_not_fit(equation, output_shape):
    """The equation, the inputs and `output_shape` must agree."""
    with pytest.raises(ValueError, match="equation"):
        layers.EinsumDense(equation, output_shape)(np.ones((2, 4)))


def layer_kernel(layer, x):
    """The kernel, after a call has made it."""
    layer(x)
    return layer.kernel.numpy()
