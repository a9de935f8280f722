"""Data sets for worker processes; they import numpy alone, so that workers start at once."""

import os
import random
import signal
import time

import numpy as np


class Batches:
    """Batch `i` holds `i + 100 * epoch`, and the process that computed it as target."""

    def __init__(self, count=6, fails=None, delay=0.0, **loading):
        self.count, self.fails, self.delay, self.epoch = count, fails, delay, 0
        self.__dict__.update(loading)

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        time.sleep(self.delay)
        if self.fails and index == 3:
            getattr(self, f"_{self.fails}")()
        x = np.full((2, 3), index + 100 * self.epoch, "float32")
        return x, np.full((2, 1), os.getpid(), "float32")

    def on_epoch_end(self):
        self.epoch += 1

    def _raise(self):
        raise KeyError("three")

    def _raise_what_cannot_be_sent(self):
        raise Unsendable(1, 2)

    def _die(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def _exit(self):
        os._exit(5)

    def _print(self):
        print("something that must not come between batches", flush=True)


class Drawn(Batches):
    """Batches of random numbers, from the generators that belong to the process."""

    def __getitem__(self, index):
        return np.random.normal(size=(2, 2)), np.full((2, 1), random.random())


class Unsendable(Exception):
    def __init__(self, a, b):
        super().__init__(f"{a} and {b}")
