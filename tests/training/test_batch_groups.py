"""Prediction of many batches in one compiled call: exact, and only where it is allowed."""

import threading

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.training import _batch_groups
from kerajax.training._prediction import prediction_of


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Loops are tried at once, and count as faster."""
    monkeypatch.setattr(_batch_groups, "_WORTH", 0.0)
    monkeypatch.setattr(_batch_groups.BatchGroups, "_is_faster", lambda self: True)


def _settled(model, x, calls=8, **kwargs):
    """The results of so many calls, the loop compiled between them, and the groups."""
    results = []
    for _ in range(calls):
        results.append(model.predict(x, verbose=0, **kwargs))
        for thread in threading.enumerate():
            if thread.name == "kerajax-compile":
                thread.join()
    return results, list(prediction_of(model).batch_groups.values())


def _mlp():
    return kerajax.Sequential([kerajax.Input((3,)), layers.Dense(8, "relu"), layers.Dense(2)])


def test_equal_calls_have_equal_results(rng):
    """The bits of a batch do not depend on whether it came in a group."""
    model, x = _mlp(), rng.normal(size=(70, 3)).astype("float32")
    results, (groups,) = _settled(model, x, batch_size=8)
    assert groups.used is True and groups.count == 8
    alone = np.concatenate([model.predict_on_batch(x[i : i + 8]) for i in range(0, 70, 8)])
    for result in results:
        np.testing.assert_array_equal(result, alone)


def test_groups_of_nested_data(rng):
    """Several inputs and outputs of any structure and dtype."""
    a, b = kerajax.Input((3,), name="a"), kerajax.Input((2,), dtype="int32", name="b")
    embedded = layers.Flatten()(layers.Embedding(5, 2)(b))
    model = kerajax.Model({"a": a, "b": b}, {"y": layers.Dense(2)(a), "z": embedded})
    x = {"a": rng.normal(size=(32, 3)), "b": rng.integers(0, 5, size=(32, 2))}
    results, (groups,) = _settled(model, x, batch_size=4)
    assert groups.used is True
    for result in results:
        assert set(result) == {"y", "z"} and result["z"].shape == (32, 4)
        np.testing.assert_array_equal(result["y"], results[0]["y"])
        np.testing.assert_array_equal(result["z"], results[0]["z"])


def test_loops_with_other_digits_are_not_used(rng, monkeypatch):
    """One bit of one output is enough."""
    loop = _batch_groups._loop
    monkeypatch.setattr(
        _batch_groups, "_loop", lambda *args: loop(*args).at[-1, -1].multiply(1.0000002)
    )
    results, (groups,) = _settled(_mlp(), rng.normal(size=(32, 3)).astype("float32"), batch_size=4)
    assert groups.used is False
    for result in results:
        np.testing.assert_array_equal(result, results[0])


def test_models_that_change_with_a_batch_are_not_grouped(rng):
    """A stateful layer reads what the batch before left."""
    model = kerajax.Sequential(
        [kerajax.Input((2, 3), batch_size=4), layers.SimpleRNN(2, stateful=True)]
    )
    _, (groups,) = _settled(model, rng.normal(size=(32, 2, 3)), batch_size=4)
    assert groups.used is False


def test_callbacks_see_each_batch(rng):
    """What hears of batches hears of each, with its own outputs."""
    heard = []
    model, x = _mlp(), rng.normal(size=(32, 3)).astype("float32")
    _settled(model, x, batch_size=4)
    callback = kerajax.callbacks.LambdaCallback()
    callback.on_predict_batch_end = lambda batch, logs: heard.append((batch, logs["outputs"].shape))
    model.predict(x, batch_size=4, verbose=0, callbacks=[callback])
    assert heard == [(i, (4, 2)) for i in range(8)]


def test_new_weights_count(rng):
    """A group computes with the weights of now."""
    model, x = _mlp(), rng.normal(size=(32, 3)).astype("float32")
    results, (groups,) = _settled(model, x, batch_size=4)
    assert groups.used is True
    model.set_weights([2 * w for w in model.get_weights()])
    assert np.abs(model.predict(x, batch_size=4, verbose=0) - results[0]).max() > 0.1


def test_heavy_batches_are_not_tried(rng, monkeypatch):
    """Where a batch takes long, nothing is compiled."""
    monkeypatch.setattr(_batch_groups, "_HEAVY", 0.0)
    _, (groups,) = _settled(_mlp(), rng.normal(size=(32, 3)), batch_size=4)
    assert groups.used is False and groups.count == 0
