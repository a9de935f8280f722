"""StreamData: batches from Python generators, PyDatasets and other iterables of batches."""

import itertools

from kerajax import tree
from kerajax.training.data._arrays import as_arrays, weights_of_classes


class StreamData:
    """Batches that an iterable yields, each `x`, `(x, y)` or `(x, y, sample_weight)`.

    Args:
        source: A generator, an object with `__getitem__` and `__len__` that gives batches
            (`PyDataset`, `Sequence`), or any iterable of batches (a torch `DataLoader`, a
            `tf.data.Dataset`).
        shuffle: Bool. Whether the batches of an indexed source come in random order.
        class_weight: Optional dict of class index to weight.
        prepare: Optional function of the inputs of a batch, applied to them first.

    Attributes:
        num_batches: Batches in one pass, or None where the source does not tell.
        one_pass: Whether the source can be read once only, as generators are.
    """

    def __init__(self, source, shuffle=False, class_weight=None, prepare=None):
        self.source = source
        self.shuffle = shuffle
        self.class_weight = class_weight
        self.prepare = prepare
        self.indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        self.one_pass = hasattr(source, "__next__")
        self.num_batches = getattr(source, "num_batches", None)
        if self.num_batches is None and hasattr(source, "__len__"):
            self.num_batches = len(source)
        if callable(self.num_batches):
            self.num_batches = None
        self._unread = None

    def peek(self):
        """The first batch; it comes again in the first pass."""
        iterator = self._iterate(None)
        first = next(iterator, None)
        if first is None:
            raise ValueError(f"There is no data: {type(self.source).__name__} yielded no batch.")
        if self.one_pass:
            self._unread = itertools.chain([first], iterator)
        return first

    def batches(self, rng=None):
        """The batches of one pass (of all that is left, where there is one pass only)."""
        if not self.one_pass:
            return self._iterate(rng)
        if self._unread is None:
            self._unread = self._iterate(None)
        return self._unread

    def _iterate(self, rng):
        if self.indexed:
            order = range(len(self.source))
            if self.shuffle and rng is not None:
                order = rng.permutation(len(self.source))
            batches = (self.source[int(i)] for i in order)
        else:
            batches = iter(self.source)
        for batch in batches:
            yield self._standardize(batch)

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
        return arrays

    def on_epoch_end(self):
        """Tells the source that a pass is over."""
        if hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()
