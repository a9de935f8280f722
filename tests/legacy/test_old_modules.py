"""Modules of helpers that layers of Keras 2's users were written with."""

import numpy as np
import pytest

import kerajax
from kerajax.legacy import _alias, conv_utils, generic_utils, interfaces
from kerajax.objects import EraScope


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [7, 8, 9])
def test_lengths_are_those_of_the_layers(padding, stride, size):
    conv = kerajax.layers.Conv1D(2, 3, strides=stride, padding=padding)
    found = conv_utils.conv_output_length(size, 3, padding, stride)
    assert conv.compute_output_shape((None, size, 1))[1] == found
    back = kerajax.layers.Conv1DTranspose(2, 3, strides=stride, padding=padding)
    expected = back.compute_output_shape((None, size, 1))[1]
    assert conv_utils.deconv_length(size, stride, 3, padding) == expected
    if padding == "valid":
        assert conv_utils.conv_input_length(found, 3, padding, stride) <= size


def test_lengths_of_unknown_sizes_are_unknown():
    assert conv_utils.conv_output_length(None, 3, "same", 1) is None
    assert conv_utils.deconv_length(None, 2, 3, "same") is None


@pytest.mark.parametrize("shape", [(3, 2, 2), (3, 4, 2, 2), (2, 3, 4, 1, 2)])
def test_kernels_are_turned(shape):
    kernel = np.arange(np.prod(shape)).reshape(shape)
    turned = conv_utils.convert_kernel(kernel)
    assert not np.array_equal(turned, kernel)
    np.testing.assert_array_equal(conv_utils.convert_kernel(turned), kernel)
    np.testing.assert_array_equal(turned[..., 0, 0].ravel(), kernel[..., 0, 0].ravel()[::-1])


def test_wrong_values_are_told():
    with pytest.raises(ValueError, match="kernel_size"):
        conv_utils.normalize_tuple((1, 2), 3, "kernel_size")
    with pytest.raises(ValueError, match="padding"):
        conv_utils.normalize_padding("mirrored")


@pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
def test_decorated_constructors_take_the_words_of_keras_1():
    class Mine:
        @interfaces.legacy_conv2d_support
        def __init__(self, filters, kernel_size, padding="valid", **kwargs):
            self.told = filters, kernel_size, padding

    assert Mine(4, nb_row=3, nb_col=2, border_mode="same").told == (4, (3, 2), "same")
    assert Mine(4, (3, 2)).told == (4, (3, 2), "valid")


def test_arguments_of_functions():
    def fn(a, *, b=1, **rest):
        return a, b, rest

    assert generic_utils.has_arg(fn, "b") and not generic_utils.has_arg(fn, "c")
    assert generic_utils.has_arg(fn, "c", accept_all=True)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.legacy.interfaces", "legacy_get_updates_support"),
        ("keras.utils.conv_utils", "normalize_tuple"),
        ("keras.utils.generic_utils", "has_arg"),
        ("keras.utils.generic_utils", "get_custom_objects"),
        ("keras.layers.merge", "_Merge"),
        ("keras.applications.imagenet_utils", "_obtain_input_shape"),
        ("keras.models", "model_from_config"),
    ],
)
def test_they_are_found_under_their_paths(module, name):
    assert callable(_alias.attribute(module, name))


def test_a_model_from_its_config():
    model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(2)])
    config = {"class_name": "Sequential", "config": model.get_config()}
    again = _alias.attribute("keras.models", "model_from_config")(config)
    assert again.output_shape == (None, 2)
    with pytest.raises(TypeError, match="dictionary"):
        _alias.attribute("keras.models", "model_from_config")([])


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ({}, (None, None)),
        ({"batch_input_shape": (3, 5)}, (3, 5)),
        ({"input_shape": (6,)}, (None, 6)),
    ],
)
@pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
def test_an_embedding_was_a_first_layer(arguments, shape):
    """It says the shape of its input: integers, as many as there are."""
    with EraScope("2.2"):
        first = kerajax.layers.Embedding(10, 4, **arguments)
    assert kerajax.Sequential([first, kerajax.layers.LSTM(3)]).input_shape == shape
