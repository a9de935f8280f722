"""OrbaxCheckpoint: saves the model with Orbax, beside the training that goes on."""

import os
import warnings

import numpy as np

from kerajax.backend._extras import required
from kerajax.callbacks._frequency import BatchCount
from kerajax.callbacks._monitor import MonitorCallback
from kerajax.objects import hook

_WEIGHTS = ("trainable_variables", "non_trainable_variables")


class OrbaxCheckpoint(MonitorCallback):
    """Saves weights, optimizer and architecture as Orbax checkpoints, in folders named by number.

    Training goes on while a checkpoint is written, since arrays do not change in place. Arrays that
    lie on several devices or hosts are written by each of them. `kerajax.saving.load_model` and
    `model.load_weights` read the folder, also one that Keras wrote. Needs the package
    `orbax-checkpoint`: `pip install 'kerajax[orbax]'`.

    Args:
        directory: Path of a folder for the checkpoints.
        monitor: Name in the logs that tells which model is best.
        verbose: Kept for scripts; nothing is said.
        save_best_only: Bool. Whether to save only a model that is better than all before.
        mode: `"min"` if small is good, `"max"` if large is, `"auto"` to take it from the metric.
        save_freq: `"epoch"`, which numbers checkpoints by epoch (from 0); or an int, batches
            between two saves, which numbers them by step and makes `fit` run the steps one by one.
        initial_value_threshold: Float that the first model must be better than.
        max_to_keep: Int, the checkpoints to keep; None keeps all.
        save_on_background: Bool. Whether training goes on while a checkpoint is written.
        save_weights_only: Bool. Whether to leave out the optimizer and the architecture; then
            only `load_weights` can read it.

    Raises:
        ImportError: If Orbax is not installed.
        ValueError: If `save_freq` is neither.

    Example:

    ```python
    checkpoint = kerajax.callbacks.OrbaxCheckpoint("checkpoints", max_to_keep=3)
    model.fit(x, y, epochs=10, callbacks=[checkpoint])
    model = kerajax.saving.load_model("checkpoints")
    ```
    """

    def __init__(
        self,
        directory,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
        max_to_keep=1,
        save_on_background=True,
        save_weights_only=False,
    ):
        super().__init__(monitor, mode, initial_value_threshold)
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(
                f"Unrecognized save_freq: {save_freq}. Expected save_freq are 'epoch' or integer "
                "values."
            )
        self._orbax = required("orbax.checkpoint", type(self).__name__, "orbax").v1
        self.directory = os.path.abspath(directory)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_freq = save_freq
        self.max_to_keep = max_to_keep
        self.save_on_background = save_on_background
        self.save_weights_only = save_weights_only
        self.each_batch = save_freq != "epoch"
        self._count = BatchCount(save_freq)
        self._steps = 0
        self._checkpointer = None
        self._unfinished = []

    @property
    def checkpointer(self):
        """The `Checkpointer` of Orbax; a new one after the end of each training."""
        if self._checkpointer is None:
            training = self._orbax.training
            keep = None
            if self.max_to_keep is not None:
                keep = training.preservation_policies.LatestN(self.max_to_keep)
            self._checkpointer = training.Checkpointer(
                self.directory,
                preservation_policy=keep,
                # Orbax's own default leaves out saves that follow too soon.
                save_decision_policy=training.save_decision_policies.FixedIntervalPolicy(1),
            )
        return self._checkpointer

    def set_model(self, model):
        super().set_model(model)
        # A model that was loaded goes on with its own number of steps.
        optimizer = getattr(model, "optimizer", None)
        iterations = getattr(optimizer, "iterations", None)
        self._steps = 0 if iterations is None else int(np.asarray(iterations))

    def on_train_begin(self, logs=None):
        # Makes the folder: a path that cannot be written is told of before the work.
        self.checkpointer  # noqa: B018

    def on_train_batch_end(self, batch, logs=None):
        self._steps += self._count.step_to(batch)
        if self._count.is_due(batch) and self._should_save(logs, f"batch {batch}"):
            self._save_checkpoint(self._steps)

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch" and self._should_save(logs, f"epoch {epoch}"):
            self._save_checkpoint(epoch)

    def on_train_end(self, logs=None):
        self.wait_until_finished()
        if self._checkpointer is not None:
            self._checkpointer.close()
            self._checkpointer = None

    def wait_until_finished(self) -> None:
        """Waits until all checkpoints are written; raises what went wrong with one."""
        unfinished, self._unfinished = self._unfinished, []
        for response in unfinished:
            response.result()

    def _should_save(self, logs, when):
        if not self.save_best_only:
            return True
        self._set_monitor_op()
        current = self._current({} if logs is None else logs)
        if current is None:
            warnings.warn(
                f"Can save best model only with {self.monitor} available, skipping save at {when}.",
                stacklevel=3,
            )
            return False
        if not self._is_improvement(current, self.best):
            return False
        self.best = current
        return True

    def _save_checkpoint(self, step, logs=None):
        state = self.model.get_state_tree()
        if self.save_weights_only:
            parts = {"pytree": {name: state[name] for name in _WEIGHTS}}
        else:
            parts = {"pytree": state, **hook("checkpoint_parts")(self.model)}
        # A script that runs again begins with the same numbers.
        if self.save_on_background:
            # One write at a time: each holds a copy of all arrays.
            self.wait_until_finished()
            response = self.checkpointer.save_checkpointables_async(step, parts, overwrite=True)
            self._unfinished.append(response)
        else:
            self.checkpointer.save_checkpointables(step, parts, overwrite=True)
