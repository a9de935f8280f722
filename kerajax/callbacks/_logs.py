"""LazyLogs: a dict of results that stay on the device until somebody reads them.

A compiled step runs while Python goes on. Reading a loss would wait for it, so the logs of a batch
are read only where a callback looks at them.
"""

import warnings

import numpy as np

from kerajax import eras
from kerajax.objects import LegacySpellingWarning

_reported: set[str] = set()


class Logs(dict):
    """A dict of results by name, which also answers to the names of older Keras.

    It is pickled and copied as a plain dict.

    Attributes:
        place: Dict of what else scripts of old look up: number and size of the batch.

    Example:

    >>> with warnings.catch_warnings(action="ignore"):
    ...     Logs(val_accuracy=0.5)["val_acc"]
    0.5
    """

    place: dict = {}

    def __missing__(self, name):
        if name in self.place:
            return self.place[name]
        key = eras.log_key(name, self) if isinstance(name, str) else None
        if key is None:
            raise KeyError(name)
        if name not in _reported:
            _reported.add(name)
            text = f"'{name}' of the logs is written '{key}' today."
            warnings.warn(text, LegacySpellingWarning, stacklevel=3)
        return self[key]

    def __contains__(self, name):
        if dict.__contains__(self, name) or name in self.place:
            return True
        return isinstance(name, str) and eras.log_key(name, self) is not None

    def get(self, name, default=None):
        try:
            return self[name]
        except KeyError:
            return default

    def copy(self):
        return dict(self.items())

    def __reduce__(self):
        return (dict, (self.copy(),))


class LazyLogs(Logs):
    """A dict whose values become Python floats, or arrays of numpy, at the first read.

    Args:
        values: Dict of name to array.

    Example:

    >>> from kerajax.callbacks import LazyLogs
    >>> logs = LazyLogs({"loss": np.float32(0.5)})
    >>> logs["loss"], {**logs}
    (0.5, {'loss': 0.5})
    """

    def __init__(self, values=()):
        super().__init__(values)
        self._unread = True

    def read(self) -> "LazyLogs":
        """Fetches the values, if that has not happened yet."""
        if self._unread:
            self._unread = False
            for name, value in super().items():
                super().__setitem__(name, as_python(value))
        return self

    def with_others(self, others) -> "LazyLogs":
        """These logs and others, unread where they are."""
        merged = LazyLogs(dict.items(self))
        dict.update(merged, dict.items(others))
        return merged

    def __iter__(self):
        return dict.__iter__(self)

    def __getitem__(self, name):
        return dict.__getitem__(self.read(), name)

    def pop(self, *args):
        return dict.pop(self.read(), *args)

    def items(self):
        return dict.items(self.read())

    def values(self):
        return dict.values(self.read())

    def __eq__(self, other):
        return dict.__eq__(self.read(), other)

    __hash__ = None

    def __repr__(self):
        return dict.__repr__(self.read())


def as_python(value):
    """A scalar array as a Python number, other arrays in numpy; anything else as it is."""
    if isinstance(value, (float, int)) or not hasattr(value, "__array__"):
        return value
    value = np.asarray(value)
    return value.item() if value.shape == () else value
