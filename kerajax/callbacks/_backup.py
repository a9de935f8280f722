"""BackupAndRestore: goes on where an interrupted training stopped."""

import json
import os
import shutil

from kerajax.callbacks._callback import Callback

_WEIGHTS, _METADATA, _PREVIOUS = "latest.weights.h5", "training_metadata.json", ".bkp"


class BackupAndRestore(Callback):
    """Saves the state of training, and restores it when the same script runs again.

    Weights, the optimizer's state and the number of the epoch are kept in a folder, which is
    deleted when training ends orderly. The model must be built before `fit`.

    Args:
        backup_dir: Path of a folder that nothing else uses.
        save_freq: `"epoch"`, or an int: batches between two backups. The latter makes `fit` run the
            steps one by one.
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
        self._batches_since_save = 0
        self._last_batch = 0
        self._current_epoch = 0

    def on_train_begin(self, logs=None):
        try:
            self._restore()
        except (OSError, json.JSONDecodeError):
            if not os.path.exists(self._weights_path + _PREVIOUS):
                raise
            for path in (self._weights_path, self._metadata_path):
                if os.path.exists(path + _PREVIOUS):
                    shutil.copy(path + _PREVIOUS, path)
                elif os.path.exists(path):
                    os.remove(path)
            self._restore()

    def on_train_batch_end(self, batch, logs=None):
        if self.save_freq == "epoch":
            return
        is_new_epoch = batch <= self._last_batch
        self._batches_since_save += batch + 1 if is_new_epoch else batch - self._last_batch
        self._last_batch = batch
        if self._batches_since_save >= self.save_freq:
            self._batches_since_save = 0
            self._save()

    def on_epoch_end(self, epoch, logs=None):
        self._current_epoch = epoch + 1
        self._last_batch = 0
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
        if os.path.exists(self._weights_path):
            if model.optimizer is not None and not model.optimizer.built:
                model.optimizer.build(model.trainable_variables)
            model.load_weights(self._weights_path)
        if os.path.exists(self._metadata_path):
            with open(self._metadata_path) as file:
                # `fit` starts with it.
                model._initial_epoch = json.load(file)["epoch"]

    def _save(self):
        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint:
            for path in (self._weights_path, self._metadata_path):
                if os.path.exists(path):
                    shutil.copy(path, path + _PREVIOUS)
        self.model.save_weights(self._weights_path, overwrite=True)
        aside = self._metadata_path + ".new"
        with open(aside, "w") as file:
            json.dump({"epoch": self._current_epoch, "batch": self._last_batch}, file)
        os.replace(aside, self._metadata_path)
