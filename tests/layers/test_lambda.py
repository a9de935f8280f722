"""Lambda: functions as layers, and what may be read from a file."""

import keras
import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.objects import deserialize_keras_object, serialize_keras_object


def test_arguments_and_context_reach_the_function():
    """`arguments` always; `training` where the function takes it."""

    def scale(x, factor, training=None):
        return x * factor if training else x

    layer = layers.Lambda(scale, arguments={"factor": 3.0})
    x = np.ones(2, "float32")
    assert layer(x, training=True).tolist() == [3.0, 3.0]
    assert layer(x).tolist() == [1.0, 1.0]


def test_output_shape_is_inferred_or_taken():
    """From the function, from a shape of a sample, or from a function of the shape."""
    x = kerajax.Input((3,))
    assert layers.Lambda(lambda x: x[:, :2])(x).shape == (None, 2)
    assert layers.Lambda(lambda x: x, output_shape=(7,))(x).shape == (None, 7)
    assert layers.Lambda(lambda x: x, output_shape=lambda s: (*s, 1))(x).shape == (None, 3, 1)


def test_lambdas_load_only_when_trusted():
    """Bytecode is refused unless the caller says otherwise."""
    config = serialize_keras_object(layers.Lambda(lambda x: x * 2.0))
    with pytest.raises(ValueError, match="safe_mode=False"):
        deserialize_keras_object(config)
    with pytest.raises(ValueError, match="safe_mode=False"):
        layers.Lambda.from_config(config["config"])
    layer = deserialize_keras_object(config, safe_mode=False)
    assert layer(np.ones(1, "float32")).tolist() == [2.0]


def test_closures_and_defaults_survive():
    """A lambda comes back with what it was made with."""
    factor = 3.0
    config = layers.Lambda(lambda x, n=2.0: x * n * factor).get_config()
    layer = layers.Lambda.from_config(config, safe_mode=False)
    assert layer(np.ones(1, "float32")).tolist() == [6.0]


def test_registered_functions_load_by_name():
    """No bytecode is in the config of a named function."""

    @kerajax.objects.register_keras_serializable("tests")
    def double(x):
        return x * 2.0

    config = serialize_keras_object(layers.Lambda(double))
    assert config["config"]["function"]["class_name"] == "function"
    layer = deserialize_keras_object(config)
    assert layer(np.ones(1, "float32")).tolist() == [2.0]


def test_lambda_of_keras_reads_ours_and_we_read_keras():
    """The bytecode stands where Keras expects it."""
    fn = lambda x: x + 1.0  # noqa: E731
    ours = layers.Lambda(fn, name="plus").get_config()
    theirs = keras.layers.Lambda(fn, name="plus").get_config()
    assert ours == theirs
    assert layers.Lambda.from_config(theirs, safe_mode=False)(np.ones(1)).tolist() == [2.0]
    assert np.asarray(keras.layers.Lambda.from_config(ours, safe_mode=False)(np.ones(1))) == 2.0


def test_masks_pass_through_a_function():
    """Without `mask` the layer ends masks, with it the function decides."""
    layer = layers.Lambda(lambda x: x, mask=lambda inputs, mask: mask)
    assert layer.supports_masking
    assert not layers.Lambda(lambda x: x).supports_masking
    assert layer.compute_mask(None, "mask") == "mask"
