"""Dropout and noise: training only, reproducible, with the promised statistics."""

import numpy as np
import pytest

from kerajax import layers, models

ONES = np.ones((64, 64), "float32")


def test_dropout_keeps_the_expected_value():
    """A part `rate` is zero, the rest is scaled by 1 / (1 - rate)."""
    outputs = np.asarray(layers.Dropout(0.25, seed=1)(ONES, training=True))
    assert set(np.unique(outputs.round(5))) == {0.0, np.float32(1 / 0.75).round(5)}
    # 4,096 draws: the standard deviation of the mean is 0.009.
    assert abs(outputs.mean() - 1.0) < 0.04


def test_dropout_draws_anew_in_each_call():
    """Two calls drop different elements; two layers of one seed drop the same."""
    layer, twin = layers.Dropout(0.5, seed=1), layers.Dropout(0.5, seed=1)
    first, second = layer(ONES, training=True), layer(ONES, training=True)
    assert (np.asarray(first) != np.asarray(second)).any()
    np.testing.assert_array_equal(first, twin(ONES, training=True))


def test_noise_shape_ties_elements_together():
    """Along an axis of size 1 all is dropped or kept."""
    outputs = np.asarray(layers.Dropout(0.5, noise_shape=(None, 1), seed=1)(ONES, training=True))
    assert (outputs == outputs[:, :1]).all()


def test_spatial_dropout_drops_whole_channels():
    """A channel is the same at all places."""
    outputs = layers.SpatialDropout2D(0.5, seed=1)(np.ones((2, 3, 3, 8)), training=True)
    outputs = np.asarray(outputs)
    assert (outputs == outputs[:, :1, :1]).all()
    assert {0.0, 2.0} == set(np.unique(outputs))


def test_alpha_dropout_keeps_mean_and_variance(rng):
    """Standard normal inputs stay of mean 0 and variance 1."""
    x = rng.normal(size=(200, 200)).astype("float32")
    outputs = np.asarray(layers.AlphaDropout(0.3, seed=1)(x, training=True))
    # 40,000 draws: both deviate by less than 0.01 in most runs.
    assert abs(outputs.mean()) < 0.03
    assert abs(outputs.std() - 1.0) < 0.03


def test_rates_outside_the_unit_interval_are_refused():
    """So are noise shapes that are none."""
    for layer in (layers.Dropout, layers.GaussianDropout, layers.AlphaDropout):
        with pytest.raises(ValueError, match="rate"):
            layer(1.5)
    for noise_shape in ("12", (0, 1), (1.5,)):
        with pytest.raises(ValueError, match="noise_shape"):
            layers.Dropout(0.5, noise_shape=noise_shape)


def test_spatial_dropout_keeps_a_mixed_policy_in_its_config():
    """The bare dtype that Keras writes would lose it."""
    layer = layers.SpatialDropout1D(0.5, dtype="mixed_bfloat16")
    clone = layers.SpatialDropout1D.from_config(layer.get_config())
    assert clone.compute_dtype == "bfloat16"


def test_spatial_dropout_is_closed():
    """A keyword that it never had is refused as Python refuses it."""
    with pytest.raises(TypeError, match="SpatialDropout1D.*'colour'"):
        layers.SpatialDropout1D(0.5, colour=1)
    with pytest.raises(ValueError, match="colour"):
        layers.Dropout(0.5, colour=1)


@pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
@pytest.mark.parametrize(
    "shape",
    [
        {"input_shape": (6, 3)},
        {"batch_input_shape": [None, 6, 3]},
        {"batch_input_shape": [None, 6, 3], "input_shape": (9, 9)},
    ],
    ids=str,
)
def test_spatial_dropout_begins_an_old_model(shape):
    """As a first layer it took the shape of the input until Keras 3, in scripts and files."""
    model = models.Sequential([layers.SpatialDropout1D(0.5, **shape), layers.Dense(2)])
    assert model.input_shape == (None, 6, 3) and model.output_shape == (None, 6, 2)
    assert layers.SpatialDropout1D(0.5)._input_shape_arg is None
