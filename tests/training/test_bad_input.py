"""Mistakes: a clear error at once, and nothing has changed afterwards."""

import numpy as np
import pytest

import kerajax
from kerajax import layers

X, Y = np.ones((16, 3), "float32"), np.ones((16, 1), "float32")


@pytest.fixture
def model():
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    model.compile(kerajax.optimizers.SGD(0.1, momentum=0.9), "mse")
    model.train_on_batch(X, Y)
    return model


def snapshot(model):
    return [*model.get_weights(), *(v.numpy() for v in model.optimizer.variables)]


@pytest.mark.parametrize(
    "x, y, message",
    [
        (np.ones((16, 5)), Y, "axis -1 of input shape to have value 3, but got 5"),
        (X, Y[:7], "same number of samples. Sizes: x: 16, y: 7"),
        (X[:0], Y[:0], "no data"),
        (np.array([[1, 2], [3]], dtype=object), Y[:2], "Python objects"),
        (X, None, "needs targets"),
        (X, np.array(["cat"] * 16), "`y` is an array of strings"),
        ("text", Y, "must be an array"),
        (np.float32(3), None, "first axis"),
    ],
)
def test_wrong_data_is_refused_and_changes_nothing(model, x, y, message):
    before = snapshot(model)
    with pytest.raises(ValueError, match=message):
        model.fit(x, y, verbose=0)
    for a, b in zip(before, snapshot(model), strict=True):
        np.testing.assert_array_equal(a, b)
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, True])
def test_wrong_batch_size_is_refused(model, batch_size):
    with pytest.raises(ValueError, match="batch_size"):
        model.fit(X, Y, batch_size=batch_size, verbose=0)


def test_unknown_loss_names_the_nearest(model):
    with pytest.raises(ValueError, match="mean_squared_error"):
        model.compile("sgd", "mean_square_error")
        model.fit(X, Y, verbose=0)


def test_unknown_optimizer_names_the_nearest(model):
    before = model.optimizer
    with pytest.raises(ValueError, match="adam"):
        model.compile("adma", "mse")
    assert model.optimizer is before
    model.fit(X, Y, verbose=0)


def test_unknown_keywords_are_refused(model):
    with pytest.raises(ValueError, match="Unrecognized keyword arguments passed to Dense"):
        layers.Dense(3, colour="red")
    with pytest.raises(TypeError, match="epoch"):
        model.fit(X, Y, epoch=3)


def test_training_before_compile_is_refused():
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    with pytest.raises(ValueError, match="call `compile"):
        model.fit(X, Y)


def test_too_many_losses_are_refused():
    x = kerajax.Input((3,))
    model = kerajax.Model(x, [layers.Dense(1)(x), layers.Dense(1)(x)])
    model.compile("sgd", ["mse", "mae", "mse"])
    with pytest.raises(KeyError, match=r"path: \(2,\) in the `loss` argument"):
        model.fit(X, [Y, Y], verbose=0)


def test_wrong_weights_are_refused_and_change_nothing(model):
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"shape \(3, 1\).*provided weight shape \(4, 1\)"):
        model.set_weights([np.ones((4, 1)), np.ones(1)])
    with pytest.raises(ValueError, match="length 1"):
        model.set_weights([np.ones((3, 1))])
    np.testing.assert_array_equal(before[0], model.get_weights()[0])


def test_validation_split_needs_enough_samples(model):
    with pytest.raises(ValueError, match="not sufficient to split"):
        model.fit(X[:1], Y[:1], validation_split=0.1, verbose=0)


def test_nan_loss_stops_with_terminate_on_nan(model):
    x = X.copy()
    x[3] = np.nan
    with np.errstate(all="ignore"):
        history = model.fit(
            x, Y, epochs=5, verbose=0, callbacks=[kerajax.callbacks.TerminateOnNaN()]
        )
    assert len(history.epoch) == 1 and model.stop_training
