"""Feeds: how batches reach the compiled step.

`ResidentFeed` puts the whole data set on the device once; a pass over it is an order of indices,
and many steps can run in one call. `StreamedFeed` (`_streamed.py`) brings batch after batch from a
thread. An epoch is an iterator of `(steps, run)`: `run` takes the state, runs so many steps, and
returns the logs and the state.
"""

import functools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np

from kerajax.backend._distribution import put_everywhere
from kerajax.training._pace import LOOP, Pace
from kerajax.training._streamed import StreamedFeed, on_state, one_after_another
from kerajax.training.data import ArrayData

# Data sets up to this many bytes are kept on the device.
RESIDENT_BYTES = 1 << 30
# An order of up to so many samples is drawn in less time than handing it to a thread takes.
_DRAWN_AT_ONCE = 2000
# numpy draws while it holds the interpreter's lock, so it is not to begin before the main thread
# has given the lock up: when it runs the compiled call, these seconds later.
_UNTIL_THE_CALL = 2e-4


def make_feed(data, steps=None):
    """The feed for a data adapter.

    Args:
        data: `ArrayData` or `StreamData`.
        steps: Optional int, the steps of one epoch.
    """
    together = jax.process_count() == 1
    if isinstance(data, ArrayData) and steps is None and together and data.nbytes <= RESIDENT_BYTES:
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
        self.arrays = put_everywhere(data.arrays)
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
        shorter = (self.arrays, order, np.int32(full * batch_size), rest)
        last = functools.partial(on_state, programs.resident_single, shorter)
        pace = _pace(programs, chunk, target, (size, batch_size))
        step = 0
        while step < full:
            if chunk is None and pace.asks_for_loop(full * epochs_left - step):
                self._compile_loop(programs, pace, order, batch_size)
            if rest and pace.asks_for_rest(full, epochs_left):
                self._compile_loop(programs, pace, order, batch_size, rest)
            plan = pace.plan(full - step, full * epochs_left - step)
            joined = rest if step + plan.steps == full and pace.joins_rest(plan) else 0
            runner = self._runner(programs, order, step, plan, batch_size, joined)
            run = _Timed(pace, plan, runner)
            step += plan.steps
            if step == full and rest and (joined or plan.steps < (chunk or 1)):
                # The shorter last batch is a part of the call, or of the steps asked to join.
                rest = 0
                yield plan.steps + 1, run if joined else one_after_another([run, last])
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
        return None if order is None else put_everywhere(order)

    def _compile_loop(self, programs, pace, order, batch_size, rest=0):
        """Compiles the loop in a thread; later calls of it find the compiled program."""

        def run():
            step = np.int32(0)
            programs.prepare_loop(self.arrays, order, step, step, batch_size, rest)
            pace.loop_compiled = True
            pace.rest_compiled = rest > 0

        threading.Thread(target=run, name="kerajax-compile").start()

    def _runner(self, programs, order, step, plan, batch_size, rest):
        stop = step + plan.steps

        def run(state):
            if plan.form == LOOP and programs.loops:
                return programs.loop(
                    state, self.arrays, order, np.int32(step), np.int32(stop), batch_size, rest
                )
            for i in range(step, stop):
                logs, state = programs.resident_single(
                    state, self.arrays, order, np.int32(i * batch_size), batch_size
                )
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
    if chunk is not None or not programs.loops:
        return Pace(fixed=chunk or 1)
    pace = programs.paces.setdefault(shape, Pace())
    pace.target = target
    return pace
