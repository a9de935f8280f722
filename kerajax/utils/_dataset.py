"""PyDataset: batches by index, from the user's own code."""

from kerajax._checks import positive_int


class PyDataset:
    """A data set that computes its batches: subclass it, and pass it to `fit`.

    A subclass has `__len__`, the number of batches, and `__getitem__`, which returns batch `i` as
    `x`, `(x, y)` or `(x, y, sample_weight)`. `on_epoch_begin` and `on_epoch_end` may be there.
    For batches without an end, override `num_batches` to return None in place of `__len__`; then
    `fit` needs `steps_per_epoch`.

    Threads run in parallel where code releases the interpreter's lock, as numpy and the reading of
    images and files do. Processes serve other code. They are new processes, which get the data set
    pickled, and again after an epoch in which it has changed. Where its class is defined in the
    script itself and `cloudpickle` is not installed, they run the script once more, so what it does
    must then stand below `if __name__ == "__main__":`. An error in a worker, or its death, ends
    `fit`.

    Random augmentation: before each batch that a process computes, the generators of Python's
    `random`, of numpy and of unseeded kerajax ops are seeded from the pass and the index, so no two
    batches draw alike, and after `kerajax.utils.set_random_seed` a run can be repeated, with any
    number of workers. Several threads share these generators, so what they draw depends on which is
    first; and a generator that is an attribute of the data set is the same in every process. There,
    make one for each batch: `np.random.default_rng((seed, epoch, index))`.

    Args:
        workers: Int. Threads or processes that compute batches. With 1 (or 0) thread, batches are
            computed one after another, two ahead of the step that uses them.
        use_multiprocessing: Bool. Whether the workers are processes.
        max_queue_size: Int. Batches that several workers compute ahead.

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
    _use_multiprocessing = False
    _max_queue_size = 10

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    @property
    def workers(self) -> int:
        """Threads or processes that compute batches."""
        return self._workers

    @workers.setter
    def workers(self, value):
        # 0 means none beside the thread that reads ahead anyway.
        self._workers = 0 if value == 0 else positive_int(value, "workers", self)

    @property
    def use_multiprocessing(self) -> bool:
        """Whether the workers are processes."""
        return self._use_multiprocessing

    @use_multiprocessing.setter
    def use_multiprocessing(self, value):
        self._use_multiprocessing = bool(value)

    @property
    def max_queue_size(self) -> int:
        """Batches computed ahead."""
        return self._max_queue_size

    @max_queue_size.setter
    def max_queue_size(self, value):
        # 0 is what data sets without workers say.
        self._max_queue_size = 10 if value == 0 else positive_int(value, "max_queue_size", self)

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
