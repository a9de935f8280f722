"""ModelCheckpoint: saves the model while it trains."""

import os
import warnings

from kerajax.callbacks._console import say
from kerajax.callbacks._frequency import BatchCount
from kerajax.callbacks._logs import Logs
from kerajax.callbacks._monitor import MonitorCallback
from kerajax.eras import MODERN
from kerajax.objects import current_era, old_spellings


class ModelCheckpoint(MonitorCallback):
    """Saves the model or its weights at the end of epochs, or every so many batches.

    Files are written aside and then renamed, so a save that fails leaves the file of before.

    Args:
        filepath: Path, which may have fields to fill in: `{epoch}` (from 1) and the names of the
            logs, as `"{epoch:02d}-{val_loss:.2f}.keras"`. It ends in `.keras` or `.h5`, with
            `save_weights_only` in `.weights.h5`. Missing folders are made.
        monitor: Name in the logs that tells which model is best.
        verbose: 1 says what happens, 0 does not.
        save_best_only: Bool. Whether to save only a model that is better than all before.
        save_weights_only: Bool. Whether to call `model.save_weights` in place of `model.save`.
        mode: `"min"` if small is good, `"max"` if large is, `"auto"` to take it from the metric.
        save_freq: `"epoch"`, or an int: batches between two saves. The latter makes `fit` run the
            steps one by one.
        initial_value_threshold: Float that the first model must be better than.

    Raises:
        ValueError: If `filepath` has another ending, or `save_freq` is neither.

    Example:

    >>> checkpoint = kerajax.callbacks.ModelCheckpoint("best.keras", save_best_only=True)
    >>> checkpoint.monitor, checkpoint.save_freq
    ('val_loss', 'epoch')
    """

    # Epochs between two saves, as scripts could say before Keras 3.
    period = 1

    @old_spellings("ModelCheckpoint")
    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
    ):
        super().__init__(monitor, mode, initial_value_threshold)
        self.verbose = verbose
        self.filepath = os.fspath(filepath)
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self._count = BatchCount(save_freq)
        self._epochs_since_save = 0
        self._current_epoch = 0
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(
                f"Unrecognized save_freq: {save_freq}. Expected save_freq are 'epoch' or integer "
                "values."
            )
        # Saving at the end of epochs needs no look at each batch.
        self.each_batch = save_freq != "epoch"
        # Earlier eras took any path; what saves the model knows how.
        if current_era() == MODERN:
            _check_ending(self.filepath, save_weights_only)

    def on_epoch_begin(self, epoch, logs=None):
        self._current_epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self._count.is_due(batch):
            self._save_model(self._current_epoch, batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        self._set_monitor_op()
        self._epochs_since_save += 1
        if self.save_freq == "epoch" and self._epochs_since_save >= self.period:
            self._epochs_since_save = 0
            self._save_model(epoch, None, logs)

    def _save_model(self, epoch, batch, logs):
        logs = {} if logs is None else logs
        path = self._get_file_path(epoch, batch, logs)
        current = self._current(logs) if self.save_best_only else None
        if not self._should_save(current, epoch, path):
            return
        if os.path.isdir(path):
            raise OSError(
                "Please specify a non-directory filepath for ModelCheckpoint. Filepath used is an "
                f"existing directory: {path}"
            )
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        if _is_scalar(current):
            # After saving: a model that could not be saved is not the one to beat.
            self.best = current
        if self.verbose > 0:
            say(f"Epoch {epoch + 1}: finished saving model to {path}")

    def _should_save(self, current, epoch, path):
        if not self.save_best_only:
            self._say(epoch, f"saving model to {path}")
            return True
        if current is None:
            warnings.warn(f"Can save best model only with {self.monitor} available.", stacklevel=5)
            return True
        if not _is_scalar(current):
            warnings.warn(
                "Can save best model only when `monitor` is a scalar value. Received: "
                f"{current}. Falling back to `save_best_only=False`.",
                stacklevel=5,
            )
            return True
        self._set_monitor_op()
        best = "None" if self.best is None else f"{self.best:.5f}"
        if not self._is_improvement(current, self.best):
            self._say(epoch, f"{self.monitor} did not improve from {best}")
            return False
        improved = f"{self.monitor} improved from {best} to {current:.5f}"
        self._say(epoch, f"{improved}, saving model to {path}")
        return True

    def _say(self, epoch, text):
        if self.verbose > 0:
            say(f"Epoch {epoch + 1}: {text}")

    def _get_file_path(self, epoch, batch, logs):
        """The path with its fields filled in."""
        fields = Logs({**logs, "epoch": epoch + 1})
        if batch is not None:
            fields.setdefault("batch", batch + 1)
        try:
            return self.filepath.format_map(fields)
        except KeyError as error:
            raise KeyError(
                f'Failed to format this callback filepath: "{self.filepath}". Reason: {error}. '
                f"Fields are epoch, {', '.join(logs)}."
            ) from error


def _check_ending(path, weights_only):
    if weights_only and not path.endswith(".weights.h5"):
        raise ValueError(
            "When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided must "
            f"end in `.weights.h5` (Keras weights format). Received: filepath={path}"
        )
    if not weights_only and not path.endswith((".keras", ".h5", ".hdf5")):
        raise ValueError(
            "The filepath provided must end in `.keras` (Keras model format). Received: "
            f"filepath={path}"
        )


def _is_scalar(value):
    return value is not None and getattr(value, "shape", ()) == ()
