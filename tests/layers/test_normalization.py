"""Batch, layer and group normalization: what the table of checks does not cover."""

import jax
import numpy as np
import pytest

from kerajax import layers
from kerajax.objects import EraScope


def test_batch_normalization_in_training_gives_mean_zero_and_variance_one(rng):
    """Each channel of the outputs has mean 0 and variance 1."""
    x = rng.normal(3.0, 2.0, size=(8, 5, 5, 3)).astype("float32")
    outputs = np.asarray(layers.BatchNormalization(epsilon=0.0)(x, training=True))
    np.testing.assert_allclose(outputs.mean((0, 1, 2)), 0.0, atol=1e-5)
    np.testing.assert_allclose(outputs.var((0, 1, 2)), 1.0, rtol=1e-4)


def test_variance_keeps_its_digits_far_from_zero(rng):
    """A mean of 10,000 with a deviation of 1 does not cost the variance its precision."""
    x = (rng.normal(size=(512, 2)) + 1e4).astype("float32")
    layer = layers.BatchNormalization(momentum=0.0)
    layer(x, training=True)
    variance = x.astype("float64").var(0)
    np.testing.assert_allclose(layer.moving_variance.numpy(), variance, rtol=1e-4)


@pytest.mark.parametrize(("era", "in_training"), [("2.2", True), ("2.3", True), ("tf2", False)])
def test_frozen_statistics_in_eras_before_tensorflow_2(era, in_training, rng):
    """A frozen layer normalized by the batch until Keras 2.3, and moved nothing."""
    x = rng.normal(3.0, 2.0, size=(16, 2)).astype("float32")
    layer = layers.BatchNormalization(epsilon=0.0)
    layer.trainable = False
    with EraScope(era, quiet=True):
        outputs = layer(x, training=True)
        inferred = layer(x)
    np.testing.assert_allclose(outputs, (x - x.mean(0)) / x.std(0) if in_training else x, rtol=1e-4)
    np.testing.assert_allclose(inferred, x)
    np.testing.assert_allclose(layer.moving_mean, [0.0, 0.0])


def test_moving_statistics_follow_the_momentum():
    """`moving = momentum * moving + (1 - momentum) * batch`, from 0 and 1."""
    layer = layers.BatchNormalization(momentum=0.75)
    layer(np.array([[1.0], [3.0]]), training=True)
    assert layer.moving_mean.numpy() == pytest.approx(0.25 * 2.0)
    assert layer.moving_variance.numpy() == pytest.approx(0.75 + 0.25 * 1.0)


def test_inference_leaves_statistics_alone(rng):
    """Without `training=True` the moving statistics are used and stay."""
    layer = layers.BatchNormalization(epsilon=0.0)
    x = rng.normal(size=(4, 2)).astype("float32")
    np.testing.assert_allclose(layer(x), x, rtol=1e-6)
    assert layer.moving_mean.numpy().tolist() == [0.0, 0.0]


def test_frozen_means_inference(rng):
    """With `trainable = False`, training normalizes by the moving statistics, too."""
    layer = layers.BatchNormalization(epsilon=0.0)
    x = rng.normal(size=(4, 2)).astype("float32")
    layer.trainable = False
    np.testing.assert_allclose(layer(x, training=True), x, rtol=1e-6)
    assert layer.moving_mean.numpy().tolist() == [0.0, 0.0]


def test_masked_steps_do_not_count():
    """Statistics are those of the unmasked steps."""
    x = np.array([[[1.0], [3.0], [100.0]]], "float32")
    layer = layers.BatchNormalization(momentum=0.0)
    layer(x, training=True, mask=np.array([[True, True, False]]))
    np.testing.assert_allclose(layer.moving_mean.numpy(), [2.0], rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance.numpy(), [1.0], rtol=1e-5)


def test_masks_of_another_rank_are_refused(rng):
    """A mask has the inputs' shape without the last axis."""
    with pytest.raises(ValueError, match="mask"):
        layers.BatchNormalization()(rng.normal(size=(2, 3, 4)), mask=np.ones((2, 3, 4), bool))


def test_statistics_are_states_of_a_pure_function(rng):
    """`stateless_call` returns the new statistics and changes nothing; weights come first."""
    layer = layers.BatchNormalization(momentum=0.0)
    x = rng.normal(size=(16, 2)).astype("float32")
    layer.build(x.shape)
    assert [v.name for v in layer.weights] == ["gamma", "beta", "moving_mean", "moving_variance"]
    values = ([v.value for v in vs] for vs in (layer.trainable_variables, layer.variables[2:]))
    _, (mean, _) = jax.jit(lambda t, n, x: layer.stateless_call(t, n, x, training=True))(*values, x)
    np.testing.assert_allclose(mean, x.mean(0), rtol=1e-5)
    assert layer.moving_mean.numpy().tolist() == [0.0, 0.0]


@pytest.mark.parametrize("bounds", [{"rmax": 1.0, "rmin": 2.0}, {"dmax": -1.0}, {"r": 1.0}])
def test_bounds_of_renormalization_are_checked(bounds):
    """Contrary or unknown bounds are refused."""
    with pytest.raises(ValueError, match="renorm_clipping"):
        layers.BatchNormalization(renorm=True, renorm_clipping=bounds)


def test_layer_normalization_takes_each_sample_by_itself(rng):
    """Mean and variance are those of a sample, over the given axes."""
    x = rng.normal(size=(3, 4, 5)).astype("float32")
    outputs = layers.LayerNormalization(axis=(1, 2), epsilon=0.0)(x)
    expected = (x - x.mean((1, 2), keepdims=True)) / x.std((1, 2), keepdims=True)
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-5)


def test_older_rms_scaling_warns(rng):
    """`rms_scaling=True` divides by the deviation, without a mean, and names its successor."""
    x = rng.normal(size=(3, 5)).astype("float32")
    with pytest.warns(UserWarning, match="RMSNormalization"):
        layer = layers.LayerNormalization(rms_scaling=True, epsilon=0.0)
    np.testing.assert_allclose(layer(x), x / x.std(-1, keepdims=True), rtol=1e-4)
    assert [v.name for v in layer.weights] == ["gamma"]


@pytest.mark.parametrize("layer_class", [layers.LayerNormalization, layers.BatchNormalization])
def test_axes_that_do_not_exist_are_refused(layer_class):
    """The error names the axis."""
    with pytest.raises(ValueError, match="axis"):
        layer_class(axis=3)(np.ones((2, 3)))


def test_axis_of_another_type_is_refused():
    """An axis is an int or a list of them."""
    with pytest.raises(TypeError, match="axis"):
        layers.LayerNormalization(axis="last")


def test_one_group_for_each_channel_is_instance_normalization(rng):
    """`groups=-1` normalizes each channel of each sample."""
    x = rng.normal(size=(2, 6, 3)).astype("float32")
    outputs = layers.GroupNormalization(groups=-1, epsilon=0.0)(x)
    expected = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("groups", [0, -2, 2.0, 4])
def test_groups_divide_the_channels(groups):
    """Other numbers of groups are refused."""
    with pytest.raises(ValueError, match="groups"):
        layers.GroupNormalization(groups=groups)(np.ones((2, 6)))
