"""Modules of helpers that layers of Keras 2's users were written with."""

import pytest

import kerajax
from kerajax.legacy import _alias, interfaces
from kerajax.objects import EraScope


@pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
def test_decorated_constructors_take_the_words_of_keras_1():
    class Mine:
        @interfaces.legacy_conv2d_support
        def __init__(self, filters, kernel_size, padding="valid", **kwargs):
            self.told = filters, kernel_size, padding

    assert Mine(4, nb_row=3, nb_col=2, border_mode="same").told == (4, (3, 2), "same")
    assert Mine(4, (3, 2)).told == (4, (3, 2), "valid")


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
