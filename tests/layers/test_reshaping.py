"""Flatten, Reshape, Permute, RepeatVector, padding, cropping and upsampling."""

import numpy as np
import pytest

import kerajax
from kerajax import layers


def test_flatten_moves_first_channels_to_the_end():
    """Both data formats flatten to the same order."""
    x = np.arange(24.0).reshape(1, 2, 3, 4)
    last = layers.Flatten()(x)
    first = layers.Flatten("channels_first")(np.moveaxis(x, -1, 1))
    np.testing.assert_array_equal(first, last)


@pytest.mark.parametrize("layer", [layers.Flatten(), layers.Reshape((-1,))], ids=["flat", "minus"])
def test_empty_batches_keep_their_sample_size(layer):
    """The size of a sample does not depend on how many there are."""
    assert layer(np.ones((0, 2, 3))).shape == (0, 6)


def test_reshape_trusts_unknown_sizes():
    """Unknown sizes may fit; known ones are checked."""
    assert layers.Reshape((3, 4))(kerajax.Input((None,))).shape == (None, 3, 4)
    assert layers.Reshape((-1, 4))(kerajax.Input((None, 2))).shape == (None, None, 4)
    with pytest.raises(ValueError, match="do not fit"):
        layers.Reshape((3, 4))(kerajax.Input((5,)))
    with pytest.raises(ValueError, match="at most one"):
        layers.Reshape((-1, -1))


def test_permute_wants_every_axis_once():
    """Axes are counted from 1."""
    with pytest.raises(ValueError, match="each axis once"):
        layers.Permute((0, 1))


def test_repeat_vector_wants_a_positive_integer():
    """Of the type int, as Keras has it."""
    with pytest.raises(TypeError, match="integer"):
        layers.RepeatVector(2.0)
    with pytest.raises(ValueError, match="positive"):
        layers.RepeatVector(0)


def test_cropping_undoes_padding(rng):
    """What padding adds, cropping of the same size removes."""
    x = rng.normal(size=(2, 3, 4, 5))
    sizes = ((1, 2), (0, 3))
    np.testing.assert_allclose(layers.Cropping2D(sizes)(layers.ZeroPadding2D(sizes)(x)), x, 1e-6)


@pytest.mark.parametrize("padding", [(1,), (1, 2, 3), "1", ((1, 2), (3, -4)), 1.5])
def test_bad_paddings_are_refused(padding):
    """Each axis wants an int or a pair of ints."""
    with pytest.raises(ValueError, match="padding"):
        layers.ZeroPadding2D(padding)


def test_cropping_must_leave_something():
    """Also for symbolic inputs."""
    for x in (np.ones((1, 3, 2)), kerajax.Input((3, 2))):
        with pytest.raises(ValueError, match="must be smaller"):
            layers.Cropping1D((1, 2))(x)


def test_up_sampling_repeats_pixels():
    """Each pixel becomes a block."""
    x = np.arange(4.0).reshape(1, 2, 2, 1)
    outputs = layers.UpSampling2D((1, 2))(x)
    np.testing.assert_array_equal(np.asarray(outputs)[0, :, :, 0], [[0, 0, 1, 1], [2, 2, 3, 3]])


def test_up_sampling_names_its_interpolations():
    """An unknown one is refused with the nearest known."""
    with pytest.raises(ValueError, match="Did you mean 'bilinear'"):
        layers.UpSampling2D(interpolation="bilinea")
