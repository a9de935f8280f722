"""Feeds: how batches reach the compiled step.

`ResidentFeed` puts the whole data set on the device once; a pass over it is an order of indices,
and many steps can run in one call. `StreamedFeed` puts batch after batch on the device from a
thread, one ahead of the step that uses it. An epoch is an iterator of `(steps, run)`: `run` takes
the state, runs so many steps, and returns the logs and the state.
"""

import functools
import itertools
import queue
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np

from kerajax.training._pace import LOOP, Pace
from kerajax.training.data import ArrayData

# Data sets up to this many bytes are kept on the device.
RESIDENT_BYTES = 1 << 30
_AHEAD = 2
# An order of up to so many samples is drawn in less time than handing it to a thread takes.
_DRAWN_AT_ONCE = 2000
# numpy draws while it holds the interpreter's lock, so it is not to begin before the main thread
# has given the lock up: when it runs the compiled call, these seconds later.
_UNTIL_THE_CALL = 2e-4
_MSG_RAN_OUT = (
    "Your input ran out of data; interrupting training. Make sure that your dataset or generator "
    "can generate at least `steps_per_epoch * epochs` batches. You may need to repeat the dataset."
)


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
        self._thread = self._drawn = None

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
        order = self._order(rng, epochs_left)
        full, rest = divmod(size, batch_size)
        last = functools.partial(
            programs.resident_single,
            arrays=self.arrays,
            order=order,
            start=np.int32(full * batch_size),
            size=rest,
        )
        pace = _pace(programs, chunk, target, (size, batch_size))
        step = 0
        while step < full:
            if chunk is None and pace.asks_for_loop(full * epochs_left - step):
                self._compile_loop(programs, pace, order, batch_size, rest)
            plan = pace.plan(full - step, full * epochs_left - step)
            joined = rest if step + plan.steps == full and pace.joins_rest(plan) else 0
            runner = self._runner(programs, order, step, plan, batch_size, joined)
            run = _Timed(pace, plan, runner)
            step += plan.steps
            if step == full and rest and (joined or plan.steps < (chunk or 1)):
                # The shorter last batch is a part of the call, or of the steps asked to join.
                rest = 0
                yield plan.steps + 1, run if joined else _one_after_another([run, last])
            else:
                yield plan.steps, run
        if rest:
            yield 1, last

    def _order(self, rng, epochs_left):
        """The order of this pass, on the device. Draws the next one while this pass runs."""
        drawn, self._drawn = self._drawn, None
        order = self._draw(rng) if drawn is None else drawn.result()
        if order is not None and epochs_left > 1 and self.data.size > _DRAWN_AT_ONCE:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, "kerajax-order")
            self._drawn = self._thread.submit(self._draw, rng, _UNTIL_THE_CALL)
        return order

    def _draw(self, rng, delay=0.0):
        if delay:
            time.sleep(delay)
        order = self.data.order(rng)
        return None if order is None else jax.device_put(order)

    def _compile_loop(self, programs, pace, order, batch_size, rest):
        """Compiles the loop in a thread, by running no step of it on a state of zeros.

        Where an epoch is one call, the shorter last batch becomes a part of it: a call less.
        """

        def compile_(rest):
            none = np.int32(0)
            state = programs.state_of_zeros()
            jax.block_until_ready(
                programs.loop(state, self.arrays, order, none, none, batch_size, rest)
            )

        def run():
            compile_(0)
            pace.loop_compiled = True
            if rest and pace.is_one_call(self.steps):
                compile_(rest)
                pace.rest_compiled = True

        threading.Thread(target=run, name="kerajax-compile").start()

    def _runner(self, programs, order, step, plan, batch_size, rest):
        stop = step + plan.steps

        def run(state):
            if plan.form == LOOP and programs.compiled:
                return programs.loop(
                    state, self.arrays, order, np.int32(step), np.int32(stop), batch_size, rest
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
        """One pass: see `ResidentFeed.epoch`. A source given `steps` goes on where it stopped.

        An epoch ends where a pass over the source ends, if that comes first.
        """
        batches, done = self._batches_of_epoch(rng), 0
        while group := list(itertools.islice(batches, chunk or 1)):
            steps = [functools.partial(programs.single, data=batch) for batch in group]
            yield len(steps), steps[0] if len(steps) == 1 else _one_after_another(steps)
            done += len(steps)
        if self._limit is None:
            self.steps = done or self.steps
        if hasattr(self.data, "on_epoch_end"):
            self.data.on_epoch_end()

    def _batches_of_epoch(self, rng):
        """The batches until the pass ends, or until there are as many as asked for."""
        resumed, done = self._batches is not None, 0
        while self._limit is None or done < self._limit:
            if self._batches is None:
                self._batches = Prefetcher(self.data.batches(rng))
            batch = self._batches.get()
            if batch is not None:
                yield batch
                done += 1
                continue
            self._batches = None
            if resumed and not done and not getattr(self.data, "one_pass", False):
                # The pass had ended with the last epoch.
                resumed = False
                continue
            if self._limit is not None:
                warnings.warn(_MSG_RAN_OUT, stacklevel=5)
            return


class Prefetcher:
    """Draws from an iterator in a thread and puts what comes on the device.

    An exception of the iterator is raised by `get` in the caller's thread, with its traceback. The
    thread ends with the iterator, or when nobody holds the Prefetcher any more.
    """

    def __init__(self, iterator):
        self._queue = queue.Queue(maxsize=_AHEAD)
        self._stopped = threading.Event()
        # The thread holds the queue and not the Prefetcher, which would then live for ever.
        arguments = (iterator, self._queue, self._stopped)
        threading.Thread(target=_fill, args=arguments, daemon=True).start()

    def get(self):
        """The next batch, or None at the end."""
        batch, error = self._queue.get()
        if error is not None:
            raise error
        return batch

    def __del__(self):
        self._stopped.set()


def _fill(iterator, items, stopped):
    try:
        for batch in iterator:
            if not _put((jax.device_put(batch), None), items, stopped):
                return
        _put((None, None), items, stopped)
    except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
        _put((None, error), items, stopped)


def _put(item, items, stopped) -> bool:
    while not stopped.is_set():
        try:
            items.put(item, timeout=0.1)
            return True
        except queue.Full:
            continue
    return False


def _one_after_another(runs):
    """Several `run` functions as one."""

    def run(state):
        for each in runs:
            logs, state = each(state)
        return logs, state

    return run


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
        return Pace(fixed=chunk or 1)
    pace = programs.paces.setdefault(shape, Pace())
    pace.target = target
    return pace
