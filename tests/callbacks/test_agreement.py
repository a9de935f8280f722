"""The decisions of callbacks, compared with those of Keras on the same scripted logs."""

import warnings

import keras
import numpy as np
import pytest
from keras.src.trainers.compile_utils import MetricsList

import kerajax
from tests.callbacks import fakes

NAN = float("nan")
LOSSES = {
    "falls_then_rises": [1.0, 0.8, 0.7, 0.75, 0.72, 0.71, 0.9, 0.6, 0.95, 1.0, 1.1, 1.2],
    "constant": [0.5] * 10,
    "nan_first": [NAN, 0.5, 0.4, 0.3],
    "nan_later": [0.5, NAN, NAN, 0.4, NAN, NAN, NAN],
    "small_steps": [1.0 - 0.0005 * i for i in range(12)],
    "rises": [0.1 * i for i in range(8)],
}


def metrics(package=kerajax):
    """Metrics of a compiled model; Keras looks only into those of its own class."""
    inner = [fakes.Metric("accuracy", "up"), fakes.Metric("mae", "down")]
    return [fakes.Compiled(*inner) if package is kerajax else MetricsList(inner)]


def both(name, epochs, batches=0, **arguments):
    """(callback, model, epochs run) of Keras and of kerajax."""
    results = []
    for package in (keras, kerajax):
        model = fakes.Model(metrics(package))
        callback = getattr(package.callbacks, name)(**arguments)
        count = fakes.run(callback, model, [dict(logs) for logs in epochs], batches)
        results.append((callback, model, count))
    return results


@pytest.mark.parametrize("losses", LOSSES)
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"patience": 2},
        {"patience": 3, "restore_best_weights": True},
        {"patience": 2, "min_delta": 0.05},
        {"patience": 2, "min_delta": -0.05, "mode": "max"},
        {"patience": 2, "baseline": 0.65, "restore_best_weights": True},
        {"patience": 1, "start_from_epoch": 3, "restore_best_weights": True},
        {"patience": 2, "monitor": "val_accuracy", "restore_best_weights": True},
    ],
)
def test_early_stopping_decides_as_keras(losses, arguments):
    epochs = [{"loss": v, "val_loss": v, "val_accuracy": 1 - v} for v in LOSSES[losses]]
    (a, model_a, count_a), (b, model_b, count_b) = both("EarlyStopping", epochs, **arguments)
    assert count_a == count_b
    for attribute in ("stopped_epoch", "best_epoch", "wait", "min_delta", "best", "best_weights"):
        np.testing.assert_equal(getattr(b, attribute), getattr(a, attribute), attribute)
    np.testing.assert_equal(model_b.weights, model_a.weights)


@pytest.mark.parametrize("losses", LOSSES)
@pytest.mark.parametrize(
    "arguments",
    [
        {"patience": 1},
        {"patience": 2, "factor": 0.5},
        {"patience": 1, "cooldown": 2},
        {"patience": 1, "min_lr": 0.01},
        {"patience": 1, "min_delta": 0.1},
        {"patience": 1, "monitor": "accuracy", "mode": "max", "factor": 0.3},
    ],
)
def test_plateaus_are_found_as_keras_finds_them(losses, arguments):
    rates = []
    for package in (keras, kerajax):
        model = fakes.Model(metrics(package))
        epochs = [{"loss": v, "val_loss": v, "accuracy": 1 - v} for v in LOSSES[losses]]
        callback = package.callbacks.ReduceLROnPlateau(**arguments)
        fakes.run(callback, model, epochs)
        rates.append([logs["learning_rate"] for logs in epochs])
        rates.append((callback.wait, callback.cooldown_counter, callback.in_cooldown()))
    assert rates[:2] == rates[2:]
    assert len(set(rates[0])) > 1 or losses != "constant"


