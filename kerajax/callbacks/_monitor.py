"""MonitorCallback: watches one entry of the logs and knows whether it became better."""

import warnings

import numpy as np

from kerajax import ops
from kerajax.callbacks._callback import Callback
from kerajax.eras import MODERN, log_key
from kerajax.objects import LegacySpellingWarning, current_era


class MonitorCallback(Callback):
    """Base of callbacks that watch an entry of the logs.

    Args:
        monitor: Name in the logs, as `"val_loss"`.
        mode: `"min"` if small is good, `"max"` if large is, `"auto"` to take it from the metric.
        baseline: Float to improve on; None lets the first value count as an improvement.
        min_delta: Float. Smaller changes are no improvement.

    Attributes:
        best: The best value so far.
        monitor_op: `ops.less` or `ops.greater`; None before the end of the first epoch.
    """

    def __init__(self, monitor="val_loss", mode="auto", baseline=None, min_delta: float = 0):
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__} mode '{mode}' is unknown, fallback to auto mode. Known "
                "modes are 'auto', 'min' and 'max'.",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)
        self.monitor_op = None
        self._era = current_era()

    def _set_monitor_op(self):
        """Decides which direction is better; metrics are there from the end of an epoch on."""
        if self.monitor_op is not None:
            return
        directions = {"min": ops.less, "max": ops.greater}
        self.monitor_op = directions.get(self.mode) or self._direction_of_metric()
        if self.monitor_op is ops.less:
            self.min_delta *= -1

    def _direction_of_metric(self):
        # Before Keras 3 the name alone decided.
        if self._era != MODERN:
            goes_up = "acc" in self.monitor or "auc" in self.monitor
            return ops.greater if goes_up or self.monitor.startswith("fmeasure") else ops.less
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return ops.less
        for metric in _metrics_of(self.model):
            direction = getattr(metric, "_direction", None)
            if log_key(name, (metric.name,)) is not None and direction is not None:
                return ops.greater if direction == "up" else ops.less
        raise ValueError(
            f"{type(self).__name__} callback received monitor={self.monitor}, but kerajax isn't "
            "able to automatically determine whether that metric should be maximized or minimized. "
            "Pass `mode='max'` in order to monitor based on the highest metric value, or pass "
            "`mode='min'` in order to use the lowest value."
        )

    def _is_improvement(self, monitor_value, reference_value):
        if reference_value is None:
            return True
        # Values come as float32 and are compared as such: in float64 0.7 + 0.1 is less than 0.8.
        with np.errstate(over="ignore"):
            value, reference = (
                np.float32(monitor_value - self.min_delta),
                np.float32(reference_value),
            )
        return bool(self.monitor_op(value, reference))

    def _current(self, logs):
        """The watched value; None if there is none. Old names find what they are called today."""
        key = log_key(self.monitor, logs)
        if key is not None and key != self.monitor:
            warnings.warn(
                f"{type(self).__name__}: monitor='{self.monitor}' is written '{key}' today.",
                LegacySpellingWarning,
                stacklevel=3,
            )
            self.monitor = key
        return None if key is None else logs[key]


def _metrics_of(model):
    """All metrics of a model, those inside compiled metrics included."""
    found = []
    for metric in getattr(model, "metrics", ()):
        found += [metric, *getattr(metric, "metrics", ())]
    return found
