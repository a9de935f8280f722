"""Old spellings, failures and small things that scripted logs show."""

import numpy as np
import pytest

from kerajax import callbacks, ops
from kerajax.objects import EraScope, LegacySpellingWarning
from tests.callbacks import fakes


def accuracy():
    return [fakes.Compiled(fakes.Metric("accuracy", "up"))]


@pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
def test_period_counts_epochs_between_two_saves():
    """`period=2` of earlier eras saves every second epoch, to paths without the modern endings."""
    model = fakes.Model()
    checkpoint = callbacks.ModelCheckpoint("w{epoch}", period=2)
    fakes.run(checkpoint, model, [{"val_loss": 1.0}] * 5)
    assert [path for _, path, _ in model.calls] == ["w2", "w4"]


@pytest.mark.filterwarnings("ignore:'val_acc' of the logs")
def test_old_names_of_the_accuracy_find_it():
    """`val_acc` is `val_accuracy` where that is what the logs have."""
    stop = callbacks.EarlyStopping("val_acc", patience=1)
    with pytest.warns(LegacySpellingWarning, match="'val_accuracy'"):
        count = fakes.run(stop, fakes.Model(accuracy()), [{"val_accuracy": a} for a in (1, 0, 2)])
    assert (count, stop.best) == (2, 1)
    model = fakes.Model(accuracy())
    checkpoint = callbacks.ModelCheckpoint("{epoch:02d}-{val_acc:.2f}.hdf5")
    fakes.run(checkpoint, model, [{"val_accuracy": 0.25}])
    assert model.calls == [("save", "01-0.25.hdf5", True)]


def test_before_keras_3_the_name_alone_said_the_direction():
    with EraScope("2.2"):
        stop = callbacks.EarlyStopping("val_dice_coef")
        fakes.run(stop, fakes.Model(), [{"val_dice_coef": 1.0}])
    assert stop.monitor_op is ops.less


def test_failed_save_is_not_the_best():
    """The next model is compared with the last that was saved."""

    class Full(fakes.Model):
        def save(self, path, overwrite=True):
            raise OSError("disk full")

    checkpoint = callbacks.ModelCheckpoint("a.keras", save_best_only=True)
    with pytest.raises(OSError, match="disk full"):
        fakes.run(checkpoint, Full(), [{"val_loss": 1.0}])
    assert checkpoint.best is None


def test_directory_in_place_of_a_file(tmp_path):
    (tmp_path / "a.keras").mkdir()
    checkpoint = callbacks.ModelCheckpoint(tmp_path / "a.keras")
    with pytest.raises(OSError, match="non-directory filepath"):
        fakes.run(checkpoint, fakes.Model(), [{"val_loss": 1.0}])


def test_missing_field_names_those_there_are(tmp_path):
    checkpoint = callbacks.ModelCheckpoint("{val_f1}.keras")
    with pytest.raises(KeyError, match="epoch, loss"):
        fakes.run(checkpoint, fakes.Model(), [{"loss": 1.0}])


def test_checkpoint_makes_folders_and_looks_at_batches_only_if_it_must(tmp_path):
    path = tmp_path / "a" / "b" / "c.keras"
    checkpoint = callbacks.ModelCheckpoint(path)
    fakes.run(checkpoint, fakes.Model(), [{"loss": 1.0}])
    assert path.parent.is_dir()
    assert not checkpoint.watches_batches("train")
    assert callbacks.ModelCheckpoint(path, save_freq=2).watches_batches("train")


def test_early_stopping_says_what_it_does(capsys):
    stop = callbacks.EarlyStopping(patience=1, verbose=1, restore_best_weights=True)
    fakes.run(stop, fakes.Model(), [{"val_loss": 1.0}, {"val_loss": 2.0}])
    assert capsys.readouterr().out.splitlines() == [
        "Epoch 2: early stopping",
        "Restoring model weights from the end of the best epoch: 1.",
    ]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_nan_stops_at_its_batch(bad, capsys):
    stop, model = callbacks.TerminateOnNaN(), fakes.Model()
    stop.set_model(model)
    stop.on_train_batch_end(0, {"loss": 1.0})
    assert not model.stop_training
    stop.on_train_batch_end(7, {"loss": bad})
    assert model.stop_training
    assert capsys.readouterr().out == f"Batch 7: Invalid loss ({bad}), terminating training\n"
    with pytest.raises(RuntimeError, match="at batch 7"):
        callbacks.TerminateOnNaN(raise_error=True).on_train_batch_end(7, {"loss": bad})
    assert not stop.watches_batches("train")


def test_lambdas_are_called_and_misspelt_events_are_told():
    seen = []
    callback = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((epoch, logs["loss"])),
        on_batch_end=lambda batch, logs: seen.append(batch),
        note=3,
    )
    fakes.run(callback, fakes.Model(), [{"loss": 1.0}], batches=2)
    assert seen == [0, 1, (0, 1.0)]
    assert callback.note == 3
    assert callback.watches_batches("train")
    assert not callbacks.LambdaCallback(on_epoch_end=print).watches_batches("train")
    with pytest.warns(UserWarning, match="mean 'on_epoch_end'"):
        callbacks.LambdaCallback(on_epochs_end=print)


@pytest.mark.parametrize("value", [1, None, "0.1"])
def test_schedule_must_give_a_float(value):
    callback = callbacks.LearningRateScheduler(lambda epoch: value)
    with pytest.raises(ValueError, match="should be a float"):
        fakes.run(callback, fakes.Model(), [{"loss": 1.0}])


def test_errors_inside_a_schedule_are_not_hidden():
    """A TypeError of the schedule is not taken for one of its arity."""

    def schedule(epoch, rate):
        return rate + "1"

    with pytest.raises(TypeError, match="unsupported operand"):
        fakes.run(callbacks.LearningRateScheduler(schedule), fakes.Model(), [{"loss": 1.0}])


def test_plateau_tells_of_arguments_that_it_ignores():
    with pytest.warns(UserWarning, match="lr_min"):
        callbacks.ReduceLROnPlateau(lr_min=1.0)
    with pytest.warns(LegacySpellingWarning, match="min_delta"):
        assert callbacks.ReduceLROnPlateau(epsilon=0.5).min_delta == 0.5


def test_backup_is_restored_and_deleted(tmp_path):
    """An interrupted run leaves weights and the epoch; the run after it reads them."""

    class Stored(fakes.Model):
        built, name = True, "m"
        variables = metrics_variables = ()

        def __init__(self):
            super().__init__()
            self.optimizer.built = True

        def save_weights(self, path, overwrite=True):
            with open(path, "wb") as file:
                np.save(file, self.weights[0])

        def load_weights(self, path):
            self.weights = [np.load(path)]

    folder = tmp_path / "backup"
    model = Stored()
    backup = callbacks.BackupAndRestore(folder, delete_checkpoint=False)
    fakes.run(backup, model, [{"loss": 1.0}] * 3)
    model = Stored()
    backup = callbacks.BackupAndRestore(folder)
    backup.set_model(model)
    backup.on_train_begin()
    assert (model._initial_epoch, float(model.weights[0])) == (3, 2.0)
    backup.on_train_end()
    assert not folder.exists()
