"""Batches, targets and metrics that do not fit: the error names what, expected and received."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from tests.refusals import two as two_outputs

X = np.ones((16, 3), "float32")
Y, CLASSES = np.ones((16, 1), "float32"), np.eye(3, dtype="float32")[np.arange(16) % 3]


def one_output(loss="mse", **options):
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    model.compile("sgd", loss, **options)
    return model


def failing(y_true, y_pred):
    raise KeyError("no such class")


def refused(model, x, y=None, error=ValueError, **options):
    """The text of the error that `fit` raises; weights stay as they are."""
    before = model.get_weights()
    with pytest.raises(error) as caught:
        model.fit(x, y, verbose=0, **options)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    return " ".join([str(caught.value), *getattr(caught.value, "__notes__", [])])


def batches(*given):
    yield from given


@pytest.mark.parametrize(
    "y, parts",
    [
        (
            {"score": Y, "kind": Y},
            ["Loss 'categorical_crossentropy' failed for output 'kind'", "(16, 1)", "(16, 3)"],
        ),
        ({"score": Y, "sort": CLASSES}, ["`y_true`", "'kind'", "'sort'"]),
        ([Y], ["`y_true`", "'score'", "'kind'", "array(16, 1)"]),
    ],
)
def test_targets_that_fit_no_output(y, parts):
    message = refused(two_outputs(), {"x": X}, y)
    assert all(part in message for part in parts), message


def test_targets_of_another_size():
    message = refused(one_output(), X, np.ones((16, 2, 2)), error=(ValueError, TypeError))
    assert "Loss 'mean_squared_error' failed" in message and "(16, 2, 2)" in message


def test_inputs_of_other_names():
    message = refused(two_outputs(), {"z": X}, {"score": Y, "kind": CLASSES})
    assert "['x']" in message and "['z']" in message


def test_a_metric_that_fails_is_named():
    model = two_outputs(metrics={"kind": [failing]})
    message = refused(model, {"x": X}, {"score": Y, "kind": CLASSES}, error=KeyError)
    assert "no such class" in message and "Metric 'failing' failed for output 'kind'" in message


def test_sample_weights_of_another_shape():
    message = refused(one_output(), X, Y, sample_weight=np.ones((16, 5)))
    assert "the sample weights (16, 5)" in message


def test_loss_weights_of_other_names():
    model = two_outputs(loss_weights={"sort": 2.0})
    assert "['sort']" in refused(model, {"x": X}, {"score": Y, "kind": CLASSES})


@pytest.mark.parametrize(
    "batch, part",
    [
        ((X, Y, Y, Y), "4 entries"),
        ((1.0, 2.0), "scalar"),
        (([[1, 2, 3], [1, 2]], Y[:2]), "`x` is a list whose rows have different lengths"),
        ((X, Y[:7]), "(7, 1)"),
        ((X,), "needs targets"),
        ((X[:, :2], Y), "(16, 2)"),
        ("text", "received str"),
    ],
)
@pytest.mark.parametrize("good", [0, 1])
def test_generators_that_yield_something_else(batch, part, good):
    """At the first batch, and after one that was good."""
    model = one_output(kerajax.losses.MeanSquaredError())
    model.optimizer.learning_rate = 0.0
    source = batches(*[(X, Y)] * good, batch)
    assert part in refused(model, source, error=(ValueError, TypeError), steps_per_epoch=2)


def test_generators_that_yield_nothing_or_end_early():
    assert "yielded no batch" in refused(one_output(), batches(), steps_per_epoch=2)
    model = one_output()
    with pytest.warns(UserWarning, match="ran out of data"):
        model.fit(batches((X, Y)), steps_per_epoch=2, verbose=0)
    assert int(model.optimizer.iterations.value) == 1


def test_without_a_loss_metrics_are_evaluated_and_nothing_trains():
    model = one_output(loss=None, metrics=["mae"])
    loss, error = model.evaluate(X, Y, verbose=0)
    assert loss == 0.0 and np.isfinite(error)
    assert "No loss to compute" in refused(model, X, Y)


@pytest.mark.parametrize("freq", [True, 0.5, "2", {2}])
def test_validation_freq_is_an_int_or_a_list(freq):
    message = refused(one_output(), X, Y, validation_data=(X, Y), validation_freq=freq)
    assert "Expected `validation_freq` to be a list or int" in message