@pytest.mark.parametrize("losses", LOSSES)
@pytest.mark.parametrize(
    ("arguments", "batches"),
    [
        ({"filepath": "{epoch:02d}-{val_loss:.2f}.keras"}, 0),
        ({"filepath": "best.keras", "save_best_only": True}, 0),
        ({"filepath": "best.h5", "save_best_only": True, "initial_value_threshold": 0.75}, 0),
        ({"filepath": "w{epoch}.weights.h5", "save_weights_only": True}, 0),
        ({"filepath": "a.keras", "save_best_only": True, "monitor": "val_accuracy"}, 0),
        ({"filepath": "{epoch}-{batch}-{loss:.1f}.keras", "save_freq": 3}, 4),
        ({"filepath": "b.keras", "save_freq": 9, "save_best_only": True, "mode": "min",
          "monitor": "loss"}, 4),
        ({"filepath": "c.keras", "save_best_only": True, "mode": "max", "monitor": "loss"}, 0),
    ],
)  # fmt: skip
def test_checkpoints_are_saved_when_keras_saves_them(losses, arguments, batches):
    epochs = [{"loss": v, "val_loss": v, "val_accuracy": 1 - v} for v in LOSSES[losses]]
    (a, model_a, _), (b, model_b, _) = both("ModelCheckpoint", epochs, batches, **arguments)
    assert model_a.calls == model_b.calls
    np.testing.assert_equal(b.best, a.best)


@pytest.mark.parametrize("arguments", [{}, {"separator": ";"}, {"append": True}])
def test_csv_files_are_those_of_keras(tmp_path, arguments):
    texts = []
    for package in (keras, kerajax):
        path = tmp_path / f"{package.__name__}.csv"
        callback = package.callbacks.CSVLogger(path, **arguments)
        for epochs in (
            [{"loss": 0.5, "b": [1, 2]}, {"loss": 1e-9, "val_loss": 0.1, "b": np.ones(2)}],
            [{"val_loss": NAN, "loss": 1, "s": "x"}, {"other": 3}],
        ):
            fakes.run(callback, fakes.Model(), epochs)
        texts.append(path.read_bytes())
    assert texts[0] == texts[1]


def test_schedules_of_either_arity_give_the_rates_of_keras():
    rates = []
    for package in (keras, kerajax):
        for schedule in (lambda epoch: 1.0 / (epoch + 1), lambda epoch, rate: rate * 0.5):
            epochs = [{"loss": 1.0} for _ in range(4)]
            callback = package.callbacks.LearningRateScheduler(schedule)
            fakes.run(callback, fakes.Model(), epochs)
            rates.append([logs["learning_rate"] for logs in epochs])
    assert rates[:2] == rates[2:]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ModelCheckpoint", {"filepath": "x", "save_weights_only": False}),
        ("ModelCheckpoint", {"filepath": "x.h5", "save_weights_only": True}),
        ("ModelCheckpoint", {"filepath": "x.keras", "save_freq": "batch"}),
        ("ReduceLROnPlateau", {"factor": 1.0}),
        ("BackupAndRestore", {"backup_dir": ""}),
        ("BackupAndRestore", {"backup_dir": "x", "save_freq": "batch"}),
    ],
)
def test_wrong_arguments_are_refused_as_in_keras(name, arguments):
    for package in (keras, kerajax):
        with pytest.raises(ValueError):
            getattr(package.callbacks, name)(**arguments)


def test_unknown_mode_and_unknown_direction():
    for package in (keras, kerajax):
        with pytest.warns(UserWarning, match="mode 'up' is unknown, fallback to auto mode"):
            assert package.callbacks.EarlyStopping(mode="up").mode == "auto"
        with pytest.raises(ValueError, match="automatically determine"):
            callback = package.callbacks.EarlyStopping("val_f")
            fakes.run(callback, fakes.Model(metrics(package)), [{"val_f": 1.0}])


def test_missing_names_are_warned_about_with_what_there_is():
    for package in (keras, kerajax):
        with pytest.warns(UserWarning, match="Available metrics are: loss,mae"):
            fakes.run(
                package.callbacks.EarlyStopping(),
                fakes.Model(metrics(package)),
                [{"loss": 1, "mae": 2}],
            )
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            callback = package.callbacks.ReduceLROnPlateau()
            fakes.run(callback, fakes.Model(metrics(package)), [{"loss": 1}])
        assert "Available metrics are: loss,learning_rate" in str(caught[-1].message)
