"""Epochs over sources: where they end, how steps are joined, what callbacks are told."""

import gc
import threading
import time
import types

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.training import _streamed

X, Y = np.ones((80, 3), "float32"), np.ones((80, 1), "float32")


class Watch(kerajax.callbacks.Callback):
    """Keeps the numbers of the batches of each epoch."""

    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append([])

    def on_train_batch_begin(self, batch, logs=None):
        self.epochs[-1].append([batch])

    def on_train_batch_end(self, batch, logs=None):
        self.epochs[-1][-1].append(batch)


def fit(x=X, y=Y, **options):
    compile_options = {
        name: options.pop(name)
        for name in ("steps_per_execution", "run_eagerly")
        if name in options
    }
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse", **compile_options)
    watch = Watch()
    history = model.fit(x, y, callbacks=[watch], verbose=0, **options)
    return watch.epochs, history.history["loss"], model


def test_steps_per_epoch_goes_on_where_the_last_epoch_stopped():
    """Ten batches, five a time: two epochs are one pass."""
    epochs, losses, model = fit(batch_size=8, steps_per_epoch=5, epochs=4)
    assert [len(epoch) for epoch in epochs] == [5, 5, 5, 5]
    _, whole, other = fit(batch_size=8, epochs=2)
    np.testing.assert_allclose(model.get_weights()[0], other.get_weights()[0], rtol=1e-5)


@pytest.mark.parametrize(("steps", "lengths"), [(9, [9, 1, 9, 1]), (11, [10, 10, 10, 10])])
def test_an_epoch_ends_with_the_pass(steps, lengths):
    """As in Keras, and with its warning."""
    with pytest.warns(UserWarning, match="ran out of data"):
        epochs, _, _ = fit(batch_size=8, steps_per_epoch=steps, epochs=4)
    assert [len(epoch) for epoch in epochs] == lengths


def test_a_generator_that_ends_too_soon_warns():
    batches = ((X[:8], Y[:8]) for _ in range(3))
    with pytest.warns(UserWarning, match="ran out of data"):
        epochs, _, _ = fit(batches, None, steps_per_epoch=5)
    assert [len(epoch) for epoch in epochs] == [3]


@pytest.mark.parametrize("run_eagerly", [False, True])
@pytest.mark.parametrize("streamed", [False, True])
def test_steps_per_execution_joins_steps(streamed, run_eagerly):
    """Seven batches, the last one shorter: callbacks hear of three calls, and count in threes."""
    x, y = X[:50], Y[:50]
    source = (((x[i : i + 8], y[i : i + 8]) for i in range(0, 50, 8)), None) if streamed else (x, y)
    epochs, losses, model = fit(
        *source, batch_size=8, steps_per_execution=3, run_eagerly=run_eagerly, shuffle=False
    )
    assert epochs == [[[0, 2], [3, 5], [6, 8]]]
    _, expected, single = fit(x, y, batch_size=8, shuffle=False)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    np.testing.assert_allclose(model.get_weights()[0], single.get_weights()[0], rtol=1e-5)


def test_more_joined_steps_than_there_are():
    epochs, _, _ = fit(X[:50], Y[:50], batch_size=8, steps_per_execution=100)
    assert epochs == [[[0, 99]]]


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_loops_stop_when_told(method):
    """An endless source ends after the batch in which a callback says so."""
    gerund, kind = {
        "fit": ("training", "train"),
        "evaluate": ("evaluating", "test"),
        "predict": ("predicting", "predict"),
    }[method]
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    counted = []

    def on_batch_end(batch, logs=None):
        counted.append(batch)
        if len(counted) == 3:
            setattr(model, f"stop_{gerund}", True)

    def endless():
        while True:
            yield (X[:2],) if method == "predict" else (X[:2], Y[:2])

    callback = kerajax.callbacks.Callback()
    setattr(callback, f"on_{kind}_batch_end", on_batch_end)
    getattr(model, method)(endless(), callbacks=[callback], verbose=0)
    assert counted == [0, 1, 2]


def test_threads_end_with_their_loops():
    """Nobody draws from an endless source once `fit` has returned."""
    drawn = []

    def endless():
        while True:
            drawn.append(1)
            yield X[:2], Y[:2]

    before = threading.active_count()
    fit(endless(), None, steps_per_epoch=3)
    gc.collect()
    deadline = time.time() + 5
    while threading.active_count() > before and time.time() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= before and len(drawn) < 10


def test_a_thread_draws_once_drawing_takes_long(monkeypatch):
    """It would only hinder where batches come quickly; an error has its traceback in both."""
    drawn_by, now = [], [0.0]
    monkeypatch.setattr(_streamed, "time", types.SimpleNamespace(perf_counter=lambda: now[0]))

    def source(seconds):
        for _ in range(4):
            now[0] += seconds
            drawn_by.append(threading.current_thread() is threading.main_thread())
            yield X[:2], Y[:2]
        raise KeyError("lost")

    for seconds, expected in ((1e-5, [True] * 4), (0.01, [True, False, False, False])):
        drawn_by.clear()
        batches = _streamed.Prefetcher(source(seconds), compiled=True)
        for _ in range(4):
            assert batches.get()[0].shape == (2, 3)
        with pytest.raises(KeyError, match="lost") as caught:
            batches.get()
        assert drawn_by == expected and caught.traceback[-1].name == "source"
    assert _streamed.Prefetcher(iter([])).get() is None


def test_batch_methods_report_the_batch_alone():
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse", metrics=["mae"])
    first = model.train_on_batch(X, Y)
    second = model.train_on_batch(X, Y, return_dict=True)
    np.testing.assert_allclose(first, [4.0, 2.0], rtol=1e-6)
    after = model.test_on_batch(X, Y)
    assert first[0] > second["loss"] > after[0]
    np.testing.assert_allclose(model.test_on_batch(X, Y), after, rtol=1e-6)
    np.testing.assert_allclose(model.evaluate(X, Y, verbose=0), after, rtol=1e-5)


def test_eager_may_be_switched_at_any_time():
    kinds = []

    class Look(layers.Layer):
        def call(self, x):
            kinds.append(kerajax.backend.is_traced(x))
            return x

    model = kerajax.Sequential([kerajax.Input((3,)), Look()])
    model.run_eagerly = True
    kinds.clear()
    model.predict(X[:2], verbose=0)
    model.compile("sgd", "mse")
    assert model.run_eagerly is False and kinds[-1] is False
    kinds.clear()
    model.evaluate(X[:2], X[:2], verbose=0)
    assert all(kinds)
    model.run_eagerly = True
    kinds.clear()
    model.evaluate(X[:2], X[:2], verbose=0)
    assert kinds and not any(kinds) and model.jit_compile is False
    assert model.get_compile_config()["run_eagerly"] is True
