"""Merging layers: arithmetic, shapes and masks."""

import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental import sparse as jax_sparse

import kerajax
from kerajax import layers
from kerajax.backend import get_keras_mask, set_keras_mask


def masked(values, mask):
    """An array `(1, steps, 1)` with a mask."""
    x = jnp.asarray(values, "float32").reshape(1, -1, 1)
    set_keras_mask(x, jnp.asarray([mask]))
    return x


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Add", 5.0), ("Subtract", 1.0), ("Multiply", 6.0), ("Average", 2.5), ("Maximum", 3.0)],
)
def test_class_and_function_agree(name, expected):
    """`layers.add(inputs)` is `layers.Add()(inputs)`."""
    inputs = [np.full((1, 2), 3.0), np.full((1, 2), 2.0)]
    np.testing.assert_allclose(getattr(layers, name)()(inputs), np.full((1, 2), expected))
    np.testing.assert_allclose(getattr(layers, name.lower())(inputs), np.full((1, 2), expected))


def test_lower_ranks_get_axes_after_the_batch():
    """A vector for each sample is added at every step."""
    x, y = np.zeros((2, 3, 4)), np.arange(8.0).reshape(2, 4)
    outputs = np.asarray(layers.Add()([x, y]))
    np.testing.assert_allclose(outputs, np.broadcast_to(y[:, None], (2, 3, 4)))


def test_sizes_known_in_one_input_are_known_in_the_output():
    """An unknown size beside a known one is that one."""
    x, y = kerajax.Input((None, 4)), kerajax.Input((3, 4), batch_size=2)
    assert layers.Add()([x, y]).shape == (2, 3, 4)
    assert layers.Concatenate()([x, y]).shape == (2, 3, 8)
    assert layers.Concatenate(axis=1)([x, y]).shape == (2, None, 4)
    assert layers.Dot(axes=(2, 2))([x, y]).shape == (2, None, 3)


def test_masked_steps_give_way():
    """Where one input is masked the others decide; where all are, the result is masked."""
    x = masked([1.0, 9.0, 9.0], [True, False, False])
    y = masked([2.0, 5.0, 7.0], [True, True, False])
    outputs = layers.Maximum()([x, y])
    np.testing.assert_allclose(np.asarray(outputs)[0, :2, 0], [2.0, 5.0])
    np.testing.assert_array_equal(get_keras_mask(outputs), [[True, True, False]])
    product = layers.Multiply()([x, y])
    np.testing.assert_allclose(np.asarray(product)[0, :, 0], [2.0, 5.0, 0.0])


def test_concatenation_counts_unmasked_inputs_whole():
    """Along time, the mask of an input without one is all True."""
    x, y = masked([1.0, 2.0], [True, False]), jnp.ones((1, 2, 1))
    outputs = layers.Concatenate(axis=1)([x, y])
    np.testing.assert_array_equal(get_keras_mask(outputs), [[True, False, True, True]])


def test_normalized_dot_is_the_cosine(rng):
    """Of the angle between two vectors."""
    x, y = rng.normal(size=(2, 3, 5)).astype("float32")
    cosine = (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    outputs = layers.Dot(axes=1, normalize=True)([x, y])
    np.testing.assert_allclose(np.asarray(outputs)[:, 0], cosine, rtol=1e-5)


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (layers.Add, [(2, 3), (2, 4)]),
        (layers.Add, [(2, 3), (3, 3)]),
        (layers.Subtract, [(2, 3)] * 3),
        (layers.Concatenate, [(2, 3, 1), (2, 4, 1)]),
        (lambda: layers.Dot(1), [(2, 3), (2, 4)]),
        (lambda: layers.Dot(0), [(2, 3), (2, 3)]),
    ],
)
def test_shapes_that_do_not_fit_are_refused(layer, shapes):
    """The message shows them."""
    with pytest.raises(ValueError, match=r"\(2, 3"):
        layer()([np.ones(shape) for shape in shapes])


def test_a_single_tensor_is_refused():
    """Merging takes a list."""
    for layer in (layers.Add(), layers.Concatenate()):
        with pytest.raises(ValueError, match="list of inputs"):
            layer(np.ones((2, 3)))


def test_dot_wants_one_axis_of_each():
    """Types and counts are checked in the constructor."""
    with pytest.raises(TypeError, match="axes"):
        layers.Dot("1")
    with pytest.raises(ValueError, match="two integers"):
        layers.Dot((1, 2, 3))


@pytest.mark.parametrize(
    "layer",
    [layers.Add(), layers.Average(), layers.Maximum(), layers.Concatenate(), layers.Dot(-1)],
    ids=lambda layer: layer.name,
)
def test_sparse_inputs_give_the_numbers_of_dense_ones(layer, rng):
    """The output is sparse where all inputs are; a graph knows it before."""
    dense = [rng.normal(size=(2, 4, 3)) * (rng.random((2, 4, 3)) < 0.5) for _ in range(2)]
    dense = [x.astype("float32") for x in dense]
    sparse = [jax_sparse.BCOO.fromdense(x, n_batch=1) for x in dense]
    expected = layer(dense)
    outputs = layer(sparse)
    assert isinstance(outputs, jax_sparse.BCOO)
    np.testing.assert_allclose(outputs.todense(), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer([sparse[0], dense[1]]), expected, rtol=1e-5, atol=1e-6)
    symbolic = layer([kerajax.Input((4, 3), sparse=True) for _ in range(2)])
    assert symbolic.sparse
    assert symbolic.shape == (None, *expected.shape[1:])


def test_a_function_for_batches_of_one_size(rng):
    """A class of the user's has the shape its inputs broadcast to; its function is not tried."""

    class Mean(layers.Add.__base__):
        def _merge_function(self, inputs):
            share = kerajax.random.uniform((5, 1), seed=1)
            return share * inputs[0] + (1 - share) * inputs[1]

    a, b = kerajax.Input((3,)), kerajax.Input((3,))
    outputs = Mean()([a, b])
    assert outputs.shape == (None, 3)
    model = kerajax.Model([a, b], outputs)
    x = rng.normal(size=(5, 3)).astype("float32")
    np.testing.assert_allclose(model.predict([x, x], verbose=0), x, rtol=1e-5)
