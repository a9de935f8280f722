"""Feeds: how batches reach the compiled step.

`ResidentFeed` puts the whole data set on the device once; a pass over it is an order of indices,
and many steps can run in one call. `StreamedFeed` puts batch after batch on the device from a thread,
one ahead of the step that uses it. A pass is an iterator of `run` functions: each takes the state,
runs some steps, and returns the logs, the state and the number of steps.
"""

import queue
import threading
import time

import jax
import numpy as np

from kerajax.training._pace import LOOP, Pace
from kerajax.training.data import ArrayData

# Data sets up to this many bytes are kept on the device.
RESIDENT_BYTES = 1 << 30
_AHEAD = 2


def make_feed(data, steps=None):
    """The feed for a data adapter.

    Args:
        data: `ArrayData` or `StreamData`.
        steps: Optional int, the steps of one epoch.
    """
    if isinstance(data, ArrayData) and steps is None and data.nbytes <= RESIDENT_BYTES:
        return ResidentFeed(data)
    return StreamedFeed(data, steps)


class ResidentFeed:
    """The data set lives on the device.

    Args:
        data: `ArrayData`.
    """

    def __init__(self, data):
        self.data = data
        self.steps = data.num_batches
        self.arrays = jax.device_put(data.arrays)

    def example(self):
        """A first batch, to build the model on."""
        return self.data.take(slice(0, min(self.data.batch_size, self.data.size)))

    def epoch(self, programs, rng, chunk=None, epochs_left=1, target=0.1):
        """One pass over the data: yields `(steps, run)` with `run(state) -> (logs, state)`.

        Args:
            programs: `Programs` of the step.
            rng: numpy Generator that shuffles.
            chunk: Int or None. How many steps to join; by default decided by measurement.
            epochs_left: Int. How many passes are to come, this one included.
            target: Seconds that one call may take.
        """
        batch_size, size = self.data.batch_size, self.data.size
        order = self.data.order(rng)
        order = None if order is None else jax.device_put(order)
        full = size // batch_size
        pace = _pace(programs, chunk, target, (size, batch_size))
        step = 0
        while step < full:
            if chunk is None and pace.asks_for_loop(full * epochs_left - step):
                self._compile_loop(programs, pace, order, batch_size)
            plan = pace.plan(full - step, full * epochs_left - step)
            yield (
                plan.steps,
                _Timed(pace, plan, self._runner(programs, order, step, plan, batch_size)),
            )
            step += plan.steps
        if size % batch_size:
            yield (
                1,
                lambda state: programs.resident_single(
                    state, self.arrays, order, full * batch_size, size % batch_size
                ),
            )

    def _compile_loop(self, programs, pace, order, batch_size):
        """Compiles the loop in a thread, by running no step of it on a state of zeros."""

        def compile_():
            none = np.int32(0)
            state = programs.state_of_zeros()
            jax.block_until_ready(
                programs.loop(state, self.arrays, order, none, none, batch_size)
            )
            pace.loop_compiled = True

        threading.Thread(target=compile_, name="kerajax-compile").start()

    def _runner(self, programs, order, step, plan, batch_size):
        stop = step + plan.steps

        def run(state):
            if plan.form == LOOP:
                return programs.loop(
                    state, self.arrays, order, np.int32(step), np.int32(stop), batch_size
                )
            for i in range(step, stop):
                logs, state = programs.resident_single(
                    state, self.arrays, order, np.int32(i * batch_size), batch_size
                )
            return logs, state

        return run


class StreamedFeed:
    """Batches come one by one, put on the device ahead of their step by a thread.

    Args:
        data: Adapter with `batches(rng)`.
        steps: Int or None. Steps of one epoch; by default until the source ends.
    """

    def __init__(self, data, steps=None):
        self.data = data
        self.steps = steps if steps is not None else data.num_batches
        self._limit = steps
        self._batches = None

    def example(self):
        """A first batch, to build the model on."""
        if isinstance(self.data, ArrayData):
            return self.data.take(slice(0, min(self.data.batch_size, self.data.size)))
        return self.data.peek()

    def epoch(self, programs, rng, chunk=None, epochs_left=1, target=0.1):
        """One pass: see `ResidentFeed.epoch`. A source given `steps` goes on where it stopped."""
        if self._batches is None:
            self._batches = Prefetcher(self.data.batches(rng))
        done = 0
        while self._limit is None or done < self._limit:
            batch = self._batches.get()
            if batch is None:
                self._batches = None
                if self._limit is None or getattr(self.data, "one_pass", False):
                    break
                self._batches = Prefetcher(self.data.batches(rng))
                batch = self._batches.get()
                if batch is None:
                    break
            yield 1, lambda state, batch=batch: programs.single(state, batch)
            done += 1
        if self._limit is None:
            self.steps = done or self.steps
        if hasattr(self.data, "on_epoch_end"):
            self.data.on_epoch_end()

    def close(self):
        """Stops the thread."""
        if self._batches is not None:
            self._batches.close()
            self._batches = None


class Prefetcher:
    """Draws from an iterator in a thread and puts what comes on the device.

    An exception of the iterator is raised by `get` in the caller's thread, with its traceback.
    """

    def __init__(self, iterator):
        self._queue = queue.Queue(maxsize=_AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._fill, args=(iterator,), daemon=True)
        self._thread.start()

    def _fill(self, iterator):
        try:
            for batch in iterator:
                if not self._put((jax.device_put(batch), None)):
                    return
            self._put((None, None))
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
            self._put((None, error))

    def _put(self, item) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def get(self):
        """The next batch, or None at the end."""
        batch, error = self._queue.get()
        if error is not None:
            raise error
        return batch

    def close(self):
        """Lets the thread end."""
        self._stopped.set()


class _Timed:
    """Runs a planned call and reports its time where the plan asks for it."""

    def __init__(self, pace, plan, run):
        self.pace, self.plan, self.run = pace, plan, run

    def __call__(self, state):
        if not self.plan.timed:
            result = self.run(state)
            self.pace.report(self.plan, None)
            return result
        jax.block_until_ready(state)
        start = time.perf_counter()
        result = jax.block_until_ready(self.run(state))
        self.pace.report(self.plan, time.perf_counter() - start)
        return result


def _pace(programs, chunk, target, shape) -> Pace:
    if chunk is not None or not programs.compiled:
        return Pace(fixed=chunk if programs.compiled else 1)
    pace = programs.paces.setdefault(shape, Pace())
    pace.target = target
    return pace
