"""`set_random_seed` fixes the same initial weights and masks as the Keras wheel on JAX."""

import keras
import numpy as np
import pytest

import kerajax

RNG = np.random.default_rng(0)
LAYERS = {
    "dense": ("Dense", {"units": 3}, (2, 5)),
    "conv": ("Conv2D", {"filters": 3, "kernel_size": 3}, (2, 8, 8, 2)),
    "lstm": ("LSTM", {"units": 4}, (2, 5, 3)),
    "gru": ("GRU", {"units": 4}, (2, 5, 3)),
    "embedding": ("Embedding", {"input_dim": 7, "output_dim": 3}, (2, 5)),
    "orthogonal": ("Dense", {"units": 3, "kernel_initializer": "orthogonal"}, (2, 5)),
    "truncated": ("Dense", {"units": 3, "kernel_initializer": "he_normal"}, (2, 5)),
}


def _built(package, name, arguments, shape):
    """Weights of two layers in a row, so that the second continues the first one's seeds."""
    package.utils.set_random_seed(0)
    built = [getattr(package.layers, name)(**arguments) for _ in range(2)]
    for layer in built:
        layer.build(shape)
    return [np.asarray(w) for layer in built for w in layer.weights]


@pytest.mark.parametrize("key", LAYERS)
def test_initial_weights_are_those_of_keras(key):
    ours, theirs = (_built(package, *LAYERS[key]) for package in (kerajax, keras))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        # Orthogonal matrices go through a factorization; all others agree to the last bit or two.
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Dropout", {"rate": 0.4}),
        ("Dropout", {"rate": 0.4, "noise_shape": (None, 1)}),
        ("Dropout", {"rate": 0.4, "seed": 5}),
        ("GaussianNoise", {"stddev": 0.4}),
        ("GaussianDropout", {"rate": 0.4}),
    ],
)
def test_random_layers_draw_what_keras_draws(name, arguments):
    """Two calls of two layers: generators are made and advance in the same order."""
    x = RNG.normal(size=(4, 6)).astype("float32")
    drawn = []
    for package in (kerajax, keras):
        package.utils.set_random_seed(0)
        layers = [getattr(package.layers, name)(**arguments) for _ in range(2)]
        drawn.append([np.asarray(layer(x, training=True)) for layer in layers for _ in range(2)])
    for a, b in zip(*drawn, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def test_recurrent_dropout_draws_what_keras_draws():
    x = RNG.normal(size=(2, 5, 3)).astype("float32")
    outputs = []
    for package in (kerajax, keras):
        package.utils.set_random_seed(0)
        layer = package.layers.LSTM(4, dropout=0.3, recurrent_dropout=0.2)
        outputs.append(np.asarray(layer(x, training=True)))
    np.testing.assert_allclose(*outputs, rtol=1e-5, atol=1e-6)


def test_a_model_starts_as_in_keras():
    """Weights in the order of building, with the seed of a dropout in between."""
    weights = []
    for package in (kerajax, keras):
        package.utils.set_random_seed(0)
        layers = package.layers
        model = package.Sequential(
            [
                package.Input((6, 6, 1)),
                layers.Conv2D(2, 3),
                layers.Dropout(0.5),
                layers.Flatten(),
                layers.Dense(3),
            ]
        )
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
