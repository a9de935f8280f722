"""BackupAndRestore: goes on where an interrupted training stopped."""

import json
import os
import shutil
import zlib

import numpy as np

from kerajax.callbacks._callback import Callback
from kerajax.callbacks._frequency import BatchCount

_WEIGHTS, _METADATA, _PREVIOUS = "latest.weights.h5", "training_metadata.json", ".bkp"
_NEW_WEIGHTS, _NEW = "new.weights.h5", ".new"


class BackupAndRestore(Callback):
    """Saves the state of training, and restores it when the same script runs again.

    Weights, the state of the optimizer and of random layers, the epoch and the batch are kept in a
    folder, which is deleted when training ends orderly. A process that dies at any moment, also
    while it writes, leaves a backup that fits together. Training that is resumed goes on with the
    next batch of the same order, so arrays and data sets by index (`PyDataset`) end at the weights
    that an uninterrupted run of the same steps ends at, bit for bit. Two things belong to the
    process alone: generators, which begin anew, and the counts of other callbacks, such as the
    patience of `EarlyStopping`. The model must be built before `fit`.

    Args:
        backup_dir: Path of a folder that nothing else uses.
        save_freq: `"epoch"`, or an int: batches between two backups. The latter makes `fit` run the
            steps one by one, and resumes inside an epoch.
        double_checkpoint: Bool. Whether the backup before the last is kept, too, and used if the
            last cannot be read.
        delete_checkpoint: Bool. Whether the folder is deleted at the end.

    Raises:
        ValueError: If `backup_dir` is empty or `save_freq` is neither.

    Example:

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> backup = kerajax.callbacks.BackupAndRestore(folder, delete_checkpoint=False)
    >>> backup.save_freq
    'epoch'
    """

    def __init__(
        self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True
    ):
        super().__init__()
        if not backup_dir:
            raise ValueError("Empty `backup_dir` argument passed. Pass the path of a folder.")
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(
                f"Invalid value for argument `save_freq`. Received: save_freq={save_freq}. "
                "Expected either 'epoch' or an integer value."
            )
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self.each_batch = save_freq != "epoch"
        self._weights_path = os.path.join(self.backup_dir, _WEIGHTS)
        self._metadata_path = os.path.join(self.backup_dir, _METADATA)
        self._count = BatchCount(save_freq)
        self._current_epoch = 0

    def on_train_begin(self, logs=None):
        try:
            self._restore()
        except (OSError, json.JSONDecodeError):
            if not os.path.exists(self._weights_path + _PREVIOUS):
                raise
            for path in (self._weights_path, self._metadata_path):
                _remove(path)
                if os.path.exists(path + _PREVIOUS):
                    shutil.copy(path + _PREVIOUS, path)
            self._restore()

    def on_epoch_begin(self, epoch, logs=None):
        self._current_epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self._count.is_due(batch):
            self._save()

    def on_epoch_end(self, epoch, logs=None):
        self._current_epoch = epoch + 1
        self._count.last = 0
        if self.save_freq == "epoch":
            self._save()

    def on_train_end(self, logs=None):
        if self.delete_checkpoint and os.path.exists(self.backup_dir):
            shutil.rmtree(self.backup_dir)

    def _restore(self):
        model = self.model
        if not model.built:
            raise ValueError(
                "To use the BackupAndRestore callback, your model must be built before you call "
                f"`fit()`, but model '{model.name}' is not. Call it on a batch of data, or start "
                "it with `kerajax.Input(shape)`."
            )
        if not os.path.exists(self._weights_path):
            return
        metadata = self._metadata()
        if model.optimizer is not None and not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        model.load_weights(self._weights_path)
        if metadata is not None:
            # `fit` starts with it.
            model._initial_epoch = metadata["epoch"]
            for variable, value in zip(_unsaved(model), metadata.get("values", ()), strict=False):
                variable.assign(np.asarray(value, variable.dtype))
            place = getattr(model, "_place", None)
            # Backups that Keras wrote do not say it.
            if place is not None and "place" in metadata:
                place.resume(**metadata["place"])

    def _metadata(self):
        """What was saved with the weights; None if nothing was.

        A process that died between the two renames of `_save` left new weights and, under a name
        that is yet to be taken over, what belongs to them.
        """
        checksum, found = _checksum(self._weights_path), None
        for path in (self._metadata_path + _NEW, self._metadata_path):
            if os.path.exists(path):
                with open(path) as file:
                    found = json.load(file)
                if found.get("checksum", checksum) == checksum:
                    return found
        if found is None:
            return None
        raise OSError(
            f"The backup in {self.backup_dir} is damaged: {_WEIGHTS} is not the file that "
            f"{_METADATA} was saved with. Delete the folder to start anew, and pass "
            "`double_checkpoint=True` to keep two backups."
        )

    def _save(self):
        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint:
            for path in (self._weights_path, self._metadata_path):
                if os.path.exists(path):
                    shutil.copy(path, path + _PREVIOUS)
        weights = os.path.join(self.backup_dir, _NEW_WEIGHTS)
        self.model.save_weights(weights, overwrite=True)
        metadata = {
            "epoch": self._current_epoch,
            "batch": self._count.last,
            "checksum": _checksum(weights),
            "values": [variable.numpy().tolist() for variable in _unsaved(self.model)],
        }
        place = getattr(self.model, "_place", None)
        if place is not None:
            metadata["place"] = place.as_dict()
        with open(self._metadata_path + _NEW, "w") as file:
            json.dump(metadata, file)
            file.flush()
            os.fsync(file.fileno())
        # From here on the new backup counts.
        os.replace(weights, self._weights_path)
        os.replace(self._metadata_path + _NEW, self._metadata_path)


def _unsaved(model) -> list:
    """The variables that files of weights leave out: of random layers, and of metrics."""
    saved = {id(variable) for variable in model.weights}
    return [v for v in (*model.variables, *model.metrics_variables) if id(v) not in saved]


def _checksum(path) -> int:
    checksum = 0
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            checksum = zlib.crc32(block, checksum)
    return checksum


def _remove(path):
    if os.path.exists(path):
        os.remove(path)
