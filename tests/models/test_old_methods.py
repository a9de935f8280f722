"""Methods of Keras 1 and 2."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.objects import EraScope

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


@pytest.mark.parametrize("count", [{"steps_per_epoch": 2}, {"samples_per_epoch": 8}])
def test_callbacks_prepare_the_data_of_a_generator(model, count):
    """`on_train_begin` comes before the first batch is drawn, and comes once."""

    class Source(kerajax.callbacks.Callback):
        begun = 0

        def on_train_begin(self, logs=None):
            self.begun += 1
            self.data = X[:4], Y[:4]

        def batches(self):
            while True:
                yield self.data

    source = Source()
    history = model.fit_generator(source.batches(), verbose=0, callbacks=[source], **count)
    assert source.begun == 1
    assert source.params["steps"] == 2
    assert len(history.history["loss"]) == 1
    model.fit(X, Y, verbose=0, callbacks=[source])
    assert source.begun == 2


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


def test_losses_of_symbolic_tensors_are_trained_on():
    """The variational autoencoder of Keras 2: `vae.add_loss(...)`, then `fit` without targets."""
    x = kerajax.Input((3,))
    mean = layers.Dense(2, kernel_initializer="ones", name="code_mean")(x)
    decoded = layers.Dense(3, kernel_initializer="ones")(mean)
    only_for_the_loss = layers.Dense(1, kernel_initializer="ones", name="extra")(mean)
    vae = kerajax.Model(x, decoded)
    vae.add_loss(kerajax.ops.mean(kerajax.ops.square(x - decoded)))
    vae.add_loss([2.0 * kerajax.ops.mean(only_for_the_loss)])
    vae.add_metric(kerajax.ops.mean(mean), name="code", aggregation="mean")
    vae.compile(kerajax.optimizers.SGD(0.01))
    logs = vae.fit(X, epochs=2, verbose=0, validation_data=(X, None)).history
    assert list(logs) == ["loss", "code", "val_loss", "val_code"]
    # Inputs of ones: the code is 3, 3, the decoded values are 6, the extra output is 6.
    np.testing.assert_allclose(logs["loss"][0], 25 + 12, rtol=1e-6)
    np.testing.assert_allclose(logs["code"][0], 3, rtol=1e-6)
    assert logs["loss"][1] < logs["loss"][0] and len(vae.trainable_variables) == 6
    assert vae.predict(X, verbose=0).shape == (8, 3) and vae.get_layer("extra").built


class Batches(kerajax.callbacks.Callback):
    """Notes what it is told of the batches."""

    def on_train_begin(self, logs=None):
        self.sizes = []

    def on_batch_end(self, batch, logs=None):
        assert all((name in logs) == (logs.get(name) is not None) for name in ("batch", "size"))
        self.sizes.append((logs.get("batch"), logs.get("size", 0), sorted(logs)))


@pytest.mark.parametrize("source", ["arrays", "generator"])
def test_callbacks_are_told_as_in_keras_2(source):
    """Sizes in the logs, beside the metrics; samples and names of metrics in `params`."""
    told = Batches()
    with EraScope("2.2", quiet=True):
        model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
        model.compile("sgd", "mse", metrics=["accuracy"])
        if source == "arrays":
            model.fit(X, Y, batch_size=5, verbose=0, callbacks=[told], validation_data=(X, Y))
        else:
            model.fit_generator(batches(), steps_per_epoch=2, verbose=0, callbacks=[told])
    names = ["acc", "loss"]
    sizes = [(0, 5, names), (1, 3, names)] if source == "arrays" else [(0, 4, names), (1, 4, names)]
    assert told.sizes == sizes
    assert told.params["samples"] == (8 if source == "arrays" else None)
    metrics = ["loss", "acc"] + ["val_loss", "val_acc"] * (source == "arrays")
    assert told.params["metrics"] == metrics
    model.fit(X, Y, verbose=0, callbacks=[told])
    assert told.sizes == [(None, 0, names)] and set(told.params) == {"verbose", "epochs", "steps"}


def test_generators_may_yield_more_than_the_inputs():
    """What is for the user's own callbacks alone, by another name, need not be an array."""
    x = kerajax.Input((3,), name="a")
    model = kerajax.Model(x, layers.Dense(1)(x))
    model.compile("sgd", "mse")
    model.fit(iter([({"a": X, "texts": ["one", "two"]}, Y)]), steps_per_epoch=1, verbose=0)
