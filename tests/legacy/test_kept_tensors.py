"""Losses and layers that use a tensor of the model beside their arguments, as in old scripts."""

import numpy as np
import pytest

import kerajax
from kerajax import layers, ops

X = np.random.default_rng(0).uniform(size=(32, 6)).astype("float32")


def autoencoder():
    """A small variational autoencoder: its inputs, mean, log variance and outputs."""
    kerajax.utils.set_random_seed(1)
    x = kerajax.Input((6,))
    hidden = layers.Dense(5, activation="relu")(x)
    mean, log_variance = layers.Dense(2)(hidden), layers.Dense(2)(hidden)
    sample = layers.GaussianNoise(0.1, seed=3)(mean) * ops.exp(log_variance / 2)
    return x, mean, log_variance, layers.Dense(6, activation="sigmoid")(sample)


def divergence(mean, log_variance):
    return -0.5 * ops.mean(1 + log_variance - ops.square(mean) - ops.exp(log_variance), axis=-1)


def reconstruction(y_true, y_pred):
    return kerajax.losses.binary_crossentropy(y_true, y_pred)


def history_of(model):
    kerajax.utils.set_random_seed(2)
    fitted = model.fit(X, X, batch_size=8, epochs=2, validation_data=(X, X), verbose=0)
    return [fitted.history["loss"], fitted.history["val_loss"], model.evaluate(X, X, verbose=0)]


def test_a_loss_that_uses_tensors_of_the_model():
    """As the same sum of a loss on the outputs and one that is added to the graph."""
    x, mean, log_variance, outputs = autoencoder()
    model = kerajax.Model(x, outputs)

    def loss(y_true, y_pred):
        return reconstruction(y_true, y_pred) + divergence(mean, log_variance)

    model.compile("sgd", loss)
    kept = history_of(model)

    x, mean, log_variance, outputs = autoencoder()
    model = kerajax.Model(x, outputs)
    model.add_loss(ops.mean(divergence(mean, log_variance)))
    model.compile("sgd", reconstruction)
    for a, b in zip(kept, history_of(model), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_a_layer_that_uses_tensors_of_the_model():
    x, mean, log_variance, outputs = autoencoder()

    class Loss(layers.Layer):
        def call(self, inputs):
            total = reconstruction(*inputs) + divergence(mean, log_variance)
            self.add_loss(ops.mean(total), inputs=inputs)
            return inputs[1] * ops.reshape(mean, (-1, 1, 2))[:, :, 0]

    added = Loss()([x, outputs])
    assert added.shape == (None, 6)
    model = kerajax.Model(x, added)
    model.compile("sgd", loss=None)
    losses = model.fit(X, batch_size=8, epochs=2, verbose=0).history["loss"]
    assert losses[1] < losses[0]
    first, both = (kerajax.Model(x, y).predict(X, verbose=0) for y in (mean, [mean, outputs]))
    np.testing.assert_allclose(model.predict(X, verbose=0), both[1] * first[:, :1], rtol=1e-4)


def test_functions_of_tensors_that_they_have_kept():
    x = kerajax.Input((3,))
    doubled = layers.Dense(3, use_bias=False, kernel_initializer="identity")(x) * 2
    y = layers.Lambda(lambda t: t + ops.square(doubled))(doubled)
    model = kerajax.Model(x, y)
    assert model(np.ones((1, 3))).tolist() == [[6.0, 6.0, 6.0]]
    assert kerajax.Sequential([model])(np.ones((1, 3))).tolist() == [[6.0, 6.0, 6.0]]


def test_a_tensor_whose_graph_does_not_run_has_no_value():
    other = kerajax.Input((6,)) * 2
    x, _, _, outputs = autoencoder()
    model = kerajax.Model(x, outputs)
    model.compile("sgd", lambda y_true, y_pred: ops.mean(np.float32(1) * y_pred) + other)
    with pytest.raises(ValueError, match="A KerasTensor has no value"):
        model.fit(X, X, verbose=0)
    # Ops on symbols alone still make graphs, inside of layers, too.
    assert kerajax.backend.is_keras_tensor(ops.square(other))


class Sub(layers.Layer):
    """Makes a functional model when it is called first."""

    def build(self, input_shape):
        inner = kerajax.Input(tuple(input_shape[1:]))
        self.model = kerajax.Model(inner, layers.Dense(2)(inner * 2 + 1))

    def call(self, x):
        return self.model(x)


def test_graphs_are_made_inside_of_layers():
    model = kerajax.Sequential([kerajax.Input((6,)), Sub()])
    assert model.predict(X, verbose=0).shape == (32, 2)
