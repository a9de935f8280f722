"""`OrderedEnqueuer` and `GeneratorEnqueuer`: batches drawn ahead in threads, for loops of users.

`fit` draws ahead by itself; scripts of Keras 2 that loop over batches made these.
"""

import itertools
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kerajax.training._streamed import put_until

_END = object()


class SequenceEnqueuer:
    """Base of both: `start`, then batches from `get`, then `stop`.

    Args:
        sequence: What the batches come from.
        use_multiprocessing: Not looked at: the workers are threads.
    """

    def __init__(self, sequence, use_multiprocessing=False):
        self.sequence = sequence
        self.use_multiprocessing = use_multiprocessing
        self.queue = None
        self._stopped = threading.Event()

    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self.queue is not None and not self._stopped.is_set()

    def start(self, workers=1, max_queue_size=10):
        """Begins to draw.

        Args:
            workers: Int, threads that compute batches.
            max_queue_size: Int, batches that wait to be taken.
        """
        self.queue = queue.Queue(max_queue_size)
        self._stopped = threading.Event()
        arguments = (self.queue, self._stopped, max(workers, 1))
        threading.Thread(target=self._fill, args=arguments, daemon=True).start()

    def stop(self, timeout=None):
        """Ends the threads; batches that nobody took are lost."""
        self._stopped.set()

    def get(self):
        """A generator of the batches.

        Raises:
            RuntimeError: If it was not started.
        """
        if not self.is_running():
            raise RuntimeError(f"Call `start` of the {type(self).__name__} before `get`.")
        while self.is_running():
            try:
                batch, error = self.queue.get(timeout=0.1)
            except queue.Empty:
                continue
            if error is not None:
                self.stop()
                raise error
            if batch is _END:
                return
            yield batch

    def _fill(self, batches, stopped, workers):
        try:
            for batch in self._batches(workers):
                if not put_until((batch, None), batches, stopped):
                    return
            put_until((_END, None), batches, stopped)
        except BaseException as error:  # noqa: BLE001 - raised where the batch is asked for
            put_until((None, error), batches, stopped)


class OrderedEnqueuer(SequenceEnqueuer):
    """The batches of a `Sequence` in order, one pass after the other without end.

    Args:
        sequence: `Sequence` or `PyDataset`: it has a length, and items by index.
        use_multiprocessing: Not looked at: the workers are threads.
        shuffle: Bool. Whether each pass takes the batches in a new order.

    Example:

    >>> class Squares(kerajax.utils.PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, i):
    ...         return i**2
    >>> enqueuer = OrderedEnqueuer(Squares())
    >>> enqueuer.start(workers=2)
    >>> batches = enqueuer.get()
    >>> [next(batches) for _ in range(4)]
    [0, 1, 4, 0]
    >>> enqueuer.stop()
    """

    def __init__(self, sequence, use_multiprocessing=False, shuffle=False):
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle

    def _batches(self, workers):
        with ThreadPoolExecutor(workers) as pool:
            while True:
                count = len(self.sequence)
                order = np.random.permutation(count).tolist() if self.shuffle else range(count)
                yield from _computed(pool, self.sequence.__getitem__, order, workers)
                if hasattr(self.sequence, "on_epoch_end"):
                    self.sequence.on_epoch_end()


class GeneratorEnqueuer(SequenceEnqueuer):
    """The batches of a generator.

    Args:
        generator: Generator.
        use_multiprocessing: Not looked at: a thread draws.
        wait_time: Not looked at.
        random_seed: Not looked at: there are no processes with seeds of their own.
        **kwargs: `pickle_safe`, which Keras 1 called `use_multiprocessing`.

    Example:

    >>> enqueuer = GeneratorEnqueuer(i**2 for i in range(3))
    >>> enqueuer.start()
    >>> list(enqueuer.get())
    [0, 1, 4]
    """

    def __init__(
        self, generator, use_multiprocessing=False, wait_time=0.05, random_seed=None, **kwargs
    ):
        super().__init__(generator, kwargs.pop("pickle_safe", use_multiprocessing))
        if kwargs:
            raise TypeError(f"GeneratorEnqueuer does not take the arguments {list(kwargs)}.")

    def _batches(self, workers):
        return iter(self.sequence)


def _computed(pool, compute, order, workers):
    """`compute` of each index, in order, with as many at work as there are workers."""
    indices = iter(order)
    waiting = [pool.submit(compute, i) for i in itertools.islice(indices, workers)]
    while waiting:
        result = waiting.pop(0).result()
        waiting += [pool.submit(compute, i) for i in itertools.islice(indices, 1)]
        yield result
