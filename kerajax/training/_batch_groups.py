"""Batch groups: many batches of a prediction in one compiled call, where that is exact and pays.

A call costs more than its dispatch: between two of them the threads that multiply matrices fall
asleep. A loop over the batches of an MLP (128 samples, 784-1024-1024-10) predicts 1.25 times as
fast (`benchmarks`, row predict_many). A loop may be compiled to other kernels, though, whose last
digits differ. So it is used only once it has given, for batches of the user's, the very bits that
they give one by one: equal calls of `predict` have equal results.
"""

import functools
import math
import threading
import time

import jax
import numpy as np

from kerajax import tree
from kerajax.backend._compiler import jit
from kerajax.training.data import InputsAlone

# Batches that take longer gain nothing noticeable, and may lose much: XLA computes a loop's body
# on a CPU with less parallelism.
_HEAVY = 2e-2
# What predicting must have taken, in seconds, before a loop is compiled and tried: a few times what
# that takes for a small model.
_WORTH = 0.5
# Bytes of the inputs of one group.
_MOST_BYTES = 1 << 28
# Batches whose time is taken.
_TIMED = 4
# Groups that are computed both ways before the loop is trusted.
_TRIALS = 2


class BatchGroups:
    """Plans the passes of one prediction over batches of one shape.

    Args:
        prediction: `Prediction`.

    Attributes:
        used: Bool or None. Whether groups are used; None before that is known.
        count: Int. Batches of a group; 0 before a loop is asked for.
    """

    def __init__(self, prediction):
        self.program = prediction.program
        self._loop = jit(functools.partial(_loop, prediction.run), static_argnums=2)
        self.used = None
        self.count = self._timed = self._trials = 0
        self._compiled = False
        self._spent = 0.0
        self._seconds = math.inf
        self._both = (math.inf, math.inf)

    def runs(self, values, data, target):
        """One pass: yields `(batches, run)` with `run() -> (outputs, changes)`.

        Args:
            values: What `Prediction.values` gave.
            data: `ArrayData`.
            target: Seconds that one call may take.
        """
        full, step = data.size // data.batch_size, 0
        while step < data.num_batches:
            if self._is_worth_it() and full > 1:
                self._ask(values, data, full, target)
            if self._compiled and self.used is not False and step + self.count <= full:
                run = self._group if self.used else self._trial
                yield self.count, functools.partial(run, values, data, step)
                step += self.count
            else:
                yield 1, functools.partial(self._single, values, data, step)
                step += 1

    def _is_worth_it(self):
        return not self.count and self.used is None and self._spent > _WORTH

    def _ask(self, values, data, full, target):
        """Compiles the loop in a thread, for groups of one size that leave few batches over."""
        nbytes = sum(a.nbytes for a in tree.flatten(self._inputs(data, 0, 1)))
        most = min(int(target / self._seconds), _MOST_BYTES // max(nbytes, 1))
        if self._seconds > _HEAVY or most < 2:
            self.used = False
            return
        self.count = full // -(-full // most)
        x = self._inputs(data, 0, self.count)

        def run():
            self._loop.lower(values, x, self.count).compile()
            self._compiled = True

        threading.Thread(target=run, name="kerajax-compile").start()

    def _single(self, values, data, step):
        start = time.perf_counter()
        outputs, changes = self.program(values, (self._inputs(data, step, 1), None, None))
        if changes:
            # What a batch changes the next one may read, and the variables hold it after each.
            self.used = False
        elif self.used is None and self._timed < _TIMED:
            jax.block_until_ready(outputs)
            if self._timed:
                # The first one was compiled.
                self._seconds = min(self._seconds, time.perf_counter() - start)
            self._timed += 1
        elif self.used is None:
            self._spent += self._seconds
        return outputs, changes

    def _group(self, values, data, step):
        return self._loop(values, self._inputs(data, step, self.count), self.count), {}

    def _trial(self, values, data, step):
        """A group both ways. Its outputs are those of the batches one by one."""
        start = time.perf_counter()
        parts = [self._single(values, data, step + i)[0] for i in range(self.count)]
        singles = tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)
        middle = time.perf_counter()
        joined = jax.block_until_ready(self._group(values, data, step)[0])
        seconds = middle - start, time.perf_counter() - middle
        self._both = tuple(map(min, self._both, seconds))
        self._trials += 1
        pairs = zip(tree.flatten(singles), tree.flatten(joined), strict=True)
        if not all(one.tobytes() == np.asarray(other).tobytes() for one, other in pairs):
            self.used = False
        elif self._trials == _TRIALS:
            self.used = self._is_faster()
        return singles, {}

    def _is_faster(self):
        return self._both[1] < self._both[0]

    @staticmethod
    def _inputs(data, step, count):
        size = data.batch_size
        return data.take(slice(step * size, min((step + count) * size, data.size)))[0]


def _loop(run, values, x, count):
    """The outputs of `count` batches, which follow each other in `x`."""
    batches = jax.tree.map(lambda a: a.reshape(count, len(a) // count, *a.shape[1:]), x)
    outputs = jax.lax.map(lambda batch: run(values, (batch, None, None))[0], batches)
    return jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:]), outputs)


def groups_of(prediction, data):
    """The groups for data; None where they are no plain arrays of numbers."""
    arrays = tree.flatten(data.arrays[0])
    if (
        prediction.run is None
        or isinstance(data.arrays, InputsAlone)
        or not all(map(_is_plain, arrays))
    ):
        return None
    key = (data.batch_size, *((a.shape[1:], a.dtype) for a in arrays))
    if key not in prediction.batch_groups:
        prediction.batch_groups[key] = BatchGroups(prediction)
    return prediction.batch_groups[key]


def _is_plain(a) -> bool:
    return isinstance(a, (np.ndarray, jax.Array)) and a.dtype.kind not in "OUS"
