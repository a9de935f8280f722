"""Convolutions and pooling."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kerajax import layers, ops


def test_conv1d_is_a_sum_over_windows(rng):
    """outputs[t] = sum over k of inputs[t + k] @ kernel[k], plus the bias."""
    x = rng.normal(size=(2, 6, 3)).astype("float32")
    layer = layers.Conv1D(4, 2, bias_initializer="ones")
    outputs = layer(x)
    kernel = layer.kernel.numpy()
    expected = x[:, :-1] @ kernel[0] + x[:, 1:] @ kernel[1] + 1.0
    # float32 sums of six products.
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)


def test_causal_outputs_do_not_see_the_future(rng):
    """A change at step 3 leaves the outputs before it alone."""
    x = rng.normal(size=(1, 6, 2)).astype("float32")
    layer = layers.Conv1D(3, 3, padding="causal", dilation_rate=2)
    changed = x.copy()
    changed[:, 3] += 1.0
    before, after = np.asarray(layer(x)), np.asarray(layer(changed))
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert (before[:, 3] != after[:, 3]).any()


def test_groups_do_not_mix(rng):
    """A change in the channels of one group leaves the outputs of the other alone."""
    x = rng.normal(size=(1, 5, 4)).astype("float32")
    layer = layers.Conv1D(2, 2, groups=2)
    changed = x + np.array([0, 0, 1, 1], "float32")
    before, after = np.asarray(layer(x)), np.asarray(layer(changed))
    np.testing.assert_allclose(before[..., 0], after[..., 0], rtol=1e-6)
    assert layer.kernel.shape == (2, 2, 2)


def test_data_formats_agree(rng):
    """The same weights give the same outputs, with the channels elsewhere."""
    x = rng.normal(size=(2, 5, 4, 3)).astype("float32")
    last, first = layers.Conv2D(2, 3), layers.Conv2D(2, 3, data_format="channels_first")
    outputs = last(x)
    first(np.moveaxis(x, -1, 1))
    first.set_weights(last.get_weights())
    moved = np.moveaxis(np.asarray(first(np.moveaxis(x, -1, 1))), 1, -1)
    np.testing.assert_allclose(moved, outputs, rtol=1e-5, atol=1e-5)


def test_separable_is_depthwise_then_pointwise(rng):
    """The two steps done by layers of their own."""
    x = rng.normal(size=(1, 5, 5, 3)).astype("float32")
    separable = layers.SeparableConv2D(4, 2, depth_multiplier=2)
    outputs = separable(x)
    depthwise, pointwise = layers.DepthwiseConv2D(2, depth_multiplier=2), layers.Conv2D(4, 1)
    pointwise(depthwise(x))
    depthwise.kernel.assign(separable.depthwise_kernel.value)
    pointwise.kernel.assign(separable.pointwise_kernel.value)
    np.testing.assert_allclose(pointwise(depthwise(x)), outputs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strides": 2, "dilation_rate": 2}, "conjunction"),
        ({"groups": 3}, "divisible"),
        ({"padding": "causal"}, "padding"),
        ({"kernel_size": 0}, "kernel_size"),
        ({"filters": 0}, "filters"),
    ],
)
def test_impossible_arguments_are_refused(arguments, message):
    """In the constructor, with the argument's name."""
    with pytest.raises(ValueError, match=message):
        layers.Conv2D(**{"filters": 4, "kernel_size": 2, **arguments})


def test_a_kernel_larger_than_the_input_is_refused():
    """Empty outputs would give NaN losses much later."""
    with pytest.raises(ValueError, match="spans 5 places"):
        layers.Conv1D(2, 3, dilation_rate=2)(np.ones((1, 4, 2)))


def test_rank_families_write_their_defaults_per_axis():
    """Signatures are Keras' own."""
    defaults = inspect.signature(layers.Conv3D).parameters
    assert defaults["strides"].default == (1, 1, 1)
    assert inspect.signature(layers.Conv1D).parameters["strides"].default == 1
    assert inspect.signature(layers.MaxPooling2D).parameters["pool_size"].default == (2, 2)


def test_average_pooling_leaves_padding_out():
    """The last window has one real element."""
    x = np.arange(3.0).reshape(1, 3, 1)
    outputs = layers.AveragePooling1D(2, padding="same")(x)
    np.testing.assert_allclose(np.asarray(outputs).ravel(), [0.5, 2.0])


def test_global_average_counts_unmasked_steps_alone():
    """Masked steps have no weight."""
    x = np.array([[[1.0], [3.0], [100.0]]], "float32")
    mask = np.array([[True, True, False]])
    np.testing.assert_allclose(layers.GlobalAveragePooling1D()(x, mask=mask), [[2.0]])


def test_nan_in_the_inputs_stays_where_the_kernel_reaches(rng):
    x = rng.normal(size=(1, 5, 1)).astype("float32")
    x[0, 0] = np.nan
    kernel = np.ones((2, 1, 1), "float32")
    outputs, back = jax.vjp(lambda x: ops.conv(x, kernel), jnp.asarray(x))
    assert np.isnan(outputs).ravel().tolist() == [True, False, False, False]
    # The gradient does not know of the values of the inputs.
    (gradient,) = back(jnp.ones_like(outputs))
    assert gradient.ravel().tolist() == [1.0, 2.0, 2.0, 2.0, 1.0]


@pytest.mark.parametrize("dtype", ["int32", "float16", "bfloat16", "float32"])
def test_convolutions_keep_the_dtype_of_both(dtype):
    outputs = ops.conv(jnp.ones((1, 4, 2), dtype), jnp.ones((2, 2, 1), dtype))
    assert outputs.dtype == dtype
    assert outputs.ravel().tolist() == [4, 4, 4]


@pytest.mark.parametrize("padding", ["valid", "causal"])
def test_convolution_op_can_be_overridden(padding):
    """As Keras' recipe for standardized kernels writes it: with inputs and kernel alone."""

    class Doubled(layers.Conv1D):
        def convolution_op(self, inputs, kernel):
            return super().convolution_op(inputs, 2 * kernel)

    x = np.ones((1, 5, 2), "float32")
    layer = Doubled(3, 2, padding=padding)
    plain = layers.Conv1D(3, 2, padding=padding)
    doubled = layer(x)
    plain.build(x.shape)
    plain.set_weights(layer.get_weights())
    np.testing.assert_allclose(doubled, 2 * plain(x), rtol=1e-6)
