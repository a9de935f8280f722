"""LearningRateScheduler: the learning rate as a function of the epoch."""

import inspect

import numpy as np

from kerajax.callbacks._callback import Callback
from kerajax.callbacks._console import say
from kerajax.eras import MODERN
from kerajax.objects import current_era


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch.

    The logs get the rate as `learning_rate` (`lr` in scripts of an older era). For a rate that
    changes with every step, give the optimizer a schedule of `kerajax.optimizers.schedules`.

    Args:
        schedule: Function `(epoch, rate) -> rate` or `(epoch) -> rate`, epochs counted from 0.
        verbose: 1 says what happens, 0 does not.

    Raises:
        ValueError: If the function returns something other than a float.
        TypeError: If the optimizer's rate is a schedule.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model.compile(kerajax.optimizers.SGD(0.5), "mse")
    >>> halve = kerajax.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    >>> x, y = np.ones((4, 2)), np.ones((4, 1))
    >>> history = model.fit(x, y, epochs=3, verbose=0, callbacks=[halve])
    >>> history.history["learning_rate"]
    [0.25, 0.125, 0.0625]
    """

    runs_code_of_users = True

    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        for name, optimizer in optimizers_of(self.model):
            rate = self._scheduled(epoch, optimizer)
            optimizer.learning_rate = rate
            if self.verbose > 0:
                which = f"{name} " if name else ""
                say(
                    f"Epoch {epoch + 1}: LearningRateScheduler setting {which}learning rate to "
                    f"{rate}."
                )

    def on_epoch_end(self, epoch, logs=None):
        log_rates(self.model, {} if logs is None else logs)

    def _scheduled(self, epoch, optimizer):
        if not hasattr(optimizer, "learning_rate"):
            raise ValueError(
                'Optimizer must have a "learning_rate" attribute, but '
                f"{type(optimizer).__name__} has none."
            )
        if _takes_rate(self.schedule):
            rate = self.schedule(epoch, float(np.asarray(optimizer.learning_rate)))
        else:
            rate = self.schedule(epoch)
        if not _is_float(rate):
            raise ValueError(
                f"The output of the `schedule` function should be a float. Got: {rate!r}"
            )
        return rate


def optimizers_of(model) -> list:
    """Pairs of name and optimizer; one pair with an empty name unless several work together."""
    # What scales the loss has neither rates nor averages of its own.
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    several = getattr(optimizer, "optimizers", None)
    if several is None:
        return [("", optimizer)]
    return [(optimizer.name, optimizer) for optimizer in several]


def log_rates(model, logs) -> None:
    """Adds the learning rate to the logs, or that of each optimizer under its name.

    It is `lr` there for scripts of an era before Keras 3, which plot it by that name.
    """
    rate = "learning_rate" if current_era() == MODERN else "lr"
    for name, optimizer in optimizers_of(model):
        logs[f"{rate}_{name}" if name else rate] = float(np.asarray(optimizer.learning_rate))


def _takes_rate(schedule) -> bool:
    try:
        inspect.signature(schedule).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # Written in C, with no signature to look at.
        return True
    return True


def _is_float(rate):
    if isinstance(rate, (float, np.floating)):
        return True
    return getattr(rate, "shape", None) == () and "float" in str(getattr(rate, "dtype", ""))
