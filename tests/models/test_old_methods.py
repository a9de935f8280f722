"""Methods of Keras 1 and 2."""

import numpy as np
import pytest

import kerajax
from kerajax import layers

pytestmark = pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
X, Y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")


def batches():
    while True:
        yield X[:4], Y[:4]


@pytest.fixture
def model():
    model = kerajax.Sequential(
        [kerajax.Input((3,)), layers.Dense(1, activation="sigmoid", kernel_initializer="ones")]
    )
    model.compile("sgd", "mse", metrics=["accuracy"])
    return model


def test_generators_counted_in_steps(model):
    history = model.fit_generator(
        batches(), steps_per_epoch=3, epochs=2, verbose=0, max_queue_size=2, workers=1
    )
    assert int(model.optimizer.iterations.value) == 6 and len(history.epoch) == 2
    assert len(model.evaluate_generator(batches(), steps=2)) == 2
    assert model.predict_generator(batches(), steps=2).shape == (8, 1)


def test_generators_counted_in_samples(model):
    """Keras 1: an epoch of 12 samples in batches of 4 has 3 steps."""
    model.fit_generator(
        batches(),
        samples_per_epoch=12,
        nb_epoch=2,
        verbose=0,
        validation_data=batches(),
        nb_val_samples=8,
    )
    assert int(model.optimizer.iterations.value) == 6


def test_predict_classes(model):
    assert model.predict_classes(X).tolist() == [[1]] * 8
    assert np.array_equal(model.predict_proba(X), model.predict(X, verbose=0))
    several = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(4)])
    assert several.predict_classes(X).shape == (8,)
