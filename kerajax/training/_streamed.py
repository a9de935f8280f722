"""StreamedFeed: batches come one by one, ahead of their steps where that pays.

A thread that draws ahead hides what drawing costs, but it competes with the training for Python's
lock: two threads that both run small pieces of Python hinder each other more than they help. So the
training draws its batches itself until that is seen to take long.
"""

import functools
import itertools
import queue
import threading
import time
import warnings

from kerajax.backend._distribution import in_force, put_batch
from kerajax.training.data import ArrayData

_AHEAD = 2
# What handing a batch over from a thread costs, in seconds; measured at 100 to 200 microseconds.
_HANDOVER = 1.5e-4
# Batches that take longer than this and the handover, all together, are drawn by a thread.
_PATIENCE = 1e-3
_MSG_RAN_OUT = (
    "Your input ran out of data; interrupting training. Make sure that your dataset or generator "
    "can generate at least `steps_per_epoch * epochs` batches. You may need to repeat the dataset."
)


class StreamedFeed:
    """Batches come one by one, drawn ahead of their step by a thread if drawing takes long.

    Args:
        data: Adapter with `batches(rng, first)`.
        steps: Int or None. Steps of one epoch; by default until the source ends.

    Attributes:
        passes: Int, passes over the source that are over.
        drawn: Int, batches of the present pass that steps have taken.
    """

    def __init__(self, data, steps=None):
        self.data = data
        self.steps = steps if steps is not None else data.num_batches
        self.passes = self.drawn = 0
        self._limit = steps
        self._batches = None
        self._done = 0

    def example(self):
        """A first batch, to build the model on."""
        if isinstance(self.data, ArrayData):
            return self.data.take(slice(0, min(self.data.batch_size, self.data.size)))
        return self.data.peek()

    def resume(self, passes, drawn, done) -> None:
        """Goes on after so many passes, batches of a pass, and steps of an epoch."""
        self.passes, self.drawn, self._done = passes, drawn, done

    def epoch(self, programs, rng, chunk=None, epochs_left=1, target=0.1):
        """One pass: see `ResidentFeed.epoch`. A source given `steps` goes on where it stopped.

        An epoch ends where a pass over the source ends, if that comes first, unless the source is
        endless. One that is resumed begins with `(steps, None)`, the steps that were run before.
        """
        if hasattr(self.data, "on_epoch_begin"):
            self.data.on_epoch_begin()
        done, self._done = self._done, 0
        batches = self._batches_of_epoch(rng, done, programs.compiled)
        if done:
            yield done, None
        while group := list(itertools.islice(batches, chunk or 1)):
            steps = [functools.partial(on_state, programs.single, (batch,)) for batch in group]
            yield len(steps), steps[0] if len(steps) == 1 else one_after_another(steps)
            done += len(steps)
        if self._limit is None:
            self.steps = done or self.steps
        if hasattr(self.data, "on_epoch_end"):
            self.data.on_epoch_end()

    def _batches_of_epoch(self, rng, done, compiled):
        """The batches until the pass ends, or until there are as many as asked for."""
        continued = self.drawn > 0
        while self._limit is None or done < self._limit:
            if self._batches is None:
                self._batches = Prefetcher(self.data.batches(rng, self.drawn), compiled)
            batch = self._batches.get()
            if batch is not None:
                self.drawn += 1
                done += 1
                yield batch
                continue
            self._batches = None
            self.passes, self.drawn = self.passes + 1, 0
            if continued and not done and not getattr(self.data, "one_pass", False):
                # The pass had ended with the last epoch.
                continued = False
                continue
            if self._limit is not None and done and getattr(self.data, "endless", False):
                continue
            if self._limit is not None:
                warnings.warn(_MSG_RAN_OUT, stacklevel=5)
            return


class Prefetcher:
    """Draws from an iterator, ahead and in a thread once that is seen to pay.

    The thread puts the batches on the device. An exception of the iterator is raised by `get` in
    the caller's thread, with its traceback. The thread ends with the iterator, or when nobody holds
    the Prefetcher any more.

    Args:
        iterator: Iterator of batches.
        compiled: Bool. Whether batches are for a compiled function, which brings numpy arrays to
            the device by itself, and faster.
    """

    def __init__(self, iterator, compiled=False):
        self._iterator = iterator
        self._compiled = compiled
        self._queue = None
        self._stopped = threading.Event()
        self._left = _PATIENCE

    def get(self):
        """The next batch, or None at the end."""
        if self._queue is None:
            start = time.perf_counter()
            batch = next(self._iterator, None)
            if batch is not None:
                alone = self._compiled and in_force.distribution is None
                batch = batch if alone else put_batch(batch)
                self._left += _HANDOVER - (time.perf_counter() - start)
                if self._left < 0:
                    self._start_thread()
            return batch
        batch, error = self._queue.get()
        if error is not None:
            raise error
        return batch

    def _start_thread(self):
        self._queue = queue.Queue(maxsize=_AHEAD)
        # The thread holds the queue and not the Prefetcher, which would then live for ever.
        arguments = (self._iterator, self._queue, self._stopped)
        threading.Thread(target=_fill, args=arguments, daemon=True).start()

    def __del__(self):
        self._stopped.set()


def _fill(iterator, items, stopped):
    try:
        for batch in iterator:
            if not put_until((put_batch(batch), None), items, stopped):
                return
        put_until((None, None), items, stopped)
    except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
        put_until((None, error), items, stopped)


def put_until(item, items, stopped) -> bool:
    """Whether the item found a place in the queue before somebody stopped."""
    while not stopped.is_set():
        try:
            items.put(item, timeout=0.1)
            return True
        except queue.Full:
            continue
    return False


def on_state(program, arguments, state):
    """A call of one of `Programs` whose state comes last."""
    return program(state, *arguments)


def one_after_another(runs):
    """Several `run` functions as one."""

    def run(state):
        for each in runs:
            logs, state = each(state)
        return logs, state

    return run
