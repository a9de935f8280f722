"""EarlyStopping: ends training when it no longer helps."""

import warnings

from kerajax.callbacks._console import say
from kerajax.callbacks._monitor import MonitorCallback


class EarlyStopping(MonitorCallback):
    """Stops training when a metric has not become better for some epochs.

    Args:
        monitor: Name in the logs, as `"val_loss"` or `"accuracy"`.
        min_delta: Float. Smaller changes are no improvement.
        patience: Int, epochs without improvement after which training stops.
        verbose: 1 says what happens, 0 does not.
        mode: `"min"` if small is good, `"max"` if large is, `"auto"` to take it from the metric.
        baseline: Float that the metric must improve on for patience to start again.
        restore_best_weights: Bool. Whether the model ends with the weights of its best epoch, by
            any value of `baseline`, in place of those of the last.
        start_from_epoch: Int, epochs before watching begins.

    Attributes:
        stopped_epoch: Int, the epoch (from 0) that was the last; 0 if training was not stopped.
        best: The best value.
        best_epoch: Int, its epoch (from 0).
        wait: Int, epochs since.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model.compile(kerajax.optimizers.SGD(0.0), "mse")
    >>> stop = kerajax.callbacks.EarlyStopping("loss", patience=3)
    >>> x, y = np.ones((4, 2)), np.ones((4, 1))
    >>> history = model.fit(x, y, epochs=10, verbose=0, callbacks=[stop])
    >>> len(history.epoch), stop.stopped_epoch
    (4, 3)
    """

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._reset()

    def on_train_begin(self, logs=None):
        self._reset()

    def _reset(self):
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_weights = None
        self.best_epoch = 0

    def on_epoch_end(self, epoch, logs=None):
        self._set_monitor_op()
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        improved = self._is_improvement(current, self.best)
        if improved:
            self.best = current
            self.best_epoch = epoch
        if self.restore_best_weights and (improved or self.best_weights is None):
            self.best_weights = self.model.get_weights()
            self.best_epoch = epoch
        self.wait += 1
        if improved:
            # An improvement that stays behind the baseline does not renew the patience.
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0 and self.verbose > 0:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                say(
                    "Restoring model weights from the end of the best epoch: "
                    f"{self.best_epoch + 1}."
                )
            self.model.set_weights(self.best_weights)

    def get_monitor_value(self, logs):
        """The value in the logs; None, with a warning, if there is none."""
        logs = {} if logs is None else logs
        value = self._current(logs)
        if value is None:
            warnings.warn(
                f"Early stopping conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs)}",
                stacklevel=2,
            )
        return value
