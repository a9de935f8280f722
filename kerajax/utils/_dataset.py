"""PyDataset: batches by index, from the user's own code."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

from kerajax._checks import positive_int


class PyDataset:
    """A data set that computes its batches: subclass it, and pass it to `fit`.

    A subclass has `__len__`, the number of batches, and `__getitem__`, which returns batch `i` as
    `x`, `(x, y)` or `(x, y, sample_weight)`. `on_epoch_begin` and `on_epoch_end` may be there.
    For batches without an end, override `num_batches` to return None in place of `__len__`.

    Args:
        workers: Int. Threads that compute batches.
        use_multiprocessing: Only False: worker processes are not supported. Code that releases
            the interpreter's lock (numpy, image and file reading) runs in parallel in threads;
            for other code use a loader with processes of its own, such as torch's `DataLoader`.
        max_queue_size: Int. Batches computed ahead.

    Raises:
        NotImplementedError: If `use_multiprocessing` is True.

    Example:

    >>> class Squares(kerajax.utils.PyDataset):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, index):
    ...         x = np.arange(3.0) + 3 * index
    ...         return x, x**2
    >>> data = Squares()
    >>> data.num_batches, data[1][1].tolist()
    (2, [9.0, 16.0, 25.0])
    """

    # A subclass need not call this constructor.
    _workers = 1
    _max_queue_size = 10

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    @property
    def workers(self) -> int:
        """Threads that compute batches."""
        return self._workers

    @workers.setter
    def workers(self, value):
        # 0 was "in the main thread" once.
        self._workers = 1 if value == 0 else positive_int(value, "workers", self)

    @property
    def use_multiprocessing(self) -> bool:
        """Always False."""
        return False

    @use_multiprocessing.setter
    def use_multiprocessing(self, value):
        if value:
            raise NotImplementedError(
                f"{type(self).__name__} cannot use worker processes: use_multiprocessing=True. "
                "Pass workers=4 to compute batches in threads, or a loader that has processes "
                "of its own, such as torch's DataLoader."
            )

    @property
    def max_queue_size(self) -> int:
        """Batches computed ahead."""
        return self._max_queue_size

    @max_queue_size.setter
    def max_queue_size(self, value):
        self._max_queue_size = positive_int(value, "max_queue_size", self)

    def __getitem__(self, index):
        """The batch at `index`."""
        raise NotImplementedError(
            f"{type(self).__name__} needs a `__getitem__(self, index)` that returns a batch."
        )

    @property
    def num_batches(self):
        """The number of batches, or None for a data set without an end.

        Raises:
            NotImplementedError: If the class has no `__len__`.
        """
        length = getattr(self, "__len__", None)
        if length is None:
            raise NotImplementedError(
                f"{type(self).__name__} needs a `__len__`, or a property `num_batches` that "
                "returns None for batches without an end."
            )
        return length()

    def on_epoch_begin(self):
        """Called before each epoch."""

    def on_epoch_end(self):
        """Called after each epoch."""

    def _read_ahead(self, indices):
        """The batches at `indices`, in order; with several workers, computed ahead in threads."""
        if self.workers == 1:
            yield from (self[i] for i in indices)
            return
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="kerajax-dataset")
        waiting: deque = deque()
        try:
            for i in indices:
                waiting.append(pool.submit(self.__getitem__, i))
                if len(waiting) >= self.max_queue_size:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
