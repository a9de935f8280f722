"""Variables that scripts keep beside their models and change while these train."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.legacy import _backend as K

X = np.ones((8, 2), "float32")


class Raises(kerajax.callbacks.Callback):
    """Adds one to a variable after each epoch, or after each batch."""

    def __init__(self, variable, when="epoch"):
        super().__init__()
        self.variable = variable
        setattr(self, f"on_{when}_end", self.go_on)

    def go_on(self, index, logs=None):
        K.set_value(self.variable, K.get_value(self.variable) + 1.0)


def affine(loss="mse", **options):
    x = kerajax.Input((2,))
    model = kerajax.Model(x, layers.Dense(2, kernel_initializer="ones")(x))
    model.compile("sgd", loss, **options)
    return model


@pytest.mark.parametrize("when", ["epoch", "batch"])
def test_a_loss_is_weighted_by_a_variable_that_grows(when):
    """Annealing: a callback raises what the loss function reads."""
    weight = K.variable(0.0)
    model = affine(lambda y_true, y_pred: 0 * K.sum(y_pred, -1) + weight)
    callbacks = [Raises(weight, when)]
    history = model.fit(X, X, batch_size=4, epochs=3, verbose=0, callbacks=callbacks).history
    assert history["loss"] == ([0.0, 1.0, 2.0] if when == "epoch" else [0.5, 2.5, 4.5])
    for value in (7.0, 9.0):
        K.set_value(weight, value)
        assert model.evaluate(X, X, verbose=0) == value
        assert model.train_on_batch(X, X) == value


@pytest.mark.parametrize("how", ["lambda", "graph", "input"])
def test_layers_read_a_variable_that_changes(how):
    """In a `Lambda`, in the arithmetic of the graph, as an input that has its value."""
    factor = K.variable([[2.0]])
    x = kerajax.Input((2,))
    outputs = {
        "lambda": lambda: layers.Lambda(lambda t: t * factor)(x),
        "graph": lambda: x * factor,
        "input": lambda: layers.multiply([x, kerajax.Input(tensor=factor)]),
    }[how]()
    model = kerajax.Model(x, outputs)
    model.compile("sgd", "mae")
    function = K.function([x], [outputs])
    for value in (2.0, 3.0, 5.0):
        K.set_value(factor, [[value]])
        np.testing.assert_allclose(model.predict(X, verbose=0), value * X)
        np.testing.assert_allclose(model.predict(X, batch_size=3, verbose=0), value * X)
        np.testing.assert_allclose(function([X])[0], value * X)
        assert model.evaluate(X, 0 * X, verbose=0) == value
    assert model.weights == []


def test_models_that_read_one_variable_train_in_turn():
    """As the two parts of an adversarial network."""
    weight = K.variable(1.0)
    models = [affine(lambda t, p: 0 * K.sum(p, -1) + weight) for _ in range(2)]
    for value in (1.0, 2.0):
        K.set_value(weight, value)
        assert [model.train_on_batch(X, X) for model in (*models, *models)] == [value] * 4
        assert models[0].fit(X, X, verbose=0, callbacks=[Raises(weight)]).history["loss"] == [value]
    assert float(K.get_value(weight)) == 3.0


@pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
def test_a_metric_shows_the_rate_of_the_optimizer():
    """`metrics=[lr]`, whose function reads the rate that a callback sets."""
    optimizer = kerajax.optimizers.SGD(0.5)

    def lr(y_true, y_pred):
        return optimizer.lr

    model = affine()
    model.compile(optimizer, "mse", metrics=[lr])
    schedule = kerajax.callbacks.LearningRateScheduler(lambda epoch: 0.5 / 2**epoch)
    history = model.fit(X, X, epochs=3, verbose=0, callbacks=[schedule]).history
    assert history["lr"] == [0.5, 0.25, 0.125]
