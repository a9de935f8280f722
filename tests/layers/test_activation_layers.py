"""Activations as layers, Masking and ActivityRegularization."""

import jax
import numpy as np
import pytest

import kerajax
from kerajax import layers


def test_relu_has_a_slope_a_threshold_and_a_maximum():
    """negative_slope * (x - threshold) below the threshold, at most max_value above."""
    layer = layers.ReLU(max_value=3.0, negative_slope=0.5, threshold=1.0)
    np.testing.assert_allclose(layer(np.array([-1.0, 2.0, 5.0])), [-1.0, 2.0, 3.0])


@pytest.mark.parametrize("name", ["negative_slope", "threshold", "max_value"])
def test_negative_settings_are_refused(name):
    """The message names the argument."""
    with pytest.raises(ValueError, match=name):
        layers.ReLU(**{name: -1.0})


def test_prelu_shares_slopes_along_axes():
    """One slope for each channel of an image."""
    layer = layers.PReLU(shared_axes=[1, 2])
    layer.build((None, 5, None, 3))
    assert layer.alpha.shape == (1, 1, 3)
    with pytest.raises(ValueError, match="known size"):
        layers.PReLU()(kerajax.Input((None, 3)))


def test_softmax_leaves_masked_places_out():
    """They get 0 and the others sum to 1, also where numbers are given for the mask."""
    outputs = layers.Softmax()(np.zeros((2, 3)), mask=np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(outputs, [[0.5, 0.0, 0.5], [0.0, 0.0, 0.0]])


def test_softmax_refuses_masks_that_do_not_broadcast():
    """The message has both shapes."""
    with pytest.raises(ValueError, match="broadcastable"):
        layers.Softmax()(np.zeros((1, 3)), mask=np.ones((2, 3), bool))


def test_masking_zeroes_and_masks_padding_steps():
    """Steps all of whose features equal the value."""
    x = np.array([[[5.0, 5.0], [5.0, 1.0]]], "float32")
    outputs = layers.Masking(5.0)(x)
    np.testing.assert_array_equal(outputs, [[[0.0, 0.0], [5.0, 1.0]]])
    np.testing.assert_array_equal(outputs._keras_mask, [[False, True]])


def test_masks_travel_through_jit():
    """A traced call finds the mask that a layer inside it has set."""
    masking, pooling = layers.Masking(), layers.GlobalAveragePooling1D()
    x = np.array([[[2.0], [0.0]]], "float32")

    def run(x):
        return kerajax.layers.Lambda(lambda x: pooling(masking(x)))(x)

    np.testing.assert_allclose(jax.jit(run)(x), [[2.0]])


def test_activity_regularization_adds_a_loss_per_sample():
    """`l1 * sum|x| + l2 * sum x^2`, divided by the batch size."""
    layer = layers.ActivityRegularization(l1=1.0, l2=2.0)
    layer(np.full((2, 3), 2.0, "float32"))
    assert float(layer.losses[0]) == pytest.approx((12.0 + 2.0 * 24.0) / 2)
    assert "activity_regularizer" not in layer.get_config()


def test_a_subclass_may_still_build():
    """Layers that are built at once are not, where a subclass has something to build."""

    class Scaled(layers.Activation):
        def build(self, input_shape):
            self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    layer = Scaled("relu")
    assert not layer.built
    layer(np.ones(2))
    assert layer.built and len(layer.weights) == 1
