"""Image files, PIL images and arrays, each against the Keras wheel."""

import io

import keras
import numpy as np
import pytest
from keras.preprocessing.image import smart_resize as wheel_smart_resize

from kerajax import utils
from kerajax.preprocessing.image import smart_resize

_RNG = np.random.default_rng(0)
PICTURES = {c: _RNG.integers(0, 256, (9, 14, c)).astype("uint8") for c in (1, 3, 4)}


def _file(channels):
    file = io.BytesIO()
    utils.save_img(file, PICTURES[channels], file_format="png", scale=False)
    return file


@pytest.mark.parametrize("channels", PICTURES)
@pytest.mark.parametrize("scale", [True, False])
def test_array_to_img(channels, scale):
    x = PICTURES[channels] * 0.5
    for data_format in ("channels_last", "channels_first"):
        ours = utils.array_to_img(x, data_format, scale)
        theirs = keras.utils.array_to_img(x, data_format, scale)
        assert ours.mode == theirs.mode
        np.testing.assert_array_equal(ours, theirs)
        x = x.transpose(2, 0, 1)


def test_gray_above_255_has_32_bits():
    image = utils.array_to_img(np.full((2, 2, 1), 1000.0), scale=False)
    assert image.mode == "I"
    assert np.asarray(image).max() == 1000


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("channels", PICTURES)
def test_img_to_array_is_the_inverse(channels, data_format):
    image = utils.array_to_img(PICTURES[channels], scale=False)
    ours = utils.img_to_array(image, data_format)
    theirs = keras.utils.img_to_array(image, data_format)
    assert ours.dtype == theirs.dtype == "float32"
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(utils.img_to_array(image, "channels_last"), PICTURES[channels])


@pytest.mark.parametrize("channels", PICTURES)
@pytest.mark.parametrize("color_mode", ["grayscale", "rgb", "rgba"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"target_size": (5, 6)},
        {"target_size": (20, 11), "interpolation": "lanczos", "keep_aspect_ratio": True},
        {"target_size": (4, 9), "interpolation": "box", "keep_aspect_ratio": True},
    ],
    ids=str,
)
def test_load_img(channels, color_mode, settings):
    ours = utils.load_img(_file(channels), color_mode, **settings)
    theirs = keras.utils.load_img(_file(channels), color_mode, **settings)
    assert ours.mode == theirs.mode
    np.testing.assert_array_equal(ours, theirs)


def test_files_are_saved_in_the_format_of_their_name(tmp_path):
    """A JPEG has no transparency, so that it is dropped with a warning."""
    path = tmp_path / "picture.jpg"
    with pytest.warns(UserWarning, match="RGBA"):
        utils.save_img(path, PICTURES[4])
    assert utils.load_img(path).size == (14, 9)
    assert path.read_bytes()[:2] == b"\xff\xd8"
    utils.save_img(str(tmp_path / "picture.png"), PICTURES[3], scale=False)
    np.testing.assert_array_equal(utils.load_img(str(tmp_path / "picture.png")), PICTURES[3])


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("size", [(5, 5), (3, 14), (12, 8)])
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_smart_resize(dtype, size, interpolation):
    x = PICTURES[3].astype(dtype)
    ours = smart_resize(x, size, interpolation)
    theirs = wheel_smart_resize(x, size, interpolation)
    assert isinstance(ours, np.ndarray)
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_bad_arguments():
    with pytest.raises(TypeError, match="path-like"):
        utils.load_img(3)
    with pytest.raises(ValueError, match="Did you mean 'rgb'"):
        utils.load_img(_file(3), color_mode="rgbb")
    with pytest.raises(ValueError, match="Did you mean 'bilinear'"):
        utils.load_img(_file(3), target_size=(2, 2), interpolation="bilinar")
    with pytest.raises(ValueError, match="channel number: 2"):
        utils.array_to_img(np.zeros((4, 4, 2)))
    with pytest.raises(ValueError, match="rank 3"):
        utils.array_to_img(np.zeros((4, 4)))
    with pytest.raises(ValueError, match="image shape"):
        utils.img_to_array(np.zeros(4))
    with pytest.raises(TypeError, match="crop"):
        smart_resize(PICTURES[3], (2, 2), crop=True)
    with pytest.raises(ValueError, match="tuple of 2"):
        smart_resize(PICTURES[3], (2,))
