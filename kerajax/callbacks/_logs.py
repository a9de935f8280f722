"""LazyLogs: a dict of results that stay on the device until somebody reads them.

A compiled step runs while Python goes on. Reading a loss would wait for it, so the logs of a batch
are read only where a callback looks at them.
"""

import numpy as np


class LazyLogs(dict):
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

    def get(self, name, default=None):
        return dict.get(self.read(), name, default)

    def pop(self, *args):
        return dict.pop(self.read(), *args)

    def items(self):
        return dict.items(self.read())

    def values(self):
        return dict.values(self.read())

    def copy(self):
        return dict(dict.items(self.read()))

    def __eq__(self, other):
        return dict.__eq__(self.read(), other)

    __hash__ = None

    def __repr__(self):
        return dict.__repr__(self.read())

    def __reduce__(self):
        return (dict, (self.copy(),))


def as_python(value):
    """A scalar array as a Python number, other arrays in numpy; anything else as it is."""
    if isinstance(value, (float, int)) or not hasattr(value, "__array__"):
        return value
    value = np.asarray(value)
    return value.item() if value.shape == () else value
