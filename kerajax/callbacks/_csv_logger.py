"""CSVLogger: a table of the epochs in a file."""

import csv
import os
from collections.abc import Iterable

from kerajax.callbacks._callback import Callback


class CSVLogger(Callback):
    """Writes the logs of each epoch as a row of a CSV file, as soon as the epoch ends.

    The first column is the epoch, from 0; the others are the names of the first epoch's logs,
    sorted. A value that is missing later is written as `NA`.

    Args:
        filename: Path of the file.
        separator: String between two columns.
        append: Bool. Whether rows go to the end of a file that exists, in place of a new file.

    Example:

    >>> import tempfile
    >>> from pathlib import Path
    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model.compile(kerajax.optimizers.SGD(0.0), "mse")
    >>> path = Path(tempfile.mkdtemp(), "log.csv")
    >>> log = kerajax.callbacks.CSVLogger(path)
    >>> x, y = np.zeros((4, 2)), np.zeros((4, 1))
    >>> _ = model.fit(x, y, epochs=2, verbose=0, callbacks=[log], validation_data=(x, y))
    >>> print(path.read_text())
    epoch,loss,val_loss
    0,0.0,0.0
    1,0.0,0.0
    """

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.append_header = True
        self.csv_file = None
        self.writer = None
        self.keys = None

    def on_train_begin(self, logs=None):
        self._close()
        if self.append and os.path.exists(self.filename):
            with open(self.filename) as file:
                self.append_header = not file.readline()
        # The csv module ends lines by itself.
        self.csv_file = open(self.filename, "a" if self.append else "w", newline="")  # noqa: SIM115
        self.writer = self.keys = None

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        if self.writer is None:
            self.keys = _columns(logs)
            self.writer = csv.writer(self.csv_file, delimiter=self.sep)
            if self.append_header:
                self.writer.writerow(["epoch", *self.keys])
        self.writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])
        self.csv_file.flush()

    def on_train_end(self, logs=None):
        self._close()
        self.writer = None

    def _close(self):
        if self.csv_file is not None and not self.csv_file.closed:
            self.csv_file.close()


def _columns(logs):
    keys = sorted(logs)
    if not any(key.startswith("val_") for key in keys):
        # The first validation may come after a later epoch.
        keys += [f"val_{key}" for key in keys]
    return keys


def _cell(value):
    if isinstance(value, str) or not isinstance(value, Iterable):
        return value
    if getattr(value, "shape", None) == ():
        return value
    return f'"[{", ".join(map(str, value))}]"'
