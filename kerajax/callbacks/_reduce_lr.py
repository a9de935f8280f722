"""ReduceLROnPlateau: a smaller learning rate when a metric stagnates."""

import warnings

import numpy as np

from kerajax.callbacks._console import say
from kerajax.callbacks._lr_scheduler import log_rates, optimizers_of
from kerajax.callbacks._monitor import MonitorCallback
from kerajax.objects import old_spellings


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by a factor when a metric has not become better for some epochs.

    The logs get the rate as `learning_rate`.

    Args:
        monitor: Name in the logs.
        factor: Float below 1: `new_rate = rate * factor`.
        patience: Int, epochs without improvement after which the rate is reduced.
        verbose: 1 says what happens, 0 does not.
        mode: `"min"` if small is good, `"max"` if large is, `"auto"` to take it from the metric.
        min_delta: Float. Smaller changes are no improvement.
        cooldown: Int, epochs after a reduction in which patience does not count.
        min_lr: Float, the smallest rate.
        **kwargs: Ignored, with a warning.

    Raises:
        ValueError: If `factor` is 1 or more.
        TypeError: On reducing a rate that is a schedule.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model.compile(kerajax.optimizers.SGD(1e-6), "mse")
    >>> reduce = kerajax.callbacks.ReduceLROnPlateau("loss", patience=2, min_delta=1)
    >>> x, y = np.ones((4, 2)), np.ones((4, 1))
    >>> history = model.fit(x, y, epochs=4, verbose=0, callbacks=[reduce])
    >>> np.round(history.history["learning_rate"], 9).tolist()
    [1e-06, 1e-06, 1e-06, 1e-07]
    """

    @old_spellings("ReduceLROnPlateau")
    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
        **kwargs,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1.0:
            raise ValueError(
                f"ReduceLROnPlateau does not support a factor >= 1.0. Received factor={factor}. "
                "Pass a fraction such as 0.1."
            )
        if kwargs:
            warnings.warn(
                f"ReduceLROnPlateau ignores the arguments {sorted(kwargs)}, which it does not "
                "know.",
                stacklevel=3,
            )
        self.factor = factor
        self.min_lr = min_lr
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self._reset()

    def _reset(self):
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs=None):
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        self._set_monitor_op()
        logs = {} if logs is None else logs
        log_rates(self.model, logs)
        current = self._current(logs)
        if current is None:
            warnings.warn(
                f"Learning rate reduction is conditioned on metric `{self.monitor}` which is not "
                f"available. Available metrics are: {','.join(logs)}.",
                stacklevel=2,
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce_all(epoch):
                self.cooldown_counter = self.cooldown
                self.wait = 0

    def _reduce_all(self, epoch) -> bool:
        """Reduces the rates. Returns whether any was above the smallest."""
        return any([self._reduce(o, name, epoch) for name, o in optimizers_of(self.model)])

    def _reduce(self, optimizer, name, epoch) -> bool:
        old = float(np.asarray(optimizer.learning_rate))
        # The rate is held in float32, so the bound is compared as it is held.
        if not old > np.float32(self.min_lr):
            return False
        new = max(old * self.factor, self.min_lr)
        optimizer.learning_rate = new
        if self.verbose > 0:
            which = f" {name}" if name else ""
            say(f"Epoch {epoch + 1}: ReduceLROnPlateau reducing{which} learning rate to {new}.")
        return True

    def in_cooldown(self) -> bool:
        """Whether a reduction was made a short time ago."""
        return self.cooldown_counter > 0
