"""Embedding: look-up, masks, first values, old arguments."""

import numpy as np
import pytest

from kerajax import layers
from kerajax.objects import EraScope


def test_outputs_are_rows_of_the_table():
    """The output of an integer is the row of that number."""
    layer = layers.Embedding(5, 2)
    outputs = layer(np.array([[3, 0], [1, 3]]))
    table = layer.embeddings.numpy()
    np.testing.assert_array_equal(outputs, table[[[3, 0], [1, 3]]])


def test_zero_is_masked_where_asked_for():
    """With `mask_zero`, the mask is False where the input is 0; else there is none."""
    ids = np.array([[3, 0, 1]])
    masked = layers.Embedding(5, 2, mask_zero=True)(ids)
    assert masked._keras_mask.tolist() == [[True, False, True]]
    assert not hasattr(layers.Embedding(5, 2)(ids), "_keras_mask")


@pytest.mark.parametrize("wrap", [lambda w: w, lambda w: [w]], ids=["array", "list"])
def test_weights_are_first_values(wrap):
    """`weights=` builds the layer and fills the table."""
    table = np.arange(6.0).reshape(3, 2)
    layer = layers.Embedding(3, 2, weights=wrap(table))
    np.testing.assert_array_equal(layer.embeddings.numpy(), table)
    assert "weights" not in layer.get_config()


def test_floats_count_as_integers():
    """Inputs of other dtypes are cast, exactly also under half precision."""
    layer = layers.Embedding(5000, 2, dtype="mixed_float16")
    outputs = layer(np.array([[4097.0]]))
    assert outputs.dtype == "float16"
    np.testing.assert_array_equal(outputs[0, 0], layer.embeddings.numpy()[4097].astype("float16"))


def test_input_length_of_old_scripts():
    """`input_length` fixes the number of steps of a first layer."""
    with EraScope("2.3", quiet=True):
        layer = layers.Embedding(10, 4, input_length=5)
    assert layer._input_shape_arg == (None, 5)


@pytest.mark.parametrize("name", ["input_dim", "output_dim"])
@pytest.mark.parametrize("size", [0, -1, 2.5, True])
def test_sizes_are_positive_ints(name, size):
    """Other sizes are refused by name."""
    with pytest.raises(ValueError, match=name):
        layers.Embedding(**{"input_dim": 3, "output_dim": 2, name: size})


def test_adapted_rows_are_sums(rng):
    """A row of the output is that of the frozen table plus `alpha / rank * a @ b`."""
    layer = layers.Embedding(5, 4, lora_rank=2, lora_alpha=3)
    ids = np.array([[3, 0]])
    frozen = layer(ids)
    a, b = layer.trainable_weights
    assert (a.name, b.name) == ("lora_embeddings_a", "lora_embeddings_b")
    b.assign(rng.normal(size=(2, 4)).astype("float32"))
    expected = frozen + 1.5 * (a.numpy() @ b.numpy())[ids]
    np.testing.assert_allclose(layer(ids), expected, rtol=1e-5, atol=1e-6)
