"""Caps on how long `fit` runs, for trying a script without changing it."""

import os

# What a setter said; absent where only the environment speaks.
_limits: dict[str, int | None] = {}


def max_epochs():
    """The largest number of epochs that `fit` runs, or None: from the setter or `KERAS_MAX_EPOCHS`.

    Example:

    >>> kerajax.config.max_epochs() is None
    True
    """
    return _limit("max_epochs")


def set_max_epochs(max_epochs):
    """Caps the epochs of every `fit`; None lifts the cap.

    Example:

    >>> kerajax.config.set_max_epochs(2)
    >>> kerajax.config.max_epochs()
    2
    >>> kerajax.config.set_max_epochs(None)
    """
    _limits["max_epochs"] = max_epochs


def max_steps_per_epoch():
    """The largest number of batches per epoch, or None: from the setter or the environment.

    The variable is `KERAS_MAX_STEPS_PER_EPOCH`. The cap holds for `evaluate` and `predict`, too.

    Example:

    >>> kerajax.config.max_steps_per_epoch() is None
    True
    """
    return _limit("max_steps_per_epoch")


def set_max_steps_per_epoch(max_steps_per_epoch):
    """Caps the batches per epoch of `fit`, `evaluate` and `predict`; None lifts the cap.

    Example:

    >>> kerajax.config.set_max_steps_per_epoch(5)
    >>> kerajax.config.max_steps_per_epoch()
    5
    >>> kerajax.config.set_max_steps_per_epoch(None)
    """
    _limits["max_steps_per_epoch"] = max_steps_per_epoch


def _limit(name):
    if name in _limits:
        return _limits[name]
    written = os.environ.get(f"KERAS_{name.upper()}")
    return int(written) if written else None
