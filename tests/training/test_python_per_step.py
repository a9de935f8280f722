"""Where steps are joined in a compiled call, an epoch costs the same Python whatever its length."""

import sys

import numpy as np
import pytest

import kerajax
from kerajax import layers

BATCH = 4


class Count(kerajax.callbacks.Callback):
    """Counts the Python functions that each epoch calls, in the thread that trains."""

    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.calls = 0
        sys.setprofile(self._count)

    def on_epoch_end(self, epoch, logs=None):
        sys.setprofile(None)
        self.epochs.append(self.calls)
        pace = next(iter(self.model._programs("train").paces.values()), None)
        if pace is not None:
            self.model.stop_training = self.fused_epochs(pace) >= 3

    def _count(self, frame, event, argument):
        self.calls += event == "call"

    def fused_epochs(self, pace):
        """How many epochs have run since the pace chose the loop."""
        settled = pace.loop_compiled and not pace.plan(1, 1).timed
        self.fused = getattr(self, "fused", -1) + 1 if settled else -1
        return self.fused


def calls_of_an_epoch(steps, **options):
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2)])
    model.compile("adam", "mse", metrics=["mae"], **options)
    x, y = np.ones((steps * BATCH, 3)), np.ones((steps * BATCH, 2))
    count = Count()
    epochs = 5 if options else 20_000
    model.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[count], shuffle=False)
    # The first epochs trace and compile.
    return min(count.epochs[-3:])


@pytest.mark.parametrize(
    "options",
    [
        {"steps_per_execution": 1000},
        # What `fit` does when it is told nothing: it measures, and then joins steps by itself.
        pytest.param({}, marks=pytest.mark.slow),
    ],
)
def test_an_epoch_of_more_steps_calls_no_more_python(options):
    few, many = calls_of_an_epoch(100, **options), calls_of_an_epoch(1000, **options)
    assert few == many and few < 200


def test_steps_one_by_one_call_python_each():
    """What the count above would show if steps were not joined."""
    few = calls_of_an_epoch(10, run_eagerly=False, steps_per_execution=2)
    many = calls_of_an_epoch(40, run_eagerly=False, steps_per_execution=2)
    assert many > few + 15
