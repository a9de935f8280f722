"""StreamData: batches from Python generators, PyDatasets and other iterables of batches."""

import functools
import itertools
import sys
from typing import NamedTuple

import numpy as np

from kerajax import tree
from kerajax.training.data._ahead import read_ahead
from kerajax.training.data._arrays import (
    InputsAlone,
    as_arrays,
    weights_of_classes,
    with_what_is_none,
)
from kerajax.training.data._processes import Processes


class Loading(NamedTuple):
    """How the batches of an indexed source are computed; None leaves it to the source.

    Attributes:
        workers: Int, threads or processes.
        use_multiprocessing: Bool. Whether they are processes.
        max_queue_size: Int, batches computed ahead.
    """

    workers: int | None = None
    use_multiprocessing: bool | None = None
    max_queue_size: int | None = None

    def of(self, source) -> "Loading":
        """These settings, completed by those of a source."""
        defaults = {"workers": 1, "use_multiprocessing": False, "max_queue_size": 10}
        return Loading(
            *(
                getattr(source, name, default) if given is None else given
                for given, (name, default) in zip(self, defaults.items(), strict=True)
            )
        )


class StreamData:
    """Batches that an iterable yields, each `x`, `(x, y)` or `(x, y, sample_weight)`.

    Args:
        source: A generator, an object with `__getitem__` and `__len__` that gives batches
            (`PyDataset`, `Sequence`), or any iterable of batches (a torch `DataLoader`, a
            `tf.data.Dataset`, a data set or loader of `grain`).
        shuffle: Bool. Whether the batches of an indexed source come in random order.
        class_weight: Optional dict of class index to weight.
        prepare: Optional function of the inputs of a batch, applied to them first.
        loading: `Loading`.
        as_given: Bool. Whether batches are `InputsAlone` where the source yields inputs alone, and
            keep what it yields as None.

    Attributes:
        num_batches: Batches in one pass, or None where the source does not tell.
        one_pass: Whether the source can be read once only, as generators are.
        endless: Whether a pass follows the other where an epoch has more steps than one: what
            gives batches by index and by `next`, as `ImageDataGenerator` makes it.
    """

    def __init__(
        self,
        source,
        shuffle=False,
        class_weight=None,
        prepare=None,
        loading=None,
        as_given=False,
    ):
        self.source = source
        self.as_given = as_given
        self.shuffle = shuffle
        self.class_weight = class_weight
        self.prepare = prepare
        # Grain's data sets by index read ahead by themselves when they are iterated.
        self.grain = hasattr(source, "to_iter_dataset")
        self.num_batches = _count(source)
        self.indexed = (
            not self.grain
            and hasattr(source, "__getitem__")
            and (hasattr(source, "__len__") or hasattr(source, "num_batches"))
        )
        is_iterator = hasattr(source, "__next__")
        self.one_pass = is_iterator and not self.indexed
        self.endless = is_iterator and self.indexed
        self._loading = (loading or Loading()).of(source)
        self._processes = None
        # Of the random numbers in worker processes; the passes differ by their number.
        workers, use_processes, _ = self._loading
        self._seed = int(np.random.randint(1 << 31)) if use_processes and workers else 0
        self._passes = 0
        self._unread = None

    def peek(self):
        """The first batch; it comes again in the first pass."""
        if self.indexed and self.num_batches != 0:
            # Nothing is computed ahead of it: workers start with the first pass.
            return self._standardize(self.source[0])
        iterator = self._iterate(None)
        first = next(iterator, None)
        if first is None:
            raise ValueError(f"There is no data: {type(self.source).__name__} yielded no batch.")
        if self.one_pass:
            self._unread = itertools.chain([first], iterator)
        return first

    def batches(self, rng=None, first=0):
        """The batches of one pass from batch `first` on; all that is left of a single pass."""
        if not self.one_pass:
            return self._iterate(rng, first)
        if self._unread is None:
            self._unread = self._iterate(None)
        return self._unread

    def order(self, rng):
        """The numbers of the batches of one pass; None where the source has an order of its own."""
        if not self.indexed:
            return None
        self._passes += 1
        if self.num_batches is None:
            return itertools.count()
        if self.shuffle and rng is not None:
            return rng.permutation(self.num_batches).tolist()
        return range(self.num_batches)

    def close(self) -> None:
        """Ends worker processes."""
        if self._processes is not None:
            self._processes.close()
            self._processes = None

    def _iterate(self, rng, first=0):
        if self.indexed:
            batches = self._by_index(itertools.islice(self.order(rng), first, None))
        else:
            batches = iter(self.source.to_iter_dataset() if self.grain else self.source)
            batches = itertools.islice(batches, first, None)
        for batch in batches:
            yield self._standardize(batch)

    def _by_index(self, order):
        workers, use_processes, size = self._loading
        if use_processes and workers:
            if self._processes is None:
                self._processes = Processes(self.source, workers, self._seed)
            else:
                self._processes.send(self.source)
            get = functools.partial(self._processes.get, number=self._passes)
            return read_ahead(get, order, workers, size)
        if workers > 1:
            return read_ahead(self.source.__getitem__, order, workers, size)
        return (self.source[i] for i in order)

    def _standardize(self, batch):
        parts = tuple(batch) if isinstance(batch, (list, tuple)) else (batch,)
        if len(parts) > 3 or not parts:
            raise ValueError(
                f"{type(self.source).__name__} must yield `x`, `(x, y)` or `(x, y, "
                f"sample_weight)`, but yielded {len(parts)} entries."
            )
        x, y, sample_weight = (*parts, None, None)[:3]
        if self.prepare is not None:
            x = self.prepare(x)
        if self.class_weight is not None:
            sample_weight = weights_of_classes(y, self.class_weight, sample_weight)
        arrays = (
            as_arrays(x, "x"),
            as_arrays(y, "y"),
            as_arrays(sample_weight, "sample_weight"),
        )
        if any(a.ndim == 0 for a in tree.flatten(arrays) if a is not None):
            raise ValueError(
                f"{type(self.source).__name__} must yield batches whose first axis counts "
                "samples, but it yielded a scalar. Does it yield single samples?"
            )
        # Keras puts the arrays that an indexed source gives into a tuple, but nothing else.
        if not self.as_given:
            return arrays
        if isinstance(batch, (list, tuple)):
            return with_what_is_none(arrays, len(parts))
        return arrays if self.indexed and isinstance(batch, np.ndarray) else InputsAlone(arrays[0])

    def on_epoch_begin(self):
        """Tells the source that an epoch begins."""
        if hasattr(self.source, "on_epoch_begin"):
            self.source.on_epoch_begin()

    def on_epoch_end(self):
        """Tells the source that an epoch is over."""
        if hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()


def _count(source):
    """Batches in one pass over a source; None if it does not know, or if there is no end."""
    count = getattr(source, "num_batches", None)
    if count is None or callable(count):
        if "num_batches" in dir(type(source)) and not callable(count):
            return None
        try:
            count = len(source)
        except TypeError:
            # Sources whose length may be unknown have a `__len__` that says so (`tf.data`, loaders
            # of torch).
            return None
    # Data sets of grain that repeat have this length.
    return None if count >= sys.maxsize else int(count)
