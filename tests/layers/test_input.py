"""Input and InputLayer."""

import pytest

import kerajax
from kerajax import layers


def test_input_has_the_batch_axis_in_front():
    """`shape` is a sample's, `batch_shape` the batch's."""
    assert kerajax.Input((3, None)).shape == (None, 3, None)
    assert kerajax.Input((3,), batch_size=2).shape == (2, 3)
    assert kerajax.Input(batch_shape=(4, 3)).shape == (4, 3)
    assert kerajax.Input(()).shape == (None,)


def test_input_remembers_its_layer():
    """The producing operation is an InputLayer of the given name and dtype."""
    layer = kerajax.Input((3,), dtype="int32", name="tokens")._keras_history.operation
    assert isinstance(layer, layers.InputLayer)
    assert (layer.name, layer.dtype, layer.built) == ("tokens", "int32", True)


def test_input_layer_config_makes_an_equal_layer():
    """The config has the batch shape, and no argument twice."""
    config = layers.InputLayer((3,), batch_size=2, dtype="int32", name="x").get_config()
    assert config["batch_shape"] == (2, 3)
    assert layers.InputLayer.from_config(config).get_config() == config


@pytest.mark.parametrize(
    "arguments",
    [{}, {"shape": (3,), "batch_shape": (2, 3)}, {"batch_size": 2, "batch_shape": (2, 3)}],
)
def test_input_wants_exactly_one_shape(arguments):
    """A missing or doubled shape is refused."""
    with pytest.raises(ValueError, match="shape"):
        kerajax.Input(**arguments)


def test_given_tensor_is_used_and_checked():
    """`tensor` becomes the output; what contradicts it is refused."""
    tensor = kerajax.KerasTensor((None, 3))
    assert kerajax.Input(tensor=tensor) is tensor
    with pytest.raises(ValueError, match="incompatible `shape`"):
        kerajax.Input((4,), tensor=tensor)
    with pytest.raises(ValueError, match="must be a KerasTensor"):
        kerajax.Input(tensor=[1.0])
